"""Work beyond a budget that blocks it: refused at the desk, held where nobody is asked, decided by name."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.budgets import Beyond, BudgetPart
from lexapp.domain.errors import Conflict, NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.models import AuditEvent, Matter, TimeEntry
from lexapp.services import budgets as service
from lexapp.services.time_entries import TimeChange, Work, change_time_entries, edit_time
from lexapp.services.timers import TimerNote, start_timer, stop_timer
from tests.agreed_fees import refused
from tests.budgets import answer_for, give, holds, notices, spent, work
from tests.factories import NOW, TODAY, World, make_matter

DAY = timedelta(days=1)


def test_work_beyond_is_refused_where_that_was_agreed_and_less_of_it_is_not(
    session: Session, world: World, matter: Matter, associate: Actor
) -> None:
    give(session, world, matter, beyond=Beyond.BLOCK)
    entry = work(session, associate, matter, 6)  # 1,800 of 2,000
    error = refused(lambda: work(session, associate, matter, 1))
    assert (error.field, error.code) == ("billing_status", "beyond_budget")
    assert "105 %" in str(error)
    work(session, associate, matter, 1, task_code="L210")
    work(session, associate, matter, 1, billing_status="non_billable")
    longer = Work(matter.id, world.associate.id, TODAY, 7 * 3600, "Work", "L110", "A102")
    assert refused(lambda: edit_time(session, actor=associate, entry_id=entry.id, version=1, work=longer, now=NOW)).code == "beyond_budget"
    shorter = Work(matter.id, world.associate.id, TODAY, 5 * 3600, "Work", "L110", "A102")
    edit_time(session, actor=associate, entry_id=entry.id, version=1, work=shorter, now=NOW)
    assert spent(session, world, matter)["L100"] == 1_500_00
    assert holds(session) == []


def test_held_time_is_kept_and_released_by_a_named_person_with_a_reason(
    session: Session, world: World, matter: Matter, associate: Actor
) -> None:
    give(session, world, matter, beyond=Beyond.BLOCK)
    work(session, associate, matter, 6)
    entry = work(session, associate, matter, 2, billing_status="held")
    assert (entry.billing_status, entry.amount_minor, entry.recorded_seconds) == ("non_billable", 0, 7_200)
    [hold] = holds(session)
    assert (hold.time_entry_id, hold.code, hold.outcome) == (entry.id, "L100", "")
    assert spent(session, world, matter)["L100"] == 1_800_00
    keys = {"hold_id": hold.id, "version": 1}
    assert isinstance(refused(lambda: service.release_hold(session, actor=associate, reason="Urgent", **keys)), NotAllowed)  # type: ignore[arg-type]
    assert refused(lambda: service.release_hold(session, actor=world.owner, reason="  ", **keys)).field == "reason"  # type: ignore[arg-type]
    billed = service.release_hold(session, actor=world.owner, reason="The client asked for it", now=NOW, **keys)  # type: ignore[arg-type]
    assert (billed.billing_status, billed.amount_minor) == ("billable", 600_00)
    [hold] = holds(session)
    assert (hold.outcome, hold.reason, hold.decided_by_user_id) == ("released", "The client asked for it", world.owner.user_id)
    assert ("L100", 100) in notices(session, told=True)
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == entry.id, AuditEvent.subject_kind == "time_entry"))
    assert {"time.held", "time.hold_released"} <= set(actions)
    again = refused(lambda: service.release_hold(session, actor=world.owner, reason="Twice", hold_id=hold.id, version=hold.version))
    assert isinstance(again, Conflict)


def test_the_responsible_timekeeper_decides_too_and_may_leave_it(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    answer_for(session, world, matter, world.associate.id)
    give(session, world, matter, beyond=Beyond.BLOCK)
    entry = work(session, associate, matter, 7, billing_status="held")
    service.keep_hold(session, actor=associate, hold_id=holds(session)[0].id, version=1, now=NOW)
    assert [(one.outcome, one.decided_by_user_id) for one in holds(session)] == [("kept", associate.user_id)]
    assert session.get_one(TimeEntry, entry.id).billing_status == "non_billable"


def test_what_is_held_fits_once_it_is_made_shorter(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    give(session, world, matter, beyond=Beyond.BLOCK)
    entry = work(session, associate, matter, 7, billing_status="held")
    shorter = Work(matter.id, world.associate.id, TODAY, 6 * 3600, "Work", "L110", "A102")
    edit_time(session, actor=associate, entry_id=entry.id, version=entry.version, work=shorter, now=NOW)
    assert [one.outcome for one in holds(session)] == ["within"]
    assert spent(session, world, matter)["L100"] == 1_800_00


def test_the_time_of_a_timer_is_never_refused(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    give(session, world, matter, beyond=Beyond.BLOCK)
    work(session, associate, matter, 6)
    note = TimerNote(matter_id=matter.id, narrative="Call", task_code="L110")
    timer = start_timer(session, actor=associate, note=note, now=NOW - timedelta(hours=2))
    entry = stop_timer(session, actor=associate, timer_id=timer.id, now=NOW)
    assert (entry.billing_status, entry.measured_seconds, entry.recorded_seconds) == ("non_billable", 7_200, 7_200)
    assert [one.time_entry_id for one in holds(session)] == [entry.id]


def test_many_entries_are_not_brought_beyond_together(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    give(session, world, matter, beyond=Beyond.BLOCK)
    free = make_matter(session, world.owner)
    some = [work(session, associate, free, 4) for _ in range(2)]
    versions = {entry.id: entry.version for entry in some}
    moved = TimeChange(matter_id=matter.id)
    error = refused(lambda: change_time_entries(session, actor=associate, versions=versions, change=moved, now=NOW))
    assert error.code == "beyond_budget"
    change_time_entries(session, actor=associate, versions={some[0].id: some[0].version}, change=moved, now=NOW)
    assert spent(session, world, matter)["L100"] == 1_200_00
    assert notices(session) == [("L100", 50)]


def test_hours_are_limited_as_money_is(session: Session, world: World, matter: Matter, associate: Actor) -> None:
    parts = (BudgetPart("L110", None, 4_00),)
    give(session, world, matter, amount_minor=None, hours_hundredths=10_00, parts=parts, beyond=Beyond.BLOCK)
    work(session, associate, matter, 4)
    assert notices(session, told=True) == [("L110", 100)]
    assert "L110" in str(refused(lambda: work(session, associate, matter, 0.1)))
    work(session, associate, matter, 6, task_code="L120")
    assert refused(lambda: work(session, associate, matter, 0.1, task_code="L120")).code == "beyond_budget"
