"""A minute in which several timers of one person run is counted once: who of them gets it, to the second."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from lexapp.domain.allocation import allocate


class SharingRule(StrEnum):
    """Shared minutes are split equally, or go to the timer that was started (or resumed) first, or last."""

    SPLIT = "split"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a timer that counts, without an open end. `pressed_at`: when the timer was started or resumed for it."""

    timer: str
    start: datetime
    stop: datetime
    pressed_at: datetime


Row = tuple[str, datetime, datetime | None, bool]
"""A segment as it is stored: timer, from, to, whether it counts."""
Together = dict[tuple[str, ...], int]
"""Seconds by the timers that ran in them, in the order in which they were pressed."""


def pieces_of(rows: Iterable[Row], until: datetime) -> list[Piece]:
    """What counts of the segments of some timers, each timer's in order; an open one counts until then."""
    found: list[Piece] = []
    pressed: dict[str, tuple[datetime, datetime]] = {}
    for timer, start, ended, counts in rows:
        stop = ended or max(until, start)
        at, last = pressed.get(timer, (start, start))
        pressed[timer] = (at if last == start else start, stop)
        if counts:
            found.append(Piece(timer, start, stop, pressed[timer][0]))
    return found


def seconds_together(pieces: Sequence[Piece]) -> Together:
    """How long exactly these timers ran at once. The seconds add up to the length of the union of the pieces."""
    edges = sorted({piece.start for piece in pieces} | {piece.stop for piece in pieces})
    starts, stops = _by(pieces, "start"), _by(pieces, "stop")
    running: list[Piece] = []
    found: Together = defaultdict(int)
    for at, following in pairwise(edges):
        running = [piece for piece in running if piece not in stops[at]] + [one for one in starts[at] if one.stop > one.start]
        timers = tuple(dict.fromkeys(piece.timer for piece in sorted(running, key=lambda one: (one.pressed_at, one.timer))))
        if timers:
            found[timers] += (following - at) // timedelta(seconds=1)
    return dict(found)


def _by(pieces: Sequence[Piece], name: str) -> dict[datetime, list[Piece]]:
    found: dict[datetime, list[Piece]] = defaultdict(list)
    for piece in pieces:
        found[getattr(piece, name)].append(piece)
    return found


def share(pieces: Sequence[Piece], rule: SharingRule, held: Mapping[str, int] | None = None) -> dict[str, int]:
    """The seconds that each timer counts. They add up to the union of the pieces.

    `held`: what timers have already where that cannot change any more (they are billed). What they hold beyond their share is taken off
    the others that ran with them; so no second is counted twice.
    """
    together = seconds_together(pieces)
    counted = dict.fromkeys(sorted({piece.timer for piece in pieces}), 0)
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for timers, seconds in sorted(together.items()):
        for timer, part in zip(timers, _parts(seconds, len(timers), rule), strict=True):
            counted[timer] += part
            for other in set(timers) - {timer}:
                taken[timer, other] += part
    for timer, seconds in sorted((held or {}).items()):
        beyond = seconds - counted.get(timer, 0)
        counted[timer] = seconds
        _take_back(counted, taken, timer, beyond, without=held or {})
    _never_twice(counted, sum(together.values()), without=held or {})
    return counted


def _parts(seconds: int, timers: int, rule: SharingRule) -> list[int]:
    if rule is SharingRule.SPLIT:
        return allocate(seconds, [1] * timers)
    chosen = 0 if rule is SharingRule.FIRST else timers - 1
    return [seconds if place == chosen else 0 for place in range(timers)]


def _take_back(counted: dict[str, int], taken: dict[tuple[str, str], int], timer: str, beyond: int, *, without: Collection[str]) -> None:
    for other in reversed([name for name, beside in taken if beside == timer and name not in without]):
        part = min(max(beyond, 0), taken[other, timer], counted[other])
        counted[other] -= part
        beyond -= part


def _never_twice(counted: dict[str, int], whole: int, *, without: Collection[str]) -> None:
    """What is held by several may have to come from one that ran with only some of them."""
    for timer in reversed([one for one in counted if one not in without]):
        counted[timer] -= min(counted[timer], max(sum(counted.values()) - whole, 0))


def covered_seconds(pieces: Sequence[Piece]) -> int:
    """The length of the union."""
    return sum(seconds_together(pieces).values())


def overlaps(pieces: Sequence[Piece], timer: str) -> list[tuple[str, datetime, datetime]]:
    """With which other timers one runs at once: the other, from, to; in order, what touches joined."""
    mine = [piece for piece in pieces if piece.timer == timer]
    found: list[tuple[str, datetime, datetime]] = []
    for other in sorted((piece for piece in pieces if piece.timer != timer), key=lambda piece: (piece.start, piece.timer)):
        spans = sorted((max(other.start, one.start), min(other.stop, one.stop)) for one in mine)
        found += [(other.timer, start, stop) for start, stop in spans if start < stop]
    return found
