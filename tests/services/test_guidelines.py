"""Guidelines of clients: agreed from a day, corrected, taken back; what they refuse at the desk, and what of a phone they never lose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.guidelines import guidelines_of, guidelines_on, written_time
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.guidelines import USUAL, Rule, check
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, Guideline, Matter, TimeEntry
from lexapp.services.expense_entries import Expense, edit_expense, record_expense
from lexapp.services.guidelines import GuidelineFacts, add_guideline, edit_guideline, remove_guideline
from lexapp.services.pre_bills import LineChange, edit_line
from lexapp.services.time_entries import Work, edit_time, record_time
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timers import TimerNote, start_timer, stop_timer
from tests.billing import draft_one, lines_of, share_matter, work_time
from tests.devices import Phone, key
from tests.factories import NOW, OPENED, TODAY, World, make_client, make_guideline, make_matter, make_member, make_world

FACTS = GuidelineFacts(
    title="Outside counsel guidelines 2026",
    effective_from=OPENED,
    most_characters=60,
    length_weight="refuse",
    blocks_weight="refuse",
    needs_task_code=True,
    needs_activity_code=True,
    quotes={"codes": "Lines carry UTBMS codes (2).", "blocks": "One task per line (5.1)."},
)
CODES = {"task_code": "L350", "activity_code": "A103"}


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def me(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def work(world: World, matter: Matter) -> Work:
    return Work(matter.id, world.partner.id, TODAY, 3600, "Draft motion to compel", **CODES)


def add(session: Session, world: World, matter: Matter, facts: GuidelineFacts = FACTS) -> Guideline:
    return add_guideline(session, actor=world.owner, client_id=matter.client_id, facts=facts, now=NOW)


def record(session: Session, world: World, work: Work) -> TimeEntry:
    return record_time(session, actor=world.owner, work=work, now=NOW)


def days(session: Session, world: World, matter: Matter) -> list[tuple[date, date | None]]:
    session.expire_all()
    found = guidelines_of(session, firm_id=world.firm_id, matter_ids=[matter.id]).get(matter.id, [])
    return sorted((one.effective_from, one.effective_to) for one in found)


# ── agreeing ─────────────────────────────────────────────────────────────────────────────────────


def test_a_new_one_ends_the_one_before_and_is_ended_by_a_later_one(session: Session, world: World, matter: Matter) -> None:
    june, march = date(2026, 6, 1), date(2026, 3, 1)
    for day in (OPENED, june, march):
        add(session, world, matter, replace(FACTS, effective_from=day))
    expected = [(OPENED, march - timedelta(days=1)), (march, june - timedelta(days=1)), (june, None)]
    assert days(session, world, matter) == expected
    with pytest.raises(InvalidInput) as caught:
        add(session, world, matter, replace(FACTS, effective_from=june))
    assert caught.value.field == "effective_from"


def test_the_same_key_adds_it_once_and_the_audit_trail_stands_at_the_client(session: Session, world: World, matter: Matter) -> None:
    given = {"actor": world.owner, "client_id": matter.client_id, "facts": FACTS, "key": "key-guideline-1", "now": NOW}
    assert add_guideline(session, **given).id == add_guideline(session, **given).id
    [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "guideline.added"))
    assert (event.subject_kind, event.subject_id, event.after["title"]) == ("client", matter.client_id, FACTS.title)


def test_it_is_corrected_against_the_version_that_was_shown(session: Session, world: World, matter: Matter) -> None:
    row = add(session, world, matter)
    given = {"actor": world.owner, "guideline_id": row.id, "version": row.version, "now": NOW}
    edit_guideline(session, **given, facts=replace(FACTS, most_characters=1024, effective_to=TODAY))
    assert (row.most_characters, row.version) == (1024, 2)
    with pytest.raises(Conflict):
        edit_guideline(session, **given, facts=FACTS)
    add(session, world, matter, replace(FACTS, effective_from=TODAY + timedelta(days=1)))
    with pytest.raises(InvalidInput) as caught:
        edit_guideline(session, **(given | {"version": 2}), facts=FACTS)
    assert caught.value.field == "effective_to"


def test_one_that_was_a_mistake_holds_for_nothing(session: Session, world: World, matter: Matter, work: Work) -> None:
    row = add(session, world, matter)
    remove_guideline(session, actor=world.owner, guideline_id=row.id, version=row.version, now=NOW)
    assert record(session, world, replace(work, task_code="")).id
    with pytest.raises(NotFound):
        edit_guideline(session, actor=world.owner, guideline_id=row.id, version=row.version, facts=FACTS, now=NOW)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"effective_to": OPENED - timedelta(days=1)}, "effective_to"),
        ({"most_characters": 15_001}, "most_characters"),
        ({"least_characters": 61}, "least_characters"),
        ({"blocks_over_seconds": 86_401}, "blocks_over_seconds"),
        ({"vague_weight": "sometimes"}, "vague_weight"),
        ({"forbidden_words": ("overhead", "…!")}, "forbidden_words"),
        ({"forbidden_words": ("x" * 101,)}, "forbidden_words"),
        ({"quotes": {"blocks": "x" * 501}}, "blocks_quote"),
    ],
)
def test_what_cannot_be_followed_is_refused_beside_its_field(
    session: Session, world: World, matter: Matter, values: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(session, world, matter, replace(FACTS, **values))
    assert caught.value.field == field


def test_only_who_agrees_rates_agrees_guidelines_and_only_with_the_firms_clients(session: Session, world: World, me: Actor) -> None:
    theirs = make_matter(session, make_world(session, "Other LLP").owner)
    with pytest.raises(NotAllowed):
        add_guideline(session, actor=me, client_id=1, facts=FACTS, now=NOW)
    with pytest.raises(InvalidInput):
        add_guideline(session, actor=world.owner, client_id=theirs.client_id, facts=FACTS, now=NOW)
    with pytest.raises(InvalidInput):
        add_guideline(session, actor=world.owner, facts=FACTS, now=NOW)


# ── following ────────────────────────────────────────────────────────────────────────────────────


def test_time_is_refused_beside_every_field_with_the_guideline_quoted(session: Session, world: World, matter: Matter, work: Work) -> None:
    add(session, world, matter)
    with pytest.raises(InvalidInput) as caught:
        record(session, world, replace(work, narrative="Draft motion; call client re motion", task_code="", activity_code=""))
    errors = {one.field: one.message for one in (caught.value, *caught.value.others)}
    assert set(errors) == {"narrative", "task_code", "activity_code"}
    assert errors["task_code"].endswith("Inc. asks for a task code. Choose one. “Lines carry UTBMS codes (2).”")
    assert not session.scalars(select(TimeEntry)).all()
    assert record(session, world, work).id
    assert record(session, world, replace(work, task_code="", billing_status="non_billable")).id
    assert record(session, world, replace(work, task_code="", worked_on=OPENED - timedelta(days=1))).id


def test_a_change_of_hours_passes_what_stood_before_and_a_change_of_words_does_not(
    session: Session, world: World, matter: Matter, work: Work
) -> None:
    entry = record(session, world, replace(work, task_code=""))
    add(session, world, matter)
    edited = {"actor": world.owner, "entry_id": entry.id, "now": NOW}
    edit_time(session, **edited, version=1, work=replace(work, task_code="", recorded_seconds=7200))
    with pytest.raises(InvalidInput) as caught:
        edit_time(session, **edited, version=2, work=replace(work, task_code="", narrative="Draft motion"))
    assert caught.value.field == "task_code"
    edit_time(session, **edited, version=2, work=replace(work, narrative="Draft motion"))


def test_a_timer_stops_into_an_entry_that_follows_or_runs_on(session: Session, world: World, me: Actor, matter: Matter) -> None:
    add(session, world, matter)
    timer = start_timer(session, actor=me, note=TimerNote(matter.id, "Draft motion to compel"), now=NOW - timedelta(hours=1))
    with pytest.raises(InvalidInput) as caught:
        stop_timer(session, actor=me, timer_id=timer.id, now=NOW)
    assert {caught.value.field, *(one.field for one in caught.value.others)} == {"task_code", "activity_code"}
    session.refresh(timer)
    assert timer.state == "running"
    assert stop_timer(session, actor=me, timer_id=timer.id, note=TimerNote(matter.id, "Draft motion", **CODES), now=NOW).id


def test_what_a_phone_kept_is_never_refused_and_stays_marked(session: Session, world: World, me: Actor, matter: Matter) -> None:
    add(session, world, matter)
    phone = Phone.of(me)
    given = {"matter_id": matter.id, "recorded_seconds": 3600, "narrative": "Draft motion; call client re motion"}
    phone.keep("quick_entry", key(), NOW - timedelta(minutes=5), **given)
    assert [one.outcome for one in sync_timer_events(session, actor=me, post=phone.read(NOW), now=NOW)] == ["applied"]
    [entry] = session.scalars(select(TimeEntry))
    rules = guidelines_on(session, firm_id=world.firm_id, matter_id=matter.id, on=entry.worked_on)
    assert [one.rule for one in check(rules, written_time(entry))] == [Rule.CODES, Rule.CODES, Rule.BLOCKS]


def test_an_expense_needs_its_code_where_the_client_says_so(session: Session, world: World, matter: Matter) -> None:
    expense = Expense(matter.id, TODAY, 5000, description="Filing fee")
    entry = record_expense(session, actor=world.owner, expense=expense, now=NOW)
    add(session, world, matter, replace(FACTS, needs_expense_code=True))
    with pytest.raises(InvalidInput) as caught:
        record_expense(session, actor=world.owner, expense=expense, now=NOW)
    assert caught.value.field == "code"
    assert record_expense(session, actor=world.owner, expense=replace(expense, code="E112"), now=NOW).id
    with pytest.raises(InvalidInput) as caught:
        edit_expense(session, actor=world.owner, entry_id=entry.id, version=1, expense=replace(expense, description="x" * 61), now=NOW)
    assert {caught.value.field, *(one.field for one in caught.value.others)} == {"description", "code"}


def test_a_line_under_review_is_written_down_as_it_is_but_not_worded_worse(session: Session, world: World, matter: Matter) -> None:
    work_time(session, world, matter, 120, narrative="Draft motion; call client re motion")
    add(session, world, matter)
    [line] = lines_of(session, draft_one(session, world, matter).id)
    given = {"narrative": line.narrative, "quantity_hundredths": 60, "rate_minor": line.rate_minor, "write_down_reason": "Too long"}
    change = LineChange(**given, task_code=line.task_code, activity_code=line.activity_code)  # type: ignore[arg-type]
    edit_line(session, actor=world.owner, line_id=line.id, change=change, version=line.version, now=NOW)
    worse = replace(change, narrative="x" * 61, task_code="")
    with pytest.raises(InvalidInput) as caught:
        edit_line(session, actor=world.owner, line_id=line.id, change=worse, version=line.version, now=NOW)
    assert {caught.value.field, *(one.field for one in caught.value.others)} == {"narrative", "task_code"}


def test_the_matters_own_goes_first_and_a_payer_counts_like_the_client(session: Session, world: World, matter: Matter) -> None:
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    share_matter(session, world, matter, {insurer.id: 6_000, matter.client_id or 0: 4_000})
    make_guideline(session, world.owner, insurer.id, most_characters=1_024)
    on = {"firm_id": world.firm_id, "matter_id": matter.id, "on": TODAY}
    assert [one.source for one in guidelines_on(session, **on)] == ["Pemberwick Mutual"]
    share_matter(session, world, matter, {matter.client_id or 0: 10_000}, TODAY + timedelta(days=1))
    assert [one.source for one in guidelines_on(session, **on)] == ["Pemberwick Mutual"]
    assert guidelines_on(session, **(on | {"on": TODAY + timedelta(days=1)})) == (USUAL,)
    make_guideline(session, world.owner, matter_id=matter.id)
    assert [one.matter_id for one in guidelines_on(session, **on)] == [matter.id]
    assert guidelines_on(session, **(on | {"on": OPENED - timedelta(days=1)})) == (USUAL,)
