"""One's own timers within a command: found, made way for another, audited."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.timers.events import keep_event
from lexapp.books.timers.telling import retell
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.errors import NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.timer_events import EventKind
from lexapp.models import Timer

_UNWALLED = {"through_walls": True}
"""One's own timer is found when its matter is shut by now: it can still be paused, written on, discarded, or given another matter."""


def own_timer(session: Session, actor: Actor, timer_id: int) -> Timer:
    """One timer of the actor. Raises NotFound."""
    query = select(Timer).where(Timer.firm_id == actor.firm_id, Timer.id == timer_id, Timer.timekeeper_id == actor.timekeeper_id)
    timer = session.scalars(query, execution_options=_UNWALLED).one_or_none()
    if timer is None:
        raise NotFound("There is no such timer of yours.")
    return timer


def make_way(session: Session, command: CommandRecord, firm: FirmTerms) -> None:
    """Pause what runs, where one timer runs at a time."""
    if firm.at_once:
        return
    actor = command.actor
    mine = (Timer.firm_id == actor.firm_id) & (Timer.timekeeper_id == actor.timekeeper_id) & (Timer.state == "running")
    # One's own timer runs on when its matter is shut: unseen, it would keep every other from starting.
    for timer in session.scalars(select(Timer).where(mine), execution_options=_UNWALLED).all():
        keep_event(session, command, firm, timer, EventKind.PAUSE)
        retell(session, [timer])
        audit_timer(session, command, timer, "timer.paused")


def audit_timer(session: Session, command: CommandRecord, timer: Timer, action: str) -> None:
    """What became of a timer, for the trail."""
    after = {"state": timer.state, "matter_id": timer.matter_id, "narrative": timer.narrative}
    audit(session, command, action=action, subject_kind="timer", subject_id=timer.id, after=after)
