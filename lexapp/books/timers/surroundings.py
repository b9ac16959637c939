"""Which timers of a person ran at the same time as others, and as those: everything whose minutes hang together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.books.timers.events import second
from lexapp.database import Base
from lexapp.domain.timer_shares import Piece, pieces_of
from lexapp.models import Timer

_TIMERS = Base.metadata.tables["timers"].c
_SEGMENTS = Base.metadata.tables["timer_segments"].c

_WIDELY = timedelta(days=1)
"""What hangs together is looked up this far around at once, else a chain of timers would take a query for each."""
Stretch = tuple[datetime, datetime]
Changed = Mapping[int, Sequence[Stretch]]
"""By timer id: where on the clock it is not what it was."""


@dataclass(frozen=True, slots=True)
class Around:
    """Segments of timers that hang together, until now. `touched`: the names of those that changed, or ran while one changed."""

    rows: Sequence[Any]
    until: datetime
    timers: frozenset[int]
    touched: frozenset[str]

    @property
    def discarded(self) -> set[str]:
        return {str(row.timer_id) for row in self.rows if row.state == "discarded"}

    def pieces(self, *, gone: Collection[str], kept: Collection[str] = ()) -> list[Piece]:
        """The pieces of those that have a share: not of discarded timers (but those kept), nor of those that are gone."""
        out = (self.discarded - set(kept)) | set(gone)
        present = [row for row in self.rows if str(row.timer_id) not in out]
        return pieces_of([(str(row.timer_id), row.started_at, row.ended_at, row.counts) for row in present], self.until)


def ran_around(session: Session, command: CommandRecord, timers: Sequence[Timer], changed: Changed | None) -> Around:
    """These timers, those that ran at the same time (or while one of these changed), those that ran at the same time as they, and so on."""
    until, one, ids = second(command.at), timers[0], {timer.id for timer in timers}
    stretches = [stretch for found in (changed or {}).values() for stretch in found]
    while True:
        rows = _segments(session, one, _SEGMENTS.timer_id.in_(ids))
        found = ids | _ids_within(session, one, [*stretches, *(_stretch(row, until) for row in rows)], until)
        if found == ids:
            break
        ids = found
    mine = changed if changed is not None else {timer.id: () for timer in timers}
    if changed is None:
        stretches = [_stretch(row, until) for row in rows if row.timer_id in mine]
    touched = set(mine) | _within(rows, stretches, until)
    return Around(rows, until, frozenset(ids), frozenset(str(id_) for id_ in touched))


def _ids_within(session: Session, one: Timer, stretches: Sequence[Stretch], until: datetime) -> set[int]:
    """The timers of this timekeeper that ran in these stretches; and within a day around, those that ran with them, and so on."""
    seeds = _joined(stretches)
    if not seeds:
        return set()
    begin, end = seeds[0][0] - _WIDELY, seeds[-1][1] + _WIDELY
    still = _SEGMENTS.ended_at.is_(None)
    rows = _segments(session, one, (_SEGMENTS.started_at < end) & (still | (_SEGMENTS.ended_at > begin)))
    together = _joined([*seeds, *(_stretch(row, until) for row in rows)])
    starts = [start for start, _ in together]
    return _within(rows, [together[bisect_right(starts, start) - 1] for start, _ in seeds], until)


def _within(rows: Iterable[Any], stretches: Iterable[Stretch], until: datetime) -> set[int]:
    """The timers with a segment that has a second in common with any of these stretches."""
    joined = _joined(stretches)
    found: set[int] = set()
    place = 0
    for start, stop, timer_id in sorted((*_stretch(row, until), row.timer_id) for row in rows):
        while place < len(joined) and joined[place][1] <= start:
            place += 1
        if place < len(joined) and joined[place][0] < stop and start < stop:
            found.add(timer_id)
    return found


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """What has a second in common made one, in order."""
    found: list[Stretch] = []
    for start, stop in sorted(stretches):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        elif start < stop:
            found.append((start, stop))
    return found


def _segments(session: Session, one: Timer, which: ColumnElement[bool]) -> list[Any]:
    """Walls hold back nothing here: a minute on a shut matter is taken, too."""
    columns = (_SEGMENTS.timer_id, _SEGMENTS.started_at, _SEGMENTS.ended_at, _SEGMENTS.counts, _TIMERS.state)
    pair = (_TIMERS.firm_id == _SEGMENTS.firm_id) & (_TIMERS.id == _SEGMENTS.timer_id)
    query = select(*columns).join_from(_TIMERS.id.table, _SEGMENTS.id.table, pair)
    query = query.where(_TIMERS.firm_id == one.firm_id, _TIMERS.timekeeper_id == one.timekeeper_id, which)
    return list(session.connection().execute(query.order_by(_SEGMENTS.timer_id, _SEGMENTS.started_at, _SEGMENTS.id)))


def _stretch(row: Any, until: datetime) -> Stretch:
    return row.started_at, row.ended_at or max(until, row.started_at)
