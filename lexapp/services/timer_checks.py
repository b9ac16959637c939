"""What a person says about a timer when asked: that it runs rightly, or what to do with minutes in which nobody was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, record_command, succeed
from lexapp.books.timers import FIELDS, audit_timer, begin_timer, count_timers, keep_event, keep_trim, own_timer, retell, take_turn
from lexapp.books.work_terms import FirmTerms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.domain.timer_events import EventKind
from lexapp.models import Timer

NOT_RUNNING = "This timer does not run any more. Look at the bar as it is now."
CHANGED = "Your timers changed while this question was open. Nothing was changed by it. Look at what runs now, and answer again."


@dataclass(frozen=True, slots=True)
class Idle:
    """From when to when no key and no pointer moved."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another timer to begin, on a matter or on none yet; with the idle minutes, or now."""

    matter_id: int | None = None
    with_minutes: bool = False


def keep_running(session: Session, *, actor: Actor, timer_id: int, key: str | None = None, now: datetime | None = None) -> Timer:
    """Say that a running timer runs rightly: it asks again after as long as before. Raises NotAllowed for one that does not run."""
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="timer.keep", inputs={"timer_id": timer_id}, key=key, now=now)
        if command.result is not None:
            return session.get_one(Timer, timer_id)
        firm = take_turn(session, actor)
        timer = own_timer(session, actor, timer_id)
        if timer.state != "running":
            raise NotAllowed(NOT_RUNNING, code="timer_not_running")
        keep_event(session, command, firm, timer, EventKind.KEEP)
        retell(session, [timer])
        audit_timer(session, command, timer, "timer.kept")
        succeed(session, command, timer_id=timer.id)
    return timer


def settle_idle(
    session: Session,
    *,
    actor: Actor,
    idle: Idle,
    asked: Mapping[int, int],
    take_off: bool,
    elsewhere: Elsewhere | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> list[int]:
    """Keep the idle minutes of the timers that run, or take them off; the ids of these timers.

    `asked`: the versions of the timers that ran when the question was shown, by id; Conflict where others run by now. `elsewhere`: they
    are paused, and another timer begins. Raises InvalidInput for minutes that are no past ones.
    """
    actor.require("time.record")
    with transaction(session, actor.firm_id):
        inputs = {"since": idle.since.isoformat(), "until": idle.until.isoformat(), "take_off": take_off, "asked": sorted(asked.items())}
        inputs |= {"elsewhere": asdict(elsewhere)} if elsewhere else {}
        command = record_command(session, actor=actor, name="timer.idle", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return list(command.result["timer_ids"])
        firm = take_turn(session, actor)
        timers = _running(session, actor, asked)
        for timer in timers:
            _settle(session, command, firm, timer, idle if take_off else None, pause=elsewhere is not None)
        retell(session, timers)
        count_timers(session, command, firm, timers)
        for timer in timers:
            audit_timer(session, command, timer, "timer.idle_taken_off" if take_off else "timer.kept")
        if elsewhere is not None:
            _begin(session, command, firm, elsewhere, idle)
        succeed(session, command, timer_ids=[timer.id for timer in timers])
    return [timer.id for timer in timers]


def _settle(session: Session, command: CommandRecord, firm: FirmTerms, timer: Timer, idle: Idle | None, *, pause: bool) -> None:
    if idle is None:
        keep_event(session, command, firm, timer, EventKind.KEEP)
    else:
        keep_trim(session, command, firm, timer, since=idle.since, until=idle.until)
    if pause:
        keep_event(session, command, firm, timer, EventKind.PAUSE)


def _begin(session: Session, command: CommandRecord, firm: FirmTerms, other: Elsewhere, idle: Idle) -> None:
    said = {name: before for name, before in FIELDS.items() if name != "label"} | {"matter_id": other.matter_id}
    begins = idle.since if other.with_minutes else None
    begin_timer(session, command, firm, matter_id=other.matter_id, said=said, began_at=begins)


def _running(session: Session, actor: Actor, asked: Mapping[int, int]) -> list[Timer]:
    mine = (Timer.firm_id == actor.firm_id) & (Timer.timekeeper_id == actor.timekeeper_id) & (Timer.state == "running")
    found = list(session.scalars(select(Timer).where(mine).order_by(Timer.id), execution_options={"through_walls": True}))
    if {timer.id: timer.version for timer in found} != dict(asked):
        raise Conflict(CHANGED)
    return found
