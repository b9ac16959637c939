"""What timers count: without what was taken off them, and of minutes in which several ran only a share. Nothing is counted twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.books.taken_entries import taken_ids
from lexapp.books.time_entries import revise_time_entry, work_of
from lexapp.books.timers.events import second
from lexapp.books.work_terms import FirmTerms
from lexapp.database import Base
from lexapp.domain.errors import Refused
from lexapp.domain.timer_shares import Piece, pieces_of, share
from lexapp.models import PreBillLine, TimeEntry, Timer

_TIMERS = Base.metadata.tables["timers"].c
_SEGMENTS = Base.metadata.tables["timer_segments"].c


@dataclass(frozen=True, slots=True)
class Counted:
    """Seconds by timer id: `rule` by the rule alone, `seconds` with what cannot change any more held."""

    rule: dict[int, int]
    seconds: dict[int, int]
    fixed: frozenset[int] = frozenset()

    def of(self, timer_id: int) -> int:
        """What an entry would have to say; of one that is fixed, by the rule alone, so that a person sees the difference."""
        return (self.rule if timer_id in self.fixed else self.seconds)[timer_id]


def count_timers(session: Session, command: CommandRecord, firm: FirmTerms, timers: Sequence[Timer]) -> Counted:
    """What these timers count, after they were told. The entries of others that ran at the same time follow, where nobody touched them.

    An entry that is billed, typed over, discarded or locked stays: what it holds is counted to no other timer.
    """
    if not timers:
        return Counted({}, {})
    pieces, beside = _around(session, command, timers)
    entries = _entries(session, firm.firm_id, {int(piece.timer) for piece in pieces} | {timer.id for timer in timers})
    billed = _billed(session, firm.firm_id, [entry.id for entry in entries.values()])
    held = {timer: entry.counted_seconds or 0 for timer, entry in entries.items() if entry.id in billed or _is_fixed(entry)}
    others = beside - {str(timer.id) for timer in timers}
    counted = share(pieces, firm.sharing, held)
    while stuck := _follow(session, command, {name: entries[name] for name in entries if name in others - set(held)}, counted):
        held |= stuck
        counted = share(pieces, firm.sharing, held)
    by_rule = share(pieces, firm.sharing)
    ids = [timer.id for timer in timers]
    fixed = frozenset(id_ for id_ in ids if str(id_) in held)
    return Counted({id_: by_rule.get(str(id_), 0) for id_ in ids}, {id_: counted.get(str(id_), 0) for id_ in ids}, fixed)


def _is_fixed(entry: TimeEntry) -> bool:
    return entry.discarded_at is not None or entry.recorded_seconds != entry.counted_seconds


def _billed(session: Session, firm_id: int, entry_ids: Collection[int]) -> set[int]:
    return taken_ids(session, firm_id=firm_id, column=PreBillLine.time_entry_id, entry_ids=entry_ids)


def _follow(session: Session, command: CommandRecord, entries: dict[str, TimeEntry], counted: dict[str, int]) -> dict[str, int]:
    """Change the entries of other timers to their share; what those hold that cannot be changed."""
    stuck: dict[str, int] = {}
    for timer, entry in entries.items():
        before = entry.counted_seconds or 0
        wanted = counted.get(timer, 0)
        if wanted == before:
            continue
        try:
            revise_time_entry(session, command, entry, replace(work_of(entry), recorded_seconds=wanted))
        except Refused:
            session.refresh(entry)
            stuck[timer] = before
        else:
            entry.counted_seconds = wanted
    session.flush()
    return stuck


def _entries(session: Session, firm_id: int, timer_ids: Collection[int]) -> dict[str, TimeEntry]:
    """By timer; where one was discarded and another made, the other."""
    query = select(TimeEntry).where(TimeEntry.firm_id == firm_id, TimeEntry.timer_id.in_(timer_ids)).order_by(TimeEntry.id)
    found = session.scalars(query.with_for_update(), execution_options={"through_walls": True}).all()
    return {str(entry.timer_id): entry for entry in sorted(found, key=lambda entry: entry.discarded_at is None)}


def _around(session: Session, command: CommandRecord, timers: Sequence[Timer]) -> tuple[list[Piece], set[str]]:
    """What counts of these timers, of those that ran at the same time, and of those that ran with these; and the first two, by name."""
    until, ids = second(command.at), {timer.id for timer in timers}
    rows = _segments(session, timers[0], _SEGMENTS.timer_id.in_(ids))
    beside = ids | _ids_within(session, timers[0], rows, until)
    known = beside
    if beside > ids:
        rows = _segments(session, timers[0], _SEGMENTS.timer_id.in_(beside))
        known = beside | _ids_within(session, timers[0], rows, until)
    if known > ids:
        rows = _segments(session, timers[0], _SEGMENTS.timer_id.in_(known))
    running = [(str(row.timer_id), row.started_at, row.ended_at, row.counts) for row in rows if row.state != "discarded"]
    return pieces_of(running, until), {str(id_) for id_ in beside}


def _ids_within(session: Session, one: Timer, rows: Sequence[Any], until: datetime) -> set[int]:
    """The timers of this timekeeper that ran while these segments did."""
    if not rows:
        return set()
    begin, end = min(row.started_at for row in rows), max(_ends_at(row, until) for row in rows)
    still = _SEGMENTS.ended_at.is_(None)
    return {row.timer_id for row in _segments(session, one, (_SEGMENTS.started_at < end) & (still | (_SEGMENTS.ended_at > begin)))}


def _segments(session: Session, one: Timer, which: ColumnElement[bool]) -> list[Any]:
    """Walls hold back nothing here: a minute on a shut matter is taken, too."""
    columns = (_SEGMENTS.timer_id, _SEGMENTS.started_at, _SEGMENTS.ended_at, _SEGMENTS.counts, _TIMERS.state)
    pair = (_TIMERS.firm_id == _SEGMENTS.firm_id) & (_TIMERS.id == _SEGMENTS.timer_id)
    query = select(*columns).join_from(_TIMERS.id.table, _SEGMENTS.id.table, pair)
    query = query.where(_TIMERS.firm_id == one.firm_id, _TIMERS.timekeeper_id == one.timekeeper_id, which)
    return list(session.connection().execute(query.order_by(_SEGMENTS.timer_id, _SEGMENTS.started_at, _SEGMENTS.id)))


def _ends_at(row: Any, until: datetime) -> datetime:
    ended: datetime | None = row.ended_at
    return ended or max(until, row.started_at)
