"""A timer that begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.books.timers.entries import check_matter
from lexapp.books.timers.events import keep_event, new_key, second
from lexapp.books.timers.sharing import count_timers
from lexapp.books.timers.telling import retell
from lexapp.books.timers.turns import audit_timer, make_way
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.lifecycles import TIMER
from lexapp.domain.timer_events import EventKind
from lexapp.models import Timer


def begin_timer(
    session: Session,
    command: CommandRecord,
    firm: FirmTerms,
    *,
    matter_id: int | None,
    said: Mapping[str, object],
    began_at: datetime | None = None,
    client_key: str | None = None,
) -> Timer:
    """Start a timer of the actor; the one that runs makes way. `said`: its fields; `began_at`: it counts from that past moment on.

    Raises InvalidInput for a matter that takes no work.
    """
    check_matter(session, firm, matter_id)
    make_way(session, command, firm)
    timer = _insert(session, command, firm, client_key)
    keep_event(session, command, firm, timer, EventKind.START, said=said, at=began_at)
    changed = retell(session, [timer]).changed(second(command.at))
    if began_at is not None:
        count_timers(session, command, firm, [timer], changed)
    audit_timer(session, command, timer, "timer.started")
    return timer


def _insert(session: Session, command: CommandRecord, firm: FirmTerms, client_key: str | None) -> Timer:
    actor = command.actor
    timer = Timer(firm_id=actor.firm_id, timekeeper_id=actor.timekeeper_id, client_key=client_key or new_key(), version=0)
    timer.state, timer.started_on, timer.created_at = TIMER.initial, firm.today(command.at), command.at
    timer.runs_alone = not firm.at_once
    session.add(timer)
    session.flush()
    return timer
