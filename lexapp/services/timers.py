"""Timers: several per timekeeper, one of them running unless the firm lets more. A timer is a start and its segments, no counting process.

What somebody writes on a timer (`edit_timer`, `stop_timer` with a note) is checked against the version that was shown. Pausing, resuming,
discarding and bringing back take none: a timer is its one timekeeper's own, each of these says what it asks for and from which state it is
possible, so a second press or one on another device is refused by the state and overwrites nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, record_command, succeed
from lexapp.books.guidelines import require_time_followed
from lexapp.books.timers import (
    audit_timer,
    begin_timer,
    check_matter,
    count_timers,
    enter_time,
    keep_event,
    keep_trim,
    make_way,
    own_timer,
    retell,
    second,
    take_turn,
)
from lexapp.books.work_terms import FirmTerms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.lifecycles import TIMER
from lexapp.domain.permissions import Actor
from lexapp.domain.timer_events import EventKind
from lexapp.models import Matter, TimeEntry, Timer


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
    began_at: datetime | None = None,
    client_key: str | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> Timer:
    """Start a timer; the one that runs is paused in the same moment, unless several may run. Its date is today's where the firm is.

    `began_at`: it counts from that past moment on.
    """
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        inputs = {**asdict(note), **({"began_at": began_at.isoformat()} if began_at else {})}
        command = record_command(session, actor=actor, name="timer.start", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Timer, command.result["timer_id"])
        firm = take_turn(session, actor)
        timer = begin_timer(session, command, firm, matter_id=note.matter_id, said=asdict(note), began_at=began_at, client_key=client_key)
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
        firm = take_turn(session, actor)
        timer = own_timer(session, actor, timer_id)
        if not TIMER.may(timer.state, "stop"):
            TIMER.next(timer.state, "pause")
        _refuse_unseen(timer, version)
        check_matter(session, firm, note.matter_id)
        _note(session, command, firm, timer, note)
        retell(session, [timer])
        audit_timer(session, command, timer, "timer.edited")
        succeed(session, command, timer_id=timer.id)
    return timer


def stop_timer(
    session: Session,
    *,
    actor: Actor,
    timer_id: int,
    note: TimerNote | None = None,
    version: int | None = None,
    recorded_seconds: int | None = None,
    billing_status: str = "billable",
    worked_until: datetime | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> TimeEntry:
    """Stop a timer into a time entry: measured by its segments, recorded as typed (or as measured).

    `worked_until`: the work ended then; what the timer measured after that is kept as measured and not recorded.
    Without a matter, with nothing measured, with more than a day, or with words that the client does not accept, it is refused beside the
    field to fill; the timer is then as before. With a `version`, the one that the note was written over, it raises Conflict where the timer
    was changed since.
    """
    actor.require("time.record")
    said = {"recorded_seconds": recorded_seconds, "billing_status": billing_status, "note": asdict(note) if note else None}
    said |= {"worked_until": worked_until.isoformat()} if worked_until else {}
    inputs = {"timer_id": timer_id, "version": version, **said}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer.stop", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        firm = take_turn(session, actor)
        timer = own_timer(session, actor, timer_id)
        TIMER.next(timer.state, "stop")
        _refuse_unseen(timer, version)
        if note is not None:
            check_matter(session, firm, note.matter_id)
            _note(session, command, firm, timer, note)
        if worked_until is not None:
            keep_trim(session, command, firm, timer, since=_within(timer, worked_until), until=command.at)
        keep_event(session, command, firm, timer, EventKind.STOP)
        retold = retell(session, [timer])
        told, changed = retold[timer.client_key], retold.changed(second(command.at))
        counted = count_timers(session, command, firm, [timer], changed).seconds[timer.id]
        typed: dict[str, Any] = {"recorded_seconds": recorded_seconds, "billing_status": billing_status}
        entry = enter_time(session, command, timer, told, counted_seconds=counted, **typed)
        require_time_followed(session, entry)
        audit_timer(session, command, timer, "timer.stopped")
        succeed(session, command, time_entry_id=entry.id)
    return entry


def _refuse_unseen(timer: Timer, version: int | None) -> None:
    if version is not None and timer.version != version:
        raise Conflict("This timer was changed in another window. Look at it as it is now, then make your change again.")


def _within(timer: Timer, worked_until: datetime) -> datetime:
    if timer.state != "running" or timer.vouched_at is None or worked_until <= timer.vouched_at:
        message = "Write a time after the timer was started, resumed or last said to run rightly."
        raise InvalidInput(message, field="stop_at", code="stop_too_early")
    return worked_until


def _move(session: Session, actor: Actor, timer_id: int, action: str, now: datetime | None) -> Timer:
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=f"timer.{action}", inputs={"timer_id": timer_id}, now=now)
        firm = take_turn(session, actor)
        timer = own_timer(session, actor, timer_id)
        if TIMER.next(timer.state, action) == "running":
            make_way(session, command, firm)
            timer.runs_alone = not firm.at_once
        keep_event(session, command, firm, timer, EventKind(action))
        retell(session, [timer])
        if action in ("discard", "restore"):
            count_timers(session, command, firm, [timer])
        audit_timer(session, command, timer, f"timer.{timer.state}" if action != "restore" else "timer.restored")
        succeed(session, command, timer_id=timer.id)
    return timer


def _note(session: Session, command: CommandRecord, firm: FirmTerms, timer: Timer, note: TimerNote) -> None:
    if note.matter_id is None and not session.scalars(select(Matter.id).where(Matter.id == timer.matter_id)).all():
        note = replace(note, matter_id=timer.matter_id)  # shut to its timekeeper, who was not shown it
    said = {name: value for name, value in asdict(note).items() if getattr(timer, name) != value}
    if said:
        keep_event(session, command, firm, timer, EventKind.NOTE, said=said, known={name: getattr(timer, name) for name in said})
