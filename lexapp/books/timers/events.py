"""The events of timers as they are stored: append-only, by the key of their timer."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.timer_events import EventKind
from lexapp.models import Timer, TimerEventRow


def new_key() -> str:
    """The key of a timer or of an event that is made here."""
    return str(uuid.uuid4())


def second(at: datetime) -> datetime:
    """Segments begin and end on whole seconds, so that they add up to whole seconds."""
    return at.astimezone(UTC).replace(microsecond=0)


def keep_event(
    session: Session,
    command: CommandRecord,
    firm: FirmTerms,
    timer: Timer,
    kind: EventKind,
    *,
    said: Mapping[str, object] | None = None,
    known: Mapping[str, object] | None = None,
    at: datetime | None = None,
    flags: Sequence[str] = (),
) -> None:
    """Keep what is said of a timer here, at the moment of the command or `at`. The timer is as before until it is told anew."""
    when = second(at or command.at)
    offset = when.astimezone(ZoneInfo(firm.time_zone)).utcoffset()
    row: dict[str, Any] = {"said": dict(said or {}), "known": dict(known or {}), "flags": list(flags)}
    row |= {"firm_id": timer.firm_id, "timer_key": timer.client_key, "timekeeper_id": timer.timekeeper_id}
    row |= {"kind": kind.value, "at": when, "at_wall": when, "offset_minutes": int(offset.total_seconds() // 60) if offset else 0}
    session.execute(insert(TimerEventRow), {**row, "event_key": new_key(), "user_id": command.actor.user_id, "received_at": command.at})


def events_of(session: Session, *, firm_id: int, timer_keys: Collection[str]) -> dict[str, list[TimerEventRow]]:
    """The stored events of these timers, by key. One query."""
    query = select(TimerEventRow).where(TimerEventRow.firm_id == firm_id, TimerEventRow.timer_key.in_(timer_keys))
    found: dict[str, list[TimerEventRow]] = defaultdict(list)
    for row in session.scalars(query.order_by(TimerEventRow.id)):
        found[row.timer_key].append(row)
    return found
