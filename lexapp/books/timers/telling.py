"""Timers and their segments, written anew from what their events come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from lexapp.books.timers.events import events_of
from lexapp.database import Base
from lexapp.domain.timer_events import EventKind, Track, cut, in_order, local_date, track
from lexapp.models import TimeEntry, Timer, TimerEventRow

FIELDS = {"matter_id": None, "label": "", "narrative": "", "task_code": "", "activity_code": ""}
"""What may be said of a timer besides how it runs, and what it is before anything is said."""

_SEGMENTS = Base.metadata.tables["timer_segments"]
_OF = _SEGMENTS.c.id == bindparam("of")
Piece = tuple[datetime, datetime | None, bool]
Stored = dict[int, list[tuple[int, datetime, datetime | None, bool]]]
"""By timer id: the id of a segment, from, to, whether it counts."""


@dataclass(frozen=True, slots=True)
class Retold:
    """What timers came to, by timer key; and by timer id their segments as they were stored before, and as they are since."""

    tracks: dict[str, Track]
    before: dict[int, list[Piece]]
    since: dict[int, list[Piece]]

    def __getitem__(self, key: str) -> Track:
        return self.tracks[key]

    def changed(self, until: datetime) -> dict[int, list[tuple[datetime, datetime]]]:
        """The stretches of the clock in which these timers are not what they were, by timer id; what is open lasts until then."""
        found: dict[int, list[tuple[datetime, datetime]]] = {}
        for timer_id, pieces in self.since.items():
            other = _closed(self.before.get(timer_id, []), until) ^ _closed(pieces, until)
            if other:
                found[timer_id] = [(start, stop) for start, stop, _ in other]
        return found


def _closed(pieces: Sequence[Piece], until: datetime) -> set[tuple[datetime, datetime, bool]]:
    return {(start, stop or max(until, start), counts) for start, stop, counts in pieces}


def retell(session: Session, timers: Sequence[Timer], stored: dict[str, list[TimerEventRow]] | None = None) -> Retold:
    """Write timers and segments as their events tell them. `stored`: the events, where they were read already.

    Those that rest are written before one that runs: never do two run, not even within a transaction.
    """
    if not timers:
        return Retold({}, {}, {})
    events = stored if stored is not None else events_of(session, firm_id=timers[0].firm_id, timer_keys={t.client_key for t in timers})
    tracks = {timer.client_key: track(row.told for row in events[timer.client_key]) for timer in timers}
    for runs in (False, True):
        for timer in timers:
            if (tracks[timer.client_key].state == "running") is runs:
                _describe(timer, tracks[timer.client_key], events[timer.client_key])
        session.flush()
    return _write_segments(session, timers, tracks)


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


def _write_segments(session: Session, timers: Sequence[Timer], tracks: dict[str, Track]) -> Retold:
    """Only what differs is written."""
    have = _segments(session, timers)
    since = _with_lost(session, timers, {timer.id: list(tracks[timer.client_key].pieces()) for timer in timers}, have)
    changed, gone, new = [], [], []
    for timer in timers:
        wanted, there = since[timer.id], have[timer.id]
        for (id_, *piece), want in zip(there, wanted, strict=False):
            if tuple(piece) != want:
                changed.append({"of": id_, **_columns(want)})
        gone += [{"of": id_} for id_, *_ in there[len(wanted) :]]
        shared = {"firm_id": timer.firm_id, "timer_id": timer.id}
        new += [{**shared, **_columns(piece)} for piece in wanted[len(there) :]]
    for statement, rows in ((delete(_SEGMENTS).where(_OF), gone), (update(_SEGMENTS).where(_OF), changed), (insert(_SEGMENTS), new)):
        if rows:
            session.connection().execute(statement, rows)
    before = {timer.id: [(start, stop, counts) for _, start, stop, counts in have[timer.id]] for timer in timers}
    return Retold(tracks, before, since)


def _with_lost(session: Session, timers: Sequence[Timer], told: dict[int, list[Piece]], have: Stored) -> dict[int, list[Piece]]:
    """What an entry was made from stays, without counting, when late news say that it was not so: its seconds may be on a bill."""
    lost = {timer.id: [piece for _, start, stop, _ in have[timer.id] for piece in _lost(start, stop, told[timer.id])] for timer in timers}
    some = [timer_id for timer_id, pieces in lost.items() if pieces]
    query = select(TimeEntry.timer_id).where(TimeEntry.firm_id == timers[0].firm_id, TimeEntry.timer_id.in_(some))
    entered = set(session.scalars(query, execution_options={"through_walls": True})) if some else set()
    return {timer_id: sorted(pieces + lost[timer_id]) if timer_id in entered else pieces for timer_id, pieces in told.items()}


def _lost(start: datetime, stop: datetime | None, told: Sequence[Piece]) -> list[Piece]:
    """The parts of a stored stretch in which its timer does not run any more."""
    if stop is None:
        return []
    pieces = cut((start, stop), [(begin, end or max(stop, begin)) for begin, end, _ in told])
    return [(begin, end, False) for begin, end, counts in pieces if counts and end is not None and begin < end]


def _columns(piece: Piece) -> dict[str, object]:
    return dict(zip(("started_at", "ended_at", "counts"), piece, strict=True))


def _segments(session: Session, timers: Sequence[Timer]) -> Stored:
    mine = (_SEGMENTS.c.firm_id == timers[0].firm_id) & _SEGMENTS.c.timer_id.in_([timer.id for timer in timers])
    columns = (_SEGMENTS.c.timer_id, _SEGMENTS.c.id, _SEGMENTS.c.started_at, _SEGMENTS.c.ended_at, _SEGMENTS.c.counts)
    found: Stored = defaultdict(list)
    for timer_id, *segment in session.execute(select(*columns).where(mine).order_by(_SEGMENTS.c.started_at, _SEGMENTS.c.id)):
        found[timer_id].append((segment[0], segment[1], segment[2], segment[3]))
    return found
