"""Time entries: rated with a reason, rounded once, changed only while unbilled, and many at once by the same rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, Matter, PreBill, PreBillLine, TimeEntry
from lexapp.services.time_entries import (
    TimeRow,
    Work,
    discard_time,
    duplicate_time,
    edit_time,
    record_time,
    record_time_entries,
    restore_time,
)
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_rate, make_rounding, make_timekeeper, make_world, save


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def work(world: World, matter: Matter) -> Work:
    return Work(matter.id, world.partner.id, TODAY, 4320, "Draft motion to compel")


def record(session: Session, world: World, work: Work) -> TimeEntry:
    return record_time(session, actor=world.owner, work=work, now=NOW)


def edit(session: Session, world: World, entry: TimeEntry, work: Work) -> TimeEntry:
    return edit_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, work=work, now=NOW)


def put_on_pre_bill(session: Session, world: World, matter: Matter, entry: TimeEntry) -> PreBill:
    """A pre-bill with this entry on it, as drafting would leave it."""
    assert matter.client_id is not None
    bill = PreBill(firm_id=world.firm_id, matter_id=matter.id, payer_id=matter.client_id, through_on=TODAY, created_at=NOW)
    save(session, bill, world.firm_id)
    values = {"quantity_hundredths": entry.quantity_hundredths, "amount_minor": entry.amount_minor}
    rate = entry.rate_minor_per_hour or 0
    line = PreBillLine(
        firm_id=world.firm_id, pre_bill_id=bill.id, payer_id=bill.payer_id, position=1, kind="time", time_entry_id=entry.id,
        dated_on=entry.worked_on, entry_quantity_hundredths=entry.quantity_hundredths, entry_rate_minor=rate, rate_minor=rate,
        entry_amount_minor=entry.amount_minor, **values,
    )  # fmt: skip
    save(session, line, world.firm_id)
    return bill


# ── recording ────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_keeps_its_rate_with_the_reason_and_multiplies_out(session: Session, world: World, matter: Matter, work: Work) -> None:
    make_rate(session, world.owner, "matter", 400_00, matter_id=matter.id)
    entry = record(session, world, work)
    assert (entry.recorded_seconds, entry.quantity_hundredths) == (4320, 120)
    assert (entry.rate_minor_per_hour, entry.amount_minor) == (400_00, 480_00)
    assert str(entry.rate_reason["reason"]).startswith("matter rate since")
    assert session.scalar(select(AuditEvent.action).where(AuditEvent.subject_kind == "time_entry")) == "time.recorded"


def test_without_a_rate_it_is_saved_and_worth_nothing_yet(session: Session, world: World, work: Work) -> None:
    nobody = make_timekeeper(session, world.owner, "Tomasz Wray", "PARALG")
    entry = record(session, world, replace(work, timekeeper_id=nobody.id))
    assert (entry.rate_minor_per_hour, entry.amount_minor, entry.quantity_hundredths) == (None, 0, 120)
    make_rate(session, world.owner, "timekeeper", 100_00, timekeeper_id=nobody.id)
    assert edit(session, world, entry, replace(work, timekeeper_id=nobody.id, narrative="Now rated")).amount_minor == 120_00


@pytest.mark.parametrize("status", ["non_billable", "no_charge"])
def test_time_that_is_not_billable_has_a_quantity_and_no_amount(session: Session, world: World, work: Work, status: str) -> None:
    entry = record(session, world, replace(work, billing_status=status))
    assert (entry.quantity_hundredths, entry.rate_minor_per_hour, entry.amount_minor) == (120, 500_00, 0)


def test_time_on_the_internal_matter_is_never_billable(session: Session, world: World, work: Work) -> None:
    internal = session.scalars(select(Matter).where(Matter.is_internal, Matter.firm_id == world.firm_id)).one()
    entry = record(session, world, replace(work, matter_id=internal.id))
    assert (entry.billing_status, entry.amount_minor) == ("non_billable", 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"worked_on": TODAY + timedelta(days=1)}, "worked_on"),
        ({"worked_on": date(1900, 1, 1)}, "worked_on"),
        ({"recorded_seconds": 0}, "recorded_seconds"),
        ({"recorded_seconds": -60}, "recorded_seconds"),
        ({"recorded_seconds": 86_401}, "recorded_seconds"),
        ({"matter_id": 10**9}, "matter_id"),
        ({"timekeeper_id": 10**9}, "timekeeper_id"),
        ({"rate_minor": -1}, "rate_minor"),
    ],
)
def test_bad_work_is_refused_beside_its_field(session: Session, world: World, work: Work, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        record(session, world, replace(work, **change))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert session.scalar(select(func.count(TimeEntry.id))) == 0


def test_a_day_of_one_person_holds_24_hours(session: Session, world: World, work: Work) -> None:
    record(session, world, replace(work, recorded_seconds=20 * 3600))
    with pytest.raises(InvalidInput, match="4:00:00 are left") as refused:
        record(session, world, replace(work, recorded_seconds=5 * 3600))
    assert refused.value.field == "recorded_seconds"
    record(session, world, replace(work, recorded_seconds=5 * 3600, timekeeper_id=world.associate.id))


def test_ones_own_time_and_others_time_are_two_permissions_and_a_typed_rate_a_third(session: Session, world: World, work: Work) -> None:
    timekeeper = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    record_time(session, actor=timekeeper, work=replace(work, timekeeper_id=world.associate.id), now=NOW)
    for refused in (work, replace(work, timekeeper_id=world.associate.id, rate_minor=1)):
        with pytest.raises(NotAllowed):
            record_time(session, actor=timekeeper, work=refused, now=NOW)
    assert session.scalar(select(func.count(TimeEntry.id))) == 1


def test_the_same_key_records_once(session: Session, world: World, work: Work) -> None:
    entries = [record_time(session, actor=world.owner, work=work, key="form-1234", now=NOW).id for _ in range(2)]
    assert len(set(entries)) == 1


def test_another_firms_matter_and_timekeeper_do_not_exist(session: Session, world: World, work: Work) -> None:
    other = make_world(session, "Quillfeather & Lind")
    theirs = make_matter(session, other.owner)
    for change in ({"matter_id": theirs.id}, {"timekeeper_id": other.partner.id}):
        with pytest.raises(InvalidInput):
            record(session, world, replace(work, **change))  # type: ignore[arg-type]


# ── changing ─────────────────────────────────────────────────────────────────────────────────────


def test_a_new_rate_leaves_an_entry_alone_until_what_it_depends_on_changes(session: Session, world: World, work: Work) -> None:
    entry = record(session, world, work)
    make_rate(session, world.owner, "matter", 900_00, matter_id=work.matter_id)
    entry = edit(session, world, entry, replace(work, narrative="Other words", recorded_seconds=3600))
    assert (entry.rate_minor_per_hour, entry.quantity_hundredths, entry.amount_minor) == (500_00, 100, 500_00)
    entry = edit(session, world, entry, replace(work, recorded_seconds=3600, worked_on=TODAY - timedelta(days=1)))
    assert (entry.rate_minor_per_hour, entry.amount_minor) == (900_00, 900_00)


def test_a_typed_rate_stays_through_changes_until_it_is_taken_away(session: Session, world: World, work: Work) -> None:
    entry = record(session, world, replace(work, rate_minor=123_00))
    moved = replace(work, rate_minor=123_00, timekeeper_id=world.associate.id)
    entry = edit(session, world, entry, moved)
    assert (entry.rate_minor_per_hour, entry.rate_is_typed) == (123_00, True)
    entry = edit(session, world, entry, replace(moved, rate_minor=None))
    assert (entry.rate_minor_per_hour, entry.rate_is_typed) == (300_00, False)


def test_an_edit_keeps_the_rule_the_entry_was_rounded_by_until_it_moves(session: Session, world: World, work: Work) -> None:
    entry = record(session, world, work)
    make_rounding(session, world.owner, 3600)
    entry = edit(session, world, entry, replace(work, narrative="Other words"))
    assert entry.quantity_hundredths == 120
    entry = edit(session, world, entry, replace(work, recorded_seconds=4321))
    assert (entry.quantity_hundredths, entry.rounding_reason["winner"]) == (130, None)
    entry = edit(session, world, entry, replace(work, recorded_seconds=4321, worked_on=TODAY - timedelta(days=1)))
    assert (entry.quantity_hundredths, entry.rounding_reason["reason"]) == (200, "firm’s rule since Jan 2, 2026")


def test_a_stale_version_is_refused(session: Session, world: World, work: Work) -> None:
    entry = record(session, world, work)
    shown = entry.version
    edit(session, world, entry, replace(work, narrative="First"))
    with pytest.raises(Conflict):
        edit_time(session, actor=world.owner, entry_id=entry.id, version=shown, work=replace(work, narrative="Second"), now=NOW)
    assert session.get_one(TimeEntry, entry.id).narrative == "First"


def test_an_entry_on_a_pre_bill_names_it_and_stays(session: Session, world: World, matter: Matter, work: Work) -> None:
    entry = record(session, world, work)
    bill = put_on_pre_bill(session, world, matter, entry)
    with pytest.raises(NotAllowed, match=f"pre-bill {bill.id}"):
        edit(session, world, entry, replace(work, narrative="Other"))
    with pytest.raises(NotAllowed, match=f"pre-bill {bill.id}"):
        discard_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW)
    with transaction(session, world.firm_id):
        session.execute(update(PreBillLine).values(state="released"))
    assert edit(session, world, session.get_one(TimeEntry, entry.id), replace(work, narrative="Other")).narrative == "Other"


def test_discarding_is_undone_by_restoring(session: Session, world: World, work: Work) -> None:
    entry = record(session, world, work)
    discard_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW)
    discard_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW)
    assert session.get_one(TimeEntry, entry.id).discarded_at is not None
    with pytest.raises(Conflict):
        edit(session, world, session.get_one(TimeEntry, entry.id), work)
    assert restore_time(session, actor=world.owner, entry_id=entry.id, version=entry.version, now=NOW).discarded_at is None


def test_a_duplicate_is_dated_today_at_todays_rate(session: Session, world: World, work: Work) -> None:
    entry = record(session, world, replace(work, worked_on=date(2026, 3, 2)))
    make_rate(session, world.owner, "matter", 600_00, matter_id=work.matter_id)
    copy = duplicate_time(session, actor=world.owner, entry_id=entry.id, now=NOW)
    assert (copy.worked_on, copy.narrative, copy.recorded_seconds) == (TODAY, entry.narrative, 4320)
    assert (copy.rate_minor_per_hour, copy.measured_seconds) == (600_00, None)


def test_a_colleague_without_the_right_sees_no_such_entry(session: Session, world: World, work: Work) -> None:
    entry_id = record(session, world, work).id
    colleague = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    stranger = make_world(session, "Quillfeather & Lind").owner
    for actor in (colleague, stranger):
        with pytest.raises(NotFound):
            discard_time(session, actor=actor, entry_id=entry_id, version=1, now=NOW)
        with pytest.raises(NotFound):
            duplicate_time(session, actor=actor, entry_id=entry_id, now=NOW)
    scope_to_firm(session, world.firm_id)
    assert session.get_one(TimeEntry, entry_id).discarded_at is None


# ── once per day ─────────────────────────────────────────────────────────────────────────────────


def quantities(session: Session) -> list[int]:
    kept = select(TimeEntry.quantity_hundredths).where(TimeEntry.discarded_at.is_(None)).order_by(TimeEntry.id)
    return list(session.scalars(kept))


def test_once_per_day_a_group_is_rounded_together_and_recomputed_by_every_change(session: Session, world: World, work: Work) -> None:
    make_rounding(session, world.owner, 360, per_day=True)
    two = replace(work, recorded_seconds=120)
    entries = [record(session, world, two) for _ in range(3)]
    assert quantities(session) == [4, 3, 3]
    assert session.get_one(TimeEntry, entries[0].id).amount_minor == 20_00
    assert len({session.get_one(TimeEntry, entry.id).rounding_group for entry in entries}) == 1
    last = edit(session, world, session.get_one(TimeEntry, entries[2].id), replace(two, recorded_seconds=600))
    assert sum(quantities(session)) == 30
    assert last.quantity_hundredths == quantities(session)[2]
    edit(session, world, last, replace(two, worked_on=TODAY - timedelta(days=1)))
    assert quantities(session) == [5, 5, 10]
    discard_time(session, actor=world.owner, entry_id=entries[0].id, version=entries[0].version, now=NOW)
    assert quantities(session) == [10, 10]


def test_once_per_day_what_is_billed_keeps_its_quantity(session: Session, world: World, matter: Matter, work: Work) -> None:
    make_rounding(session, world.owner, 360, per_day=True)
    four = replace(work, recorded_seconds=240)
    billed = record(session, world, four)
    put_on_pre_bill(session, world, matter, billed)
    record(session, world, replace(four, recorded_seconds=480))
    assert quantities(session) == [10, 10]
    record(session, world, four)
    assert quantities(session) == [10, 13, 7]


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def test_many_are_recorded_by_the_same_rules_as_one(session: Session, world: World, work: Work) -> None:
    make_rate(session, world.owner, "client", 410_00, client_id=session.get_one(Matter, work.matter_id).client_id)
    works = [
        work,
        replace(work, timekeeper_id=world.associate.id, recorded_seconds=421),
        replace(work, billing_status="no_charge", worked_on=date(2026, 2, 3)),
        replace(work, rate_minor=77_77),
    ]
    single = [record(session, world, each).id for each in works]
    rows = [TimeRow(**{name: getattr(each, name) for name in Work.__slots__}) for each in works]
    many = record_time_entries(session, actor=world.owner, rows=rows, key="import-0001", now=NOW)
    names = ("quantity_hundredths", "rate_minor_per_hour", "rate_reason", "amount_minor", "billing_status", "narrative", "worked_on")
    for one, other in zip(single, many, strict=True):
        first, second = session.get_one(TimeEntry, one), session.get_one(TimeEntry, other)
        assert [getattr(first, name) for name in names] == [getattr(second, name) for name in names]
    assert record_time_entries(session, actor=world.owner, rows=rows, key="import-0001", now=NOW) == many


def test_many_are_refused_whole_and_the_row_is_named(session: Session, world: World, work: Work) -> None:
    good = TimeRow(work.matter_id, work.timekeeper_id, TODAY, 3600)
    with pytest.raises(InvalidInput, match="Row 2: "):
        record_time_entries(session, actor=world.owner, rows=[good, good._replace(recorded_seconds=0)], now=NOW)
    with pytest.raises(InvalidInput, match="Row 25: A day has 24 hours"):
        record_time_entries(session, actor=world.owner, rows=[good] * 25, now=NOW)
    assert session.scalar(select(func.count(TimeEntry.id))) == 0


def test_many_keep_the_quantities_that_were_billed_elsewhere_and_their_history(session: Session, world: World, work: Work) -> None:
    long_ago = NOW - timedelta(days=90)
    row = TimeRow(work.matter_id, work.timekeeper_id, TODAY, 1200, quantity_hundredths=33, recorded_at=long_ago, measured_seconds=1187)
    [entry_id] = record_time_entries(session, actor=world.owner, rows=[row], now=NOW)
    entry = session.get_one(TimeEntry, entry_id)
    assert (entry.quantity_hundredths, entry.amount_minor, entry.created_at, entry.measured_seconds) == (33, 165_00, long_ago, 1187)


def test_many_group_by_day_too(session: Session, world: World, work: Work) -> None:
    make_rounding(session, world.owner, 360, per_day=True)
    row = TimeRow(work.matter_id, work.timekeeper_id, TODAY, 120)
    record_time_entries(session, actor=world.owner, rows=[row, row, row, row._replace(worked_on=date(2026, 5, 5))], now=NOW)
    assert quantities(session) == [4, 3, 3, 10]


def test_a_thousand_rows_take_a_dozen_statements(session: Session, world: World, work: Work) -> None:
    rows = [TimeRow(work.matter_id, work.timekeeper_id, OPEN + timedelta(days=day), 360, f"Entry {day}") for day in range(300)]
    seen: list[str] = []
    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda *args: seen.append(args[2]))
    record_time_entries(session, actor=world.owner, rows=rows, now=NOW)
    assert len(seen) <= 16, seen
    assert session.scalar(select(func.count(TimeEntry.id))) == 300


OPEN = date(2026, 1, 2)


def test_nobody_records_for_others_by_the_dozen_without_the_right(session: Session, world: World, work: Work) -> None:
    timekeeper: Actor = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    with pytest.raises(NotAllowed):
        record_time_entries(session, actor=timekeeper, rows=[TimeRow(work.matter_id, work.timekeeper_id, TODAY, 60)], now=NOW)
