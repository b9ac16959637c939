"""Recurring time: each day once, confirmed or recorded by itself, paused, ended, changed for later days only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, Firm, Matter, Membership, RecurringEntry, RecurringEntryDay, TimeEntry
from lexapp.services.recurring_entries import (
    RecurringWork,
    add_recurring,
    change_recurring,
    end_recurring,
    pause_recurring,
    record_day,
    resume_recurring,
    skip_day,
    unskip_day,
)
from lexapp.services.walls import wall_matter
from lexapp.workflows.recurring_entries import make_due_days
from tests.factories import NOW, World, make_matter, make_member, make_rate, make_world

TODAY = NOW.date()
EVERY_DAY = 0b1111111


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    matter = make_matter(session, world.owner)
    make_rate(session, world.owner, "matter", 40_000, matter_id=matter.id)
    return matter


def added(session: Session, world: World, matter: Matter, *, actor: Actor | None = None, **changes: Any) -> RecurringEntry:
    said = {"recorded_seconds": 1800, "narrative": "Weekly call", "weekdays": EVERY_DAY, "first_on": TODAY}
    work = RecurringWork(matter_id=matter.id, timekeeper_id=world.partner.id, **{**said, **changes})
    return add_recurring(session, actor=actor or world.owner, work=work, now=NOW)


def made(session: Session, world: World, days: int = 0) -> list[tuple[date, str]]:
    """What stands after the job ran so many days later."""
    make_due_days(session, firm_id=world.firm_id, now=NOW + timedelta(days=days))
    return [(one.worked_on, one.state) for one in days_of(session)]


def days_of(session: Session) -> list[RecurringEntryDay]:
    session.rollback()
    return list(session.scalars(select(RecurringEntryDay).order_by(RecurringEntryDay.worked_on)))


def count(session: Session) -> int:
    return len(session.scalars(select(TimeEntry)).all())


def test_each_day_waits_once_however_often_the_job_runs(session: Session, world: World, matter: Matter):
    added(session, world, matter)
    for _ in range(3):
        assert made(session, world) == [(TODAY, "waiting")]
    assert made(session, world, 2) == [(TODAY + timedelta(days=one), "waiting") for one in range(3)]
    assert count(session) == 0


def test_confirmed_it_is_an_entry_at_the_rate_of_its_day_and_of_no_use_twice(session: Session, world: World, matter: Matter):
    added(session, world, matter)
    made(session, world)
    [day] = days_of(session)
    first = record_day(session, actor=world.owner, day_id=day.id, key="key-record-1", now=NOW)
    assert record_day(session, actor=world.owner, day_id=day.id, key="key-record-1", now=NOW).id == first.id
    assert (first.worked_on, first.recorded_seconds, first.amount_minor, first.narrative) == (TODAY, 1800, 20_000, "Weekly call")
    with pytest.raises(Conflict):
        record_day(session, actor=world.owner, day_id=day.id, now=NOW)
    with pytest.raises(Conflict):
        skip_day(session, actor=world.owner, day_id=day.id, now=NOW)
    assert count(session) == 1


def test_skipped_it_is_none_and_may_wait_again(session: Session, world: World, matter: Matter):
    added(session, world, matter)
    made(session, world)
    [day] = days_of(session)
    skip_day(session, actor=world.owner, day_id=day.id, now=NOW)
    assert made(session, world) == [(TODAY, "skipped")]
    unskip_day(session, actor=world.owner, day_id=day.id, now=NOW)
    assert made(session, world) == [(TODAY, "waiting")]


def test_recorded_by_itself_where_the_rule_says_so(session: Session, world: World, matter: Matter):
    added(session, world, matter, asks=False)
    assert made(session, world, 1) == [(TODAY, "recorded"), (TODAY + timedelta(days=1), "recorded")]
    assert made(session, world, 1) == [(TODAY, "recorded"), (TODAY + timedelta(days=1), "recorded")]
    assert count(session) == 2
    entry = session.scalars(select(TimeEntry)).first()
    assert entry
    assert (entry.amount_minor, entry.recorded_by_user_id) == (20_000, world.owner.user_id)


def _close(session: Session, matter: Matter) -> None:
    session.get_one(Matter, matter.id).status = "closed"
    session.get_one(Matter, matter.id).closed_on = TODAY


def _lock(session: Session, matter: Matter) -> None:
    session.get_one(Firm, matter.firm_id).time_closed_through = TODAY + timedelta(days=9)


def _leave(session: Session, matter: Matter) -> None:
    for member in session.scalars(select(Membership).where(Membership.firm_id == matter.firm_id)):
        member.is_active = False


@pytest.mark.parametrize(("happens", "reason"), [(_close, "is closed"), (_lock, "are closed"), (_leave, "has left the firm")])
def test_what_cannot_be_recorded_by_itself_waits_with_its_reason(session: Session, world: World, matter: Matter, happens: Any, reason: str):
    added(session, world, matter, asks=False)
    happens(session, matter)
    session.commit()
    assert made(session, world) == [(TODAY, "waiting")]
    assert reason in days_of(session)[0].reason
    assert count(session) == 0


def test_nothing_is_recorded_for_whom_a_wall_shuts_out(session: Session, world: World, matter: Matter):
    lawyer = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    added(session, world, matter, actor=lawyer, asks=False)
    version = session.get_one(Matter, matter.id).version
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=version, membership_ids=[])
    assert made(session, world) == [(TODAY, "waiting")]
    assert "shut out" in days_of(session)[0].reason


def test_paused_days_are_not_made_up_for(session: Session, world: World, matter: Matter):
    rule = added(session, world, matter)
    made(session, world)
    pause_recurring(session, actor=world.owner, rule_id=rule.id, version=1, now=NOW)
    assert made(session, world, 3) == [(TODAY, "waiting")]
    resume_recurring(session, actor=world.owner, rule_id=rule.id, version=2, now=NOW + timedelta(days=3))
    assert made(session, world, 4) == [(TODAY + timedelta(days=one), "waiting") for one in (0, 3, 4)]


def test_ended_it_makes_no_more_and_is_not_changed_again(session: Session, world: World, matter: Matter):
    rule = added(session, world, matter)
    made(session, world)
    end_recurring(session, actor=world.owner, rule_id=rule.id, version=1, now=NOW)
    assert made(session, world, 5) == [(TODAY, "waiting")]
    with pytest.raises(Conflict):
        pause_recurring(session, actor=world.owner, rule_id=rule.id, version=2, now=NOW)


def test_a_change_concerns_later_days_only(session: Session, world: World, matter: Matter):
    rule = added(session, world, matter)
    made(session, world)
    work = RecurringWork(
        matter_id=matter.id, timekeeper_id=world.partner.id, recorded_seconds=3600, weekdays=EVERY_DAY, first_on=TODAY - timedelta(days=9)
    )
    change_recurring(session, actor=world.owner, rule_id=rule.id, version=1, work=work, now=NOW)
    with pytest.raises(Conflict):
        change_recurring(session, actor=world.owner, rule_id=rule.id, version=1, work=replace(work, narrative="x"), now=NOW)
    made(session, world, 1)
    assert [(one.worked_on, one.recorded_seconds) for one in days_of(session)] == [(TODAY, 1800), (TODAY + timedelta(days=1), 3600)]
    assert session.get_one(RecurringEntry, rule.id).first_on == TODAY


# New York: an hour is missing on 2027-03-14 (midnight is 5:00 UTC) and comes twice on 2027-11-07 (midnight is 4:00 UTC).
@pytest.mark.parametrize(("night", "midnight"), [(date(2027, 3, 14), 5), (date(2027, 11, 7), 4)])
def test_the_day_is_that_of_the_firm_also_in_the_night_when_clocks_change(
    session: Session, world: World, matter: Matter, night: date, midnight: int
):
    added(session, world, matter, first_on=night - timedelta(days=1))
    start = datetime(night.year, night.month, night.day, midnight, tzinfo=NOW.tzinfo)
    make_due_days(session, firm_id=world.firm_id, now=start - timedelta(minutes=1))
    assert [one.worked_on for one in days_of(session)] == [night - timedelta(days=1)]
    for hours in (0, 6, 12, 18, 22):
        make_due_days(session, firm_id=world.firm_id, now=start + timedelta(hours=hours))
    assert [one.worked_on for one in days_of(session)] == [night - timedelta(days=1), night]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekdays": 0}, "weekdays"),
        ({"weekdays": 0, "month_day": 32}, "month_day"),
        ({"first_on": TODAY - timedelta(days=1)}, "first_on"),
        ({"last_on": TODAY - timedelta(days=1)}, "last_on"),
        ({"recorded_seconds": 0}, "recorded_seconds"),
        ({"recorded_seconds": 86_401}, "recorded_seconds"),
    ],
)
def test_what_could_make_no_day_is_refused_beside_its_field(
    session: Session, world: World, matter: Matter, changes: dict[str, Any], field: str
):
    with pytest.raises(InvalidInput) as refusal:
        added(session, world, matter, **changes)
    assert refusal.value.field == field


def test_colleagues_and_other_firms_find_nothing(session: Session, world: World, matter: Matter):
    rule_id = added(session, world, matter).id
    made(session, world)
    day_id = days_of(session)[0].id
    colleague = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    with pytest.raises(NotAllowed):
        added(session, world, matter, actor=colleague)
    stranger = make_world(session, "Other LLP").owner
    for actor in (colleague, stranger):
        with pytest.raises(NotFound):
            end_recurring(session, actor=actor, rule_id=rule_id, version=1, now=NOW)
        with pytest.raises(NotFound):
            record_day(session, actor=actor, day_id=day_id, now=NOW)


def test_everything_is_in_the_audit(session: Session, world: World, matter: Matter):
    rule = added(session, world, matter)
    made(session, world)
    record_day(session, actor=world.owner, day_id=days_of(session)[0].id, now=NOW)
    pause_recurring(session, actor=world.owner, rule_id=rule.id, version=1, now=NOW)
    query = select(AuditEvent.action).where(AuditEvent.subject_kind == "recurring_entry").order_by(AuditEvent.id)
    assert session.scalars(query).all() == [f"recurring_entry.{deed}" for deed in ("added", "made", "recorded", "paused")]
