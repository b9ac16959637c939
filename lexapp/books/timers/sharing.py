"""What timers count: without what was taken off them, and of minutes in which several ran only a share. Nothing is counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.books.taken_entries import taken_ids
from lexapp.books.time_entries import revise_time_entry, work_of
from lexapp.books.timers.surroundings import Around, Changed, ran_around
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.timer_shares import Piece, Shares, share, share_beside
from lexapp.models import PreBillLine, TimeEntry, Timer


@dataclass(frozen=True, slots=True)
class Counted:
    """What timers count, in seconds by timer id.

    `seconds`: what their entries hold by now, or would hold. `wanted`: what they would have to say; it differs where an entry cannot
    change, so that a person sees the difference. `refused`: why an entry could not follow. `beyond`: what is held although others hold it.
    """

    seconds: dict[int, int]
    wanted: dict[int, int]
    refused: dict[int, str]
    beyond: dict[int, int]


def recount_entries(session: Session, command: CommandRecord, firm: FirmTerms, entries: Collection[TimeEntry], *, keep: bool) -> None:
    """Give the minutes of discarded entries to the timers that ran with theirs; with `keep` entries that come back take them again.

    Raises Conflict where they are on a bill, or otherwise held, by now.
    """
    ids = {entry.timer_id for entry in entries} - {None}
    if not ids:
        return
    query = select(Timer).where(Timer.firm_id == firm.firm_id, Timer.id.in_(ids)).order_by(Timer.id)
    timers: dict[int, list[Timer]] = defaultdict(list)
    for timer in session.scalars(query, execution_options={"through_walls": True}):
        timers[timer.timekeeper_id].append(timer)
    counted = [count_timers(session, command, firm, some) for some in timers.values()]
    if keep and any(one.beyond for one in counted):
        raise Conflict("Its minutes are in another entry by now, which cannot change any more. Record what is missing by hand.")


@dataclass(slots=True)
class _Books:
    """The entries around a stretch of the clock, by name of their timer; `held`: the seconds of those that do not change."""

    entries: dict[str, TimeEntry]
    held: dict[str, int]
    refused: dict[str, str] = field(default_factory=dict)


def count_timers(
    session: Session, command: CommandRecord, firm: FirmTerms, timers: Sequence[Timer], changed: Changed | None = None
) -> Counted:
    """What these timers count, after they were told; the entry of every timer that ran while one of them changed follows.

    `changed`: the stretches of the clock in which timers are not what they were, by timer id; without it, all in which these ran. An entry
    beside no changed stretch holds what it has; so does one that is billed, typed over, or cannot follow: no other gets its seconds.
    """
    if not timers:
        return Counted({}, {}, {}, {})
    around, names = ran_around(session, command, timers, changed), [str(timer.id) for timer in timers]
    entries = _entries(session, firm.firm_id, around.timers)
    live = {name: entry for name, entry in entries.items() if entry.discarded_at is None}
    stays = _staying(session, firm.firm_id, live, around) | (set(live) - around.touched)
    books = _Books(live, {name: live[name].counted_seconds or 0 for name in stays})
    gone = set(entries) - set(live)
    shares = _follow_all(session, command, firm, books, around.pieces(gone=gone, kept=live), names)
    decided = around.touched & (gone | stays) & set(names)
    by_rule = share(around.pieces(gone=gone - set(names), kept=live), firm.sharing) if decided else {}
    seconds = {name: entries[name].counted_seconds or 0 if name in gone else shares.counted.get(name, 0) for name in names}
    return Counted(
        seconds={int(name): found for name, found in seconds.items()},
        wanted={int(name): by_rule.get(name, 0) if name in decided else found for name, found in seconds.items()},
        refused={int(name): code for name, code in books.refused.items()},
        beyond={int(name): found for name, found in shares.beyond.items()},
    )


def _staying(session: Session, firm_id: int, live: Mapping[str, TimeEntry], around: Around) -> set[str]:
    """Those that are billed, typed over, or whose timer was discarded elsewhere before it became an entry: a person decides."""
    billed = taken_ids(session, firm_id=firm_id, column=PreBillLine.time_entry_id, entry_ids=[entry.id for entry in live.values()])
    typed = {name for name, entry in live.items() if entry.recorded_seconds != entry.counted_seconds}
    return typed | {name for name, entry in live.items() if entry.id in billed} | (set(live) & around.discarded)


def _follow_all(
    session: Session, command: CommandRecord, firm: FirmTerms, books: _Books, pieces: Sequence[Piece], names: Collection[str]
) -> Shares:
    """Change the entries to their shares. One that refuses holds what it has, and the rest is shared anew."""
    while True:
        waiting = {piece.timer for piece in pieces} - set(books.entries)
        shares = share_beside(pieces, firm.sharing, books.held, yielding={*names, *waiting})
        refused = _follow(session, command, books, shares.counted)
        if not refused:
            return shares
        books.refused |= refused
        books.held |= {name: books.entries[name].counted_seconds or 0 for name in refused}


def _follow(session: Session, command: CommandRecord, books: _Books, counted: Mapping[str, int]) -> dict[str, str]:
    """Change the entries that may; why others refused. Those that lose come first, so that a full day has room for those that gain."""
    refused: dict[str, str] = {}
    others = {name: counted.get(name, 0) - (entry.counted_seconds or 0) for name, entry in books.entries.items() if name not in books.held}
    for name in sorted(others, key=others.__getitem__):
        entry, wanted = books.entries[name], counted.get(name, 0)
        if not others[name]:
            continue
        try:
            revise_time_entry(session, command, entry, replace(work_of(entry), recorded_seconds=wanted))
        except Refused as error:
            refused[name] = error.code
        else:
            entry.counted_seconds = wanted
    session.flush()
    return refused


def _entries(session: Session, firm_id: int, timer_ids: Collection[int]) -> dict[str, TimeEntry]:
    """By name of their timer, locked in the order of their ids; where one was discarded and another made, the other."""
    query = select(TimeEntry).where(TimeEntry.firm_id == firm_id, TimeEntry.timer_id.in_(timer_ids)).order_by(TimeEntry.id)
    found = session.scalars(query.with_for_update(), execution_options={"through_walls": True}).all()
    return {str(entry.timer_id): entry for entry in sorted(found, key=lambda entry: entry.discarded_at is None)}
