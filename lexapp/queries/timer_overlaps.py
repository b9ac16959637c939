"""Where another timer of the same person ran while an entry was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.timer_shares import Piece, overlaps
from lexapp.models import Client, Matter, TimeEntry, Timer, TimerSegment
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.time_entries import TimeLine
from lexapp.queries.timers import OPEN_STATES
from lexapp.queries.walls import read_rows

AROUND = 4
"""Days before and after an entry's in which another timer may have begun; one that is open may have begun at any time."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """From when to when the other timer measured, too. `entry_id` is None where it is no entry yet."""

    begin: datetime
    end: datetime
    timer_id: int
    entry_id: int | None
    title: str
    is_running: bool

    @property
    def seconds(self) -> int:
        return (self.end - self.begin) // timedelta(seconds=1)


def timer_overlaps(session: Session, *, firm_id: int, entries: Iterable[TimeLine], now: datetime | None = None) -> dict[int, list[Overlap]]:
    """By entry, in order; entries that overlap nothing are left out. One query, none where no entry was measured.

    Minutes that were taken off overlap nothing, nor does a timer or an entry that was discarded.
    """
    measured = {entry.timer_id: entry for entry in entries if entry.timer_id is not None}
    if not measured:
        return {}
    people = {entry.timekeeper_id for entry in measured.values()}
    days = _days_around({entry.worked_on for entry in measured.values()})
    given = {"firm_id": firm_id, "timers": list(measured), "people": list(people), "days": days}
    rows = read_rows(session, _QUERY, given)
    told = {row.timer_id: row for row in rows}
    found: dict[int, list[Overlap]] = {}
    for pieces in _by_person(rows, now or datetime.now(UTC)):
        for timer_id in {int(piece.timer) for piece in pieces} & set(measured):
            if met := [_overlap(told[int(other)], begin, end) for other, begin, end in overlaps(pieces, str(timer_id))]:
                found[measured[timer_id].id] = met
    return found


def _days_around(days: Iterable[date]) -> list[date]:
    return sorted({day + timedelta(days=step) for day in days for step in range(-AROUND, AROUND + 1)})


def _by_person(rows: Sequence[Any], now: datetime) -> list[list[Piece]]:
    """What each person's timers measured."""
    found: dict[int, list[Piece]] = defaultdict(list)
    for row in rows:
        stop = row.ended_at or max(now, row.started_at)
        found[row.timekeeper_id].append(Piece(str(row.timer_id), row.started_at, stop, row.started_at))
    return list(found.values())


def _overlap(other: Any, begin: datetime, end: datetime) -> Overlap:
    title = matter_title(other.client, other.name, is_internal=bool(other.is_internal)) if other.name else "No matter yet"
    return Overlap(begin, end, other.timer_id, other.entry_id, title, other.state == "running")


def _query() -> Any:
    """A timer's entry counts while it is there; one whose entries were all discarded is left out."""
    columns = (TimerSegment.timer_id, TimerSegment.started_at, TimerSegment.ended_at, Timer.timekeeper_id, Timer.state)
    names = (TimeEntry.id.label("entry_id"), Matter.name, Matter.is_internal, Client.name.label("client"))
    of_timer = (TimeEntry.firm_id == Timer.firm_id) & (TimeEntry.timer_id == Timer.id) & TimeEntry.discarded_at.is_(None)
    near = or_(Timer.id.in_(_list("timers")), Timer.started_on.in_(_list("days")), Timer.state.in_(OPEN_STATES))
    return (
        select(*columns, *names)
        .join(Timer, (Timer.firm_id == TimerSegment.firm_id) & (Timer.id == TimerSegment.timer_id))
        .outerjoin(TimeEntry, of_timer)
        .outerjoin(Matter, (Matter.firm_id == Timer.firm_id) & (Matter.id == func.coalesce(TimeEntry.matter_id, Timer.matter_id)))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(Timer.firm_id == bindparam("firm_id"), Timer.timekeeper_id.in_(_list("people")), near, TimerSegment.counts)
        .where(or_(TimeEntry.id.is_not(None), Timer.state.in_(OPEN_STATES)))
        .order_by(TimerSegment.started_at, TimerSegment.id)
    )


def _list(name: str) -> Any:
    return bindparam(name, expanding=True)


_QUERY = _query()
