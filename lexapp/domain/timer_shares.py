"""A minute in which several timers of one person run is counted once: who of them gets it, to the second."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from lexapp.domain.allocation import allocate
from lexapp.domain.held_seconds import Pot, settle_held

_SECOND = timedelta(seconds=1)


class SharingRule(StrEnum):
    """Shared minutes are split equally, or go to the timer that was started (or resumed) first, or last."""

    SPLIT = "split"
    FIRST = "first"
    LAST = "last"


def rule_in_force(*, at_once: bool, shared_minutes: str) -> SharingRule:
    """By the settings of a firm. Where one timer runs at a time, starting another was leaving it, on whatever device."""
    return SharingRule(shared_minutes) if at_once else SharingRule.LAST


@dataclass(frozen=True, slots=True)
class SharingRules:
    """The rule of each moment of the clock: a change never reaches back. `before`: those that stood until a change, the oldest first."""

    now: SharingRule
    before: tuple[tuple[datetime, SharingRule], ...] = ()

    @property
    def changed_at(self) -> tuple[datetime, ...]:
        return tuple(until for until, _ in self.before)

    def at(self, moment: datetime) -> SharingRule:
        """The rule in force at that moment."""
        return next((rule for until, rule in self.before if moment < until), self.now)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a timer without an open end. `pressed_at`: when the timer was started or resumed for it. `counts`: not taken off."""

    timer: str
    start: datetime
    stop: datetime
    pressed_at: datetime
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Shares:
    """Seconds by timer. `beyond`: what timers hold although it is no second of theirs, or one that another holds."""

    counted: dict[str, int]
    beyond: dict[str, int]


Row = tuple[str, datetime, datetime | None, bool]
"""A segment as it is stored: timer, from, to, whether it counts."""
Together = dict[tuple[str, ...], int]
"""Seconds by the timers that ran in them, in the order in which they were pressed."""


def pieces_of(rows: Iterable[Row], until: datetime) -> list[Piece]:
    """The segments of some timers, each timer's in order; an open one lasts until then."""
    found: list[Piece] = []
    pressed: dict[str, tuple[datetime, datetime]] = {}
    for timer, start, ended, counts in rows:
        stop = ended or max(until, start)
        at, last = pressed.get(timer, (start, start))
        pressed[timer] = (at if last == start else start, stop)
        found.append(Piece(timer, start, stop, pressed[timer][0], counts))
    return found


def seconds_together(pieces: Sequence[Piece]) -> Together:
    """How long exactly these timers ran at once. The seconds add up to the length of the union of the pieces."""
    found: Together = defaultdict(int)
    for start, stop, running in _stretches(pieces):
        timers = tuple(dict.fromkeys(piece.timer for piece in running if piece.counts))
        if timers:
            found[timers] += (stop - start) // _SECOND
    return dict(found)


def _stretches(pieces: Sequence[Piece], cuts: Iterable[datetime] = ()) -> Iterator[tuple[datetime, datetime, list[Piece]]]:
    """The clock, cut wherever a timer begins or ends (and at `cuts`): from, to, what runs, in the order in which it was pressed.

    What was pressed in the same second is in the order given: names say nothing.
    """
    edges = sorted({piece.start for piece in pieces} | {piece.stop for piece in pieces} | set(cuts))
    places = {piece: place for place, piece in enumerate(pieces)}
    starts, stops = _by(pieces, "start"), _by(pieces, "stop")
    running: list[Piece] = []
    for at, following in pairwise(edges):
        ended = set(stops[at])
        running = [piece for piece in running if piece not in ended] + [one for one in starts[at] if one.stop > one.start]
        if running:
            yield at, following, sorted(running, key=lambda one: (one.pressed_at, places[one]))


def _by(pieces: Sequence[Piece], name: str) -> dict[datetime, list[Piece]]:
    found: dict[datetime, list[Piece]] = defaultdict(list)
    for piece in pieces:
        found[getattr(piece, name)].append(piece)
    return found


def share(pieces: Sequence[Piece], rule: SharingRule | SharingRules, held: Mapping[str, int] | None = None) -> dict[str, int]:
    """The seconds that each timer counts; without `held` they add up to the union of the pieces that count."""
    return share_beside(pieces, rule, held or {}).counted


def share_beside(
    pieces: Sequence[Piece], rule: SharingRule | SharingRules, held: Mapping[str, int], *, yielding: Collection[str] = ()
) -> Shares:
    """The seconds that each timer counts, each second of the clock in one timer at most.

    `held`: what timers have already where that does not change (their entries are billed, say). What they hold beyond their share comes out
    of seconds in which they ran themselves: first of what belongs to nobody, then of the shares of those `yielding` that ran with them,
    then of the others. Seconds of their share that they do not hold wait for them: they go to nobody.
    """
    pots = _pots(pieces, SharingRules(rule) if isinstance(rule, SharingRule) else rule, held)
    beyond = settle_held(pots, held, yielding)
    counted = dict.fromkeys([piece.timer for piece in pieces], 0)
    for pot in pots:
        for timer, seconds in pot.has.items():
            counted[timer] += seconds
    return Shares(counted | dict(held), beyond)


def _pots(pieces: Sequence[Piece], rules: SharingRules, held: Collection[str]) -> list[Pot]:
    """The seconds by who ran in them and by which rule, each given out by that rule.

    Who ran while it did not count has no share of them. They matter only where its entry holds more than it counts.
    """
    together: dict[tuple[tuple[str, ...], tuple[str, ...], SharingRule], int] = defaultdict(int)
    for start, stop, running in _stretches(pieces, rules.changed_at):
        timers = tuple(dict.fromkeys(piece.timer for piece in running if piece.counts))
        idle = tuple(piece.timer for piece in running if not piece.counts and piece.timer in held)
        together[timers, idle, rules.at(start)] += (stop - start) // _SECOND
    return [
        Pot((*timers, *idle), seconds, dict(zip(timers, _parts(seconds, len(timers), rule), strict=True)))
        for (timers, idle, rule), seconds in together.items()
    ]


def _parts(seconds: int, timers: int, rule: SharingRule) -> list[int]:
    if rule is SharingRule.SPLIT:
        return allocate(seconds, [1] * timers) if timers else []
    chosen = 0 if rule is SharingRule.FIRST else timers - 1
    return [seconds if place == chosen else 0 for place in range(timers)]


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
