"""Timers: several per timekeeper, one of them running. A timer is a start and its segments, never a counting process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.time_entries import Work, add_time_entry
from lexapp.books.work_terms import FirmTerms, firm_terms, lock_timekeepers, matter_terms
from lexapp.database import transaction
from lexapp.domain.durations import DAY_SECONDS, format_clock
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.domain.lifecycles import TIMER
from lexapp.domain.moments import elapsed_seconds
from lexapp.domain.permissions import Actor
from lexapp.models import TimeEntry, Timer, TimerSegment

NO_TIMEKEEPER = "Your sign-in records no time of its own. Ask an owner of the firm to make you a timekeeper."


@dataclass(frozen=True, slots=True)
class TimerNote:
    """What a timer is for. It may run without a matter; its entry cannot be without one."""

    matter_id: int | None = None
    narrative: str = ""
    task_code: str = ""
    activity_code: str = ""


def start_timer(
    session: Session,
    *,
    actor: Actor,
    note: TimerNote,
    client_key: str | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> Timer:
    """Start a timer; the one that runs is paused in the same moment. Its date is today's where the firm is."""
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer.start", inputs=asdict(note), key=key, now=now)
        if command.result is not None:
            return session.get_one(Timer, command.result["timer_id"])
        firm = _take_turn(session, actor)
        _check_matter(session, firm, note)
        at = _second(command.at)
        _pause_running(session, command, at)
        timer = _insert(session, command, note, client_key, firm.today(command.at))
        _open_segment(session, timer, at)
        _audit(session, command, timer, "timer.started")
        succeed(session, command, timer_id=timer.id)
    return timer


def pause_timer(session: Session, *, actor: Actor, timer_id: int, now: datetime | None = None) -> Timer:
    """Stop counting for now."""
    return _move(session, actor, timer_id, "pause", now)


def resume_timer(session: Session, *, actor: Actor, timer_id: int, now: datetime | None = None) -> Timer:
    """Count on with this timer; the one that runs is paused in the same moment."""
    return _move(session, actor, timer_id, "resume", now)


def discard_timer(session: Session, *, actor: Actor, timer_id: int, now: datetime | None = None) -> Timer:
    """Put a timer away without an entry. Its segments stay; `restore_timer` brings it back, paused."""
    return _move(session, actor, timer_id, "discard", now)


def restore_timer(session: Session, *, actor: Actor, timer_id: int, now: datetime | None = None) -> Timer:
    """Bring a discarded timer back, paused."""
    return _move(session, actor, timer_id, "restore", now)


def edit_timer(session: Session, *, actor: Actor, timer_id: int, version: int, note: TimerNote, now: datetime | None = None) -> Timer:
    """Change what an open timer is for, while it runs or rests. Raises Conflict when `version` is not the one shown."""
    inputs = {"timer_id": timer_id, "version": version, **asdict(note)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer.edit", inputs=inputs, now=now)
        firm = _take_turn(session, actor)
        timer = _own(session, actor, timer_id)
        if not TIMER.may(timer.state, "stop"):
            TIMER.next(timer.state, "pause")
        if timer.version != version:
            raise Conflict("This timer was changed in another window. Look at it as it is now, then make your change again.")
        _check_matter(session, firm, note)
        _describe(timer, note)
        session.flush()
        _audit(session, command, timer, "timer.edited")
        succeed(session, command, timer_id=timer.id)
    return timer


def stop_timer(
    session: Session,
    *,
    actor: Actor,
    timer_id: int,
    note: TimerNote | None = None,
    recorded_seconds: int | None = None,
    billing_status: str = "billable",
    key: str | None = None,
    now: datetime | None = None,
) -> TimeEntry:
    """Stop a timer into a time entry: measured by its segments, recorded as typed (or as measured).

    Without a matter, with nothing measured, or with more than a day, it is refused beside the field to fill; the timer is then as before.
    """
    actor.require("time.record")
    said = {"recorded_seconds": recorded_seconds, "billing_status": billing_status, "note": asdict(note) if note else None}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer.stop", inputs={"timer_id": timer_id, **said}, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        firm = _take_turn(session, actor)
        timer = _own(session, actor, timer_id)
        _change_state(session, command, timer, "stop")
        if note is not None:
            _check_matter(session, firm, note)
            _describe(timer, note)
        session.flush()
        entry = _into_entry(session, command, timer, recorded_seconds, billing_status)
        _audit(session, command, timer, "timer.stopped")
        succeed(session, command, time_entry_id=entry.id)
    return entry


def _into_entry(session: Session, command: CommandRecord, timer: Timer, recorded: int | None, billing_status: str) -> TimeEntry:
    measured = measured_seconds(session, timer, until=_second(command.at))
    work = Work(
        matter_id=_matter_of(timer),
        timekeeper_id=timer.timekeeper_id,
        worked_on=timer.started_on,
        recorded_seconds=_recordable(measured) if recorded is None else recorded,
        narrative=timer.narrative,
        task_code=timer.task_code,
        activity_code=timer.activity_code,
        billing_status=billing_status,
    )
    return add_time_entry(session, command, work, measured_seconds=measured, timer_id=timer.id)


def _matter_of(timer: Timer) -> int:
    if timer.matter_id is None:
        raise InvalidInput("Choose the matter that this time belongs to.", field="matter_id", code="timer_without_matter")
    return timer.matter_id


def _recordable(measured: int) -> int:
    if measured == 0:
        message = "The timer has not measured a second yet. Write how long the work took, or discard the timer."
        raise InvalidInput(message, field="recorded_seconds", code="timer_is_empty")
    if measured > DAY_SECONDS:
        message = f"The timer ran for {format_clock(measured)}. Write how long the work took: an entry holds at most 24 hours."
        raise InvalidInput(message, field="recorded_seconds", code="timer_over_a_day")
    return measured


def measured_seconds(session: Session, timer: Timer, *, until: datetime) -> int:
    """Whole seconds of the timer's segments; an open one counts until that instant."""
    query = select(TimerSegment.started_at, TimerSegment.ended_at).where(
        TimerSegment.firm_id == timer.firm_id, TimerSegment.timer_id == timer.id
    )
    return sum(elapsed_seconds(started, ended or max(until, started)) for started, ended in session.execute(query))


def _take_turn(session: Session, actor: Actor) -> FirmTerms:
    """Wait until no other command of this timekeeper is under way: two browsers never leave two timers running."""
    if actor.timekeeper_id is None:
        raise NotAllowed(NO_TIMEKEEPER, code="no_timekeeper")
    firm = firm_terms(session, actor.firm_id)
    lock_timekeepers(session, firm, {actor.timekeeper_id})
    return firm


def _own(session: Session, actor: Actor, timer_id: int) -> Timer:
    query = select(Timer).where(Timer.firm_id == actor.firm_id, Timer.id == timer_id, Timer.timekeeper_id == actor.timekeeper_id)
    timer = session.scalars(query).one_or_none()
    if timer is None:
        raise NotFound("There is no such timer of yours.")
    return timer


def _check_matter(session: Session, firm: FirmTerms, note: TimerNote) -> None:
    if note.matter_id is None:
        return
    matter = matter_terms(session, firm, [note.matter_id])[note.matter_id]
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it, or choose another matter.", field="matter_id", code="matter_is_closed")


def _move(session: Session, actor: Actor, timer_id: int, action: str, now: datetime | None) -> Timer:
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=f"timer.{action}", inputs={"timer_id": timer_id}, now=now)
        _take_turn(session, actor)
        timer = _own(session, actor, timer_id)
        _change_state(session, command, timer, action)
        session.flush()
        _audit(session, command, timer, f"timer.{timer.state}" if action != "restore" else "timer.restored")
        succeed(session, command, timer_id=timer.id)
    return timer


def _change_state(session: Session, command: CommandRecord, timer: Timer, action: str) -> None:
    at = _second(command.at)
    state = TIMER.next(timer.state, action)
    if state == "running":
        _pause_running(session, command, at)
        _open_segment(session, timer, at)
    else:
        _close_segment(session, timer, at)
    timer.state = state
    timer.ended_at = command.at if state in ("stopped", "discarded") else None
    timer.version += 1


def _pause_running(session: Session, command: CommandRecord, at: datetime) -> None:
    actor = command.actor
    mine = (Timer.firm_id == actor.firm_id) & (Timer.timekeeper_id == actor.timekeeper_id) & (Timer.state == "running")
    for timer in session.scalars(select(Timer).where(mine)).all():
        _close_segment(session, timer, at)
        timer.state = TIMER.next(timer.state, "pause")
        timer.version += 1
        session.flush()
        _audit(session, command, timer, "timer.paused")


def _insert(session: Session, command: CommandRecord, note: TimerNote, client_key: str | None, started_on: date) -> Timer:
    actor = command.actor
    timer = Timer(firm_id=actor.firm_id, timekeeper_id=actor.timekeeper_id, client_key=client_key, version=1)
    timer.state, timer.started_on, timer.created_at = TIMER.initial, started_on, command.at
    _describe(timer, note)
    timer.version = 1
    session.add(timer)
    session.flush()
    return timer


def _describe(timer: Timer, note: TimerNote) -> None:
    timer.matter_id, timer.narrative = note.matter_id, note.narrative
    timer.task_code, timer.activity_code = note.task_code, note.activity_code
    timer.version += 1


def _open_segment(session: Session, timer: Timer, at: datetime) -> None:
    session.add(TimerSegment(firm_id=timer.firm_id, timer_id=timer.id, started_at=at))


def _close_segment(session: Session, timer: Timer, at: datetime) -> None:
    mine = (TimerSegment.firm_id == timer.firm_id) & (TimerSegment.timer_id == timer.id) & TimerSegment.ended_at.is_(None)
    segment = session.scalars(select(TimerSegment).where(mine)).one_or_none()
    if segment is not None:
        segment.ended_at = max(at, segment.started_at)


def _second(at: datetime) -> datetime:
    """Segments begin and end on whole seconds, so that they add up to whole seconds."""
    return at.replace(microsecond=0)


def _audit(session: Session, command: CommandRecord, timer: Timer, action: str) -> None:
    after = {"state": timer.state, "matter_id": timer.matter_id, "narrative": timer.narrative}
    audit(session, command, action=action, subject_kind="timer", subject_id=timer.id, after=after)
