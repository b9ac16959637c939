"""Whose turn it is, what a timer may be for, and the entry that it becomes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lexapp.books.budgets import weigh_time
from lexapp.books.commands import CommandRecord
from lexapp.books.time_entries import BILLABLE, Work, add_time_entry
from lexapp.books.work_terms import FirmTerms, firm_terms, lock_timekeepers, matter_terms
from lexapp.domain.durations import DAY_SECONDS, format_clock
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.domain.timer_events import Track
from lexapp.models import TimeEntry, Timer

NO_TIMEKEEPER = "Your sign-in records no time of its own. Ask an owner of the firm to make you a timekeeper."
NO_TIMEKEEPER_OF_OWNER = "Your sign-in records no time of its own. First open your name under People and choose whom you record time as."


def take_turn(session: Session, actor: Actor) -> FirmTerms:
    """Wait until no other command of this timekeeper is under way: two browsers never leave two timers running."""
    if actor.timekeeper_id is None:
        raise NotAllowed(NO_TIMEKEEPER_OF_OWNER if actor.may("user.manage") else NO_TIMEKEEPER, code="no_timekeeper")
    firm = firm_terms(session, actor.firm_id)
    lock_timekeepers(session, firm, {actor.timekeeper_id})
    return firm


def check_matter(session: Session, firm: FirmTerms, matter_id: int | None) -> None:
    """Refuse a matter that takes no work; None passes, as a timer may run without one."""
    if matter_id is None:
        return
    matter = matter_terms(session, firm, [matter_id])[matter_id]
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it, or choose another matter.", field="matter_id", code="matter_is_closed")


def enter_time(
    session: Session,
    command: CommandRecord,
    timer: Timer,
    told: Track,
    *,
    counted_seconds: int,
    recorded_seconds: int | None = None,
    billing_status: str = BILLABLE,
) -> TimeEntry:
    """The entry of a stopped timer: measured by its segments, recorded as typed or as counted. Raises InvalidInput beside a field.

    Where it goes beyond a budget that blocks work it is held, non-billable: the time of a timer is never refused for that.
    """
    measured = told.measured_seconds(told.ended_at or command.at)
    work = Work(
        matter_id=_matter_of(timer),
        timekeeper_id=timer.timekeeper_id,
        worked_on=timer.started_on,
        recorded_seconds=_recordable(measured, counted_seconds) if recorded_seconds is None else recorded_seconds,
        narrative=timer.narrative,
        task_code=timer.task_code,
        activity_code=timer.activity_code,
        billing_status=billing_status,
    )
    entry = add_time_entry(session, command, work, measured_seconds=measured, counted_seconds=counted_seconds, timer_id=timer.id)
    weigh_time(session, command, entry, may_hold=True)
    return entry


def _matter_of(timer: Timer) -> int:
    if timer.matter_id is None:
        raise InvalidInput("Choose the matter that this time belongs to.", field="matter_id", code="timer_without_matter")
    return timer.matter_id


def _recordable(measured: int, counted: int) -> int:
    if measured > counted == 0:
        message = "All its minutes were taken off, or belong to another timer. Write how long the work took, or discard the timer."
        raise InvalidInput(message, field="recorded_seconds", code="timer_without_minutes")
    if measured == 0:
        message = "The timer has not measured a second yet. Write how long the work took, or discard the timer."
        raise InvalidInput(message, field="recorded_seconds", code="timer_is_empty")
    if counted > DAY_SECONDS:
        message = f"The timer ran for {format_clock(counted)}. Write how long the work took: an entry holds at most 24 hours."
        raise InvalidInput(message, field="recorded_seconds", code="timer_over_a_day")
    return counted
