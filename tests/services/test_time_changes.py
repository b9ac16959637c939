"""One change to many time entries: all or none, priced as one by one, with versions, walls and rights."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from lexapp.books.time_entries import facts_of
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, Command, Firm, Matter, TimeEntry, Timekeeper
from lexapp.services.time_entries import (
    TimeChange,
    Work,
    change_time_entries,
    discard_time,
    discard_time_entries,
    edit_time,
    preview_time_changes,
    record_time,
    restore_time,
    take_back_time_changes,
)
from tests import billing
from tests.factories import World, make_matter, make_member, make_rate, make_rounding, make_world
from tests.web.time_forms import TODAY


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def recorded(session: Session, world: World, number: int = 3) -> dict[int, int]:
    matter = make_matter(session, world.owner)
    make_rate(session, world.owner, "matter", 40_000, matter_id=matter.id)
    works = [Work(matter.id, world.partner.id, TODAY - timedelta(days=one), 3600 + one * 360, f"Work {one}") for one in range(number)]
    return {entry.id: entry.version for entry in (record_time(session, actor=world.owner, work=work) for work in works)}


def entries(session: Session) -> list[TimeEntry]:
    session.rollback()
    return list(session.scalars(select(TimeEntry).order_by(TimeEntry.id)))


def test_many_entries_move_to_another_matter_at_its_rate(session: Session, world: World):
    versions = recorded(session, world)
    other = make_matter(session, world.owner, name="Berth")
    make_rate(session, world.owner, "matter", 50_000, matter_id=other.id)
    for _ in range(2):
        change_time_entries(session, actor=world.owner, versions=versions, change=TimeChange(matter_id=other.id), key="key-many-1")
    found = entries(session)
    assert {entry.matter_id for entry in found} == {other.id}
    assert [entry.amount_minor for entry in found] == [50_000, 55_000, 60_000]
    assert {entry.version for entry in found} == {2}
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "time.edited")).all()
    assert len(events) == 3
    kept = session.scalars(select(Command.result).where(Command.name == "time.edit_many")).one()
    assert kept == {"versions": dict.fromkeys((str(id_) for id_ in versions), 2)}
    assert all(one.before and one.before["matter_id"] != other.id for one in events)


def test_it_comes_to_the_same_as_one_by_one(session: Session, world: World):
    other = make_matter(session, world.owner, name="Berth")
    make_rate(session, world.owner, "matter", 50_000, matter_id=other.id)
    change = TimeChange(matter_id=other.id, activity_code="A103", worked_on=TODAY, billing_status="no_charge")
    together, single = recorded(session, world), recorded(session, world)
    change_time_entries(session, actor=world.owner, versions=together, change=change)
    for id_, version in single.items():
        work = change.of(
            Work(0, world.partner.id, TODAY, session.get_one(TimeEntry, id_).recorded_seconds, session.get_one(TimeEntry, id_).narrative)
        )
        session.rollback()
        edit_time(session, actor=world.owner, entry_id=id_, version=version, work=work)
    names = ("matter_id", "activity_code", "worked_on", "quantity_hundredths", "amount_minor", "rate_minor_per_hour", "rounding_reason")
    told = [[getattr(entry, name) for name in names] for entry in entries(session)]
    assert told[:3] == told[3:]


def test_the_queries_do_not_grow_with_the_entries(session: Session, world: World):
    few, many = recorded(session, world, 2), recorded(session, world, 9)
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2]))
    change_time_entries(session, actor=world.owner, versions=few, change=TimeChange(activity_code="A104"))
    before, _ = len([one for one in asked if one.startswith("SELECT")]), asked.clear()
    change_time_entries(session, actor=world.owner, versions=many, change=TimeChange(activity_code="A104"))
    assert len([one for one in asked if one.startswith("SELECT")]) <= before


def test_one_that_moved_on_keeps_all_as_they_are(session: Session, world: World):
    versions = recorded(session, world)
    first = min(versions)
    with pytest.raises(Conflict, match="1 entry of these was changed"):
        change_time_entries(session, actor=world.owner, versions=versions | {first: 7}, change=TimeChange(activity_code="A104"))
    with pytest.raises(NotFound):
        change_time_entries(session, actor=world.owner, versions=versions | {999_999: 1}, change=TimeChange(activity_code="A104"))
    assert {entry.version for entry in entries(session)} == {1}


def test_a_day_takes_no_more_than_its_hours(session: Session, world: World):
    matter = make_matter(session, world.owner)
    days = [TODAY - timedelta(days=one) for one in range(3)]
    made = [record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, day, 10 * 3600)) for day in days]
    versions = {entry.id: entry.version for entry in made}
    with pytest.raises(InvalidInput, match="24 hours"):
        change_time_entries(session, actor=world.owner, versions=versions, change=TimeChange(worked_on=TODAY))
    assert len({entry.worked_on for entry in entries(session)}) == 3


def test_what_a_bill_has_taken_is_left_out(session: Session, world: World):
    matter = make_matter(session, world.owner)
    entry = billing.work_time(session, world, matter)
    billing.draft(session, world, matter)
    session.refresh(entry)
    versions = {entry.id: entry.version}
    with pytest.raises(NotAllowed, match="on a pre-bill or billed"):
        change_time_entries(session, actor=world.owner, versions=versions, change=TimeChange(activity_code="A104"))


def test_nobody_changes_the_time_of_others_without_the_right(session: Session, world: World):
    versions = recorded(session, world)
    lawyer: Actor = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    with pytest.raises(NotFound):
        change_time_entries(session, actor=lawyer, versions=versions, change=TimeChange(activity_code="A104"))
    mine = record_time(session, actor=lawyer, work=Work(make_matter(session, world.owner).id, world.associate.id, TODAY, 3600))
    with pytest.raises(NotAllowed):
        change_time_entries(session, actor=lawyer, versions={mine.id: 1}, change=TimeChange(timekeeper_id=world.partner.id))


def test_words_are_found_and_replaced_and_put_before(session: Session, world: World):
    versions = recorded(session, world)
    change = TimeChange(find="Work", replacement="Drafting", prefix="Berth:")
    for _ in range(2):
        change_time_entries(session, actor=world.owner, versions=versions, change=change, key="key-words-1")
    assert [entry.narrative for entry in entries(session)] == ["Berth: Drafting 0", "Berth: Drafting 1", "Berth: Drafting 2"]


@pytest.mark.parametrize(
    ("find", "replacement", "found"),
    [
        ("tc", "call", "Watch the call with Smith (call)"),
        ("Watch the tc", "See", "See with Smith (tc)"),
        ("(tc)", r"\1", r"Watch the tc with Smith \1"),
        ("mith", "x", None),
    ],
)
def test_only_whole_words_are_found(find: str, replacement: str, found: str | None):
    before = "Watch the tc with Smith (tc)"
    work = Work(1, 1, TODAY, 3600, before)
    assert TimeChange(find=find, replacement=replacement).of(work).narrative == (found or before)


def test_a_narrative_that_grows_too_long_is_refused(session: Session, world: World):
    matter = make_matter(session, world.owner)
    entry = record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, TODAY, 3600, "a" * 4000))
    with pytest.raises(InvalidInput, match="longer than 4,000"):
        change_time_entries(session, actor=world.owner, versions={entry.id: 1}, change=TimeChange(prefix="Re:"))


def test_what_is_so_already_is_left_alone(session: Session, world: World):
    versions = recorded(session, world)
    first = min(versions)
    edited = change_time_entries(session, actor=world.owner, versions={first: 1}, change=TimeChange(activity_code="A104"))
    done = change_time_entries(session, actor=world.owner, versions=versions | {first: 2}, change=TimeChange(activity_code="A104"))
    assert (edited.count, done.count) == (1, 2)
    assert {entry.version for entry in entries(session)} == {2}
    with pytest.raises(InvalidInput, match="so already"):
        change_time_entries(session, actor=world.owner, versions=dict.fromkeys(versions, 2), change=TimeChange(activity_code="A104"))


def test_the_effect_is_shown_and_nothing_is_kept(session: Session, world: World):
    versions = recorded(session, world)
    other = make_matter(session, world.owner, name="Berth")
    make_rate(session, world.owner, "matter", 50_000, matter_id=other.id)
    shown = preview_time_changes(session, actor=world.owner, versions=versions, change=TimeChange(matter_id=other.id))
    effects = shown.effects
    assert [effects[id_].amount_minor for id_ in sorted(versions)] == [50_000, 55_000, 60_000]
    assert {entry.version for entry in entries(session)} == {1}
    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "time.edited")).all() == []


FACTS = (*facts_of(TimeEntry()), "rate_reason", "rounding_reason", "rounding_group")


def test_taken_back_everything_is_what_it_was_with_the_rate_of_then(session: Session, world: World):
    versions = recorded(session, world)
    before = [[getattr(entry, name) for name in FACTS] for entry in entries(session)]
    other = make_matter(session, world.owner, name="Berth")
    change = TimeChange(matter_id=other.id, worked_on=TODAY, prefix="Re:", billing_status="no_charge")
    done = change_time_entries(session, actor=world.owner, versions=versions, change=change)
    make_rate(session, world.owner, "timekeeper", 99_000, timekeeper_id=world.partner.id)
    for _ in range(2):
        assert take_back_time_changes(session, actor=world.owner, command_id=done.command_id) == 3
    after = entries(session)
    assert [[getattr(entry, name) for name in FACTS] for entry in after] == before
    assert {entry.version for entry in after} == {3}


def test_nothing_goes_back_to_a_matter_closed_since_nor_to_somebody_who_left(session: Session, world: World):
    left, matter = make_matter(session, world.owner), make_matter(session, world.owner, name="Berth")
    entry = record_time(session, actor=world.owner, work=Work(left.id, world.partner.id, TODAY, 3600))
    moved = change_time_entries(session, actor=world.owner, versions={entry.id: 1}, change=TimeChange(matter_id=matter.id))
    session.execute(update(Matter).where(Matter.id == left.id).values(status="closed", closed_on=TODAY))
    session.commit()
    with pytest.raises(InvalidInput, match="is closed"):
        take_back_time_changes(session, actor=world.owner, command_id=moved.command_id)
    given = change_time_entries(session, actor=world.owner, versions={entry.id: 2}, change=TimeChange(timekeeper_id=world.associate.id))
    session.execute(update(Timekeeper).where(Timekeeper.id == world.partner.id).values(is_active=False))
    session.commit()
    with pytest.raises(InvalidInput, match="records no time any more"):
        take_back_time_changes(session, actor=world.owner, command_id=given.command_id)
    assert [(one.matter_id, one.timekeeper_id) for one in entries(session)] == [(matter.id, world.associate.id)]


def test_what_stayed_on_a_closed_matter_is_taken_back(session: Session, world: World):
    versions = recorded(session, world, 1)
    done = change_time_entries(session, actor=world.owner, versions=versions, change=TimeChange(activity_code="A104"))
    session.execute(update(Matter).values(status="closed", closed_on=TODAY))
    session.commit()
    assert take_back_time_changes(session, actor=world.owner, command_id=done.command_id) == 1


def test_discarded_together_and_brought_back_together(session: Session, world: World):
    versions = recorded(session, world)
    for _ in range(2):
        done = discard_time_entries(session, actor=world.owner, versions=versions, key="key-discard-1")
    assert all(entry.discarded_at for entry in entries(session))
    assert take_back_time_changes(session, actor=world.owner, command_id=done.command_id) == 3
    assert not any(entry.discarded_at for entry in entries(session))
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_kind == "time_entry").order_by(AuditEvent.id)).all()
    assert actions == ["time.recorded"] * 3 + ["time.discarded"] * 3 + ["time.restored"] * 3


def closed(session: Session) -> None:
    session.execute(update(Matter).values(status="closed", closed_on=TODAY))
    session.commit()


def test_nothing_discarded_comes_back_to_a_closed_matter(session: Session, world: World):
    versions = recorded(session, world)
    first = min(versions)
    discard_time(session, actor=world.owner, entry_id=first, version=1)
    done = discard_time_entries(session, actor=world.owner, versions={id_: 1 for id_ in versions if id_ != first})
    closed(session)
    with pytest.raises(InvalidInput, match=r"is closed\. Reopen it"):
        restore_time(session, actor=world.owner, entry_id=first, version=2)
    with pytest.raises(InvalidInput, match=r"is closed\. Reopen it"):
        take_back_time_changes(session, actor=world.owner, command_id=done.command_id)
    assert all(entry.discarded_at for entry in entries(session))


def test_nothing_is_taken_back_where_one_was_changed_since_or_by_somebody_else(session: Session, world: World):
    versions = recorded(session, world)
    done = change_time_entries(session, actor=world.owner, versions=versions, change=TimeChange(activity_code="A104"))
    colleague = make_member(session, world.owner, Role.BILLING_MANAGER)
    with pytest.raises(NotFound):
        take_back_time_changes(session, actor=colleague, command_id=done.command_id)
    change_time_entries(session, actor=world.owner, versions={min(versions): 2}, change=TimeChange(activity_code="A106"))
    with pytest.raises(Conflict, match="Nothing was taken back"):
        take_back_time_changes(session, actor=world.owner, command_id=done.command_id)
    assert [entry.activity_code for entry in entries(session)] == ["A106", "A104", "A104"]


def test_a_closed_day_refuses_all(session: Session, world: World):
    versions = recorded(session, world)
    session.get_one(Firm, world.firm_id).time_closed_through = TODAY - timedelta(days=2)
    session.commit()
    with pytest.raises(InvalidInput, match="are closed"):
        change_time_entries(session, actor=world.owner, versions=versions, change=TimeChange(activity_code="A104"))
    with pytest.raises(InvalidInput, match="are closed"):
        discard_time_entries(session, actor=world.owner, versions=versions)
    assert {entry.version for entry in entries(session)} == {1}


def test_the_entries_of_a_day_that_are_rounded_together_stay_so(session: Session, world: World):
    matter, other = make_matter(session, world.owner), make_matter(session, world.owner, name="Berth")
    for one in (matter, other):
        make_rounding(session, world.owner, 1800, matter_id=one.id, per_day=True)
    made = [record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, TODAY, 600)) for _ in range(3)]
    moved = dict.fromkeys((made[0].id, made[1].id), 1)
    change_time_entries(session, actor=world.owner, versions=moved, change=TimeChange(matter_id=other.id))
    found = entries(session)
    assert [sum(entry.quantity_hundredths for entry in found if entry.matter_id == one.id) for one in (matter, other)] == [50, 50]
