"""Timers and their segments, written anew from what their events come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from lexapp.books.timers.events import events_of
from lexapp.database import Base
from lexapp.domain.timer_events import EventKind, Track, in_order, local_date, track
from lexapp.models import Timer, TimerEventRow

FIELDS = {"matter_id": None, "label": "", "narrative": "", "task_code": "", "activity_code": ""}
"""What may be said of a timer besides how it runs, and what it is before anything is said."""

_SEGMENTS = Base.metadata.tables["timer_segments"]
_OF = _SEGMENTS.c.id == bindparam("of")
Piece = tuple[datetime, datetime | None, bool]


def retell(session: Session, timers: Sequence[Timer], stored: dict[str, list[TimerEventRow]] | None = None) -> dict[str, Track]:
    """Write timers and segments as their events tell them; the tracks by timer key. `stored`: the events, where they were read already.

    Those that rest are written before one that runs: never do two run, not even within a transaction.
    """
    if not timers:
        return {}
    events = stored if stored is not None else events_of(session, firm_id=timers[0].firm_id, timer_keys={t.client_key for t in timers})
    tracks = {timer.client_key: track(row.told for row in events[timer.client_key]) for timer in timers}
    for runs in (False, True):
        for timer in timers:
            if (tracks[timer.client_key].state == "running") is runs:
                _describe(timer, tracks[timer.client_key], events[timer.client_key])
        session.flush()
    _write_segments(session, timers, tracks)
    return tracks


def _describe(timer: Timer, told: Track, rows: Sequence[TimerEventRow]) -> None:
    for name, before in FIELDS.items():
        setattr(timer, name, told.value(name, before))
    timer.state, timer.ended_at, timer.vouched_at = told.state or timer.state, told.ended_at, told.vouched_at
    timer.started_on = _started_on(rows) or timer.started_on
    timer.version += 1


def _started_on(rows: Sequence[TimerEventRow]) -> date | None:
    offsets = {row.event_key: row.offset_minutes for row in rows}
    starts = [event for event in in_order(row.told for row in rows) if event.kind in (EventKind.START, EventKind.QUICK_ENTRY)]
    return local_date(starts[0].at, offsets[starts[0].id]) if starts else None


def _write_segments(session: Session, timers: Sequence[Timer], tracks: dict[str, Track]) -> None:
    """Only what differs is written."""
    have = _segments(session, timers)
    changed, gone, new = [], [], []
    for timer in timers:
        wanted, there = tracks[timer.client_key].pieces(), have[timer.id]
        for (id_, *piece), want in zip(there, wanted, strict=False):
            if tuple(piece) != want:
                changed.append({"of": id_, **_columns(want)})
        gone += [{"of": id_} for id_, *_ in there[len(wanted) :]]
        shared = {"firm_id": timer.firm_id, "timer_id": timer.id}
        new += [{**shared, **_columns(piece)} for piece in wanted[len(there) :]]
    for statement, rows in ((delete(_SEGMENTS).where(_OF), gone), (update(_SEGMENTS).where(_OF), changed), (insert(_SEGMENTS), new)):
        if rows:
            session.connection().execute(statement, rows)


def _columns(piece: Piece) -> dict[str, object]:
    return dict(zip(("started_at", "ended_at", "counts"), piece, strict=True))


def _segments(session: Session, timers: Sequence[Timer]) -> dict[int, list[tuple[int, datetime, datetime | None, bool]]]:
    mine = (_SEGMENTS.c.firm_id == timers[0].firm_id) & _SEGMENTS.c.timer_id.in_([timer.id for timer in timers])
    columns = (_SEGMENTS.c.timer_id, _SEGMENTS.c.id, _SEGMENTS.c.started_at, _SEGMENTS.c.ended_at, _SEGMENTS.c.counts)
    found: dict[int, list[tuple[int, datetime, datetime | None, bool]]] = defaultdict(list)
    for timer_id, *segment in session.execute(select(*columns).where(mine).order_by(_SEGMENTS.c.started_at, _SEGMENTS.c.id)):
        found[timer_id].append((segment[0], segment[1], segment[2], segment[3]))
    return found
