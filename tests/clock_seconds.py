"""Whether seconds that entries hold can each be found on the clock, once: counted second by second, apart from the code under test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

Stretches = Mapping[int, Sequence[tuple[datetime, datetime]]]


def held_twice(held: Mapping[int, int], stretches: Stretches) -> int:
    """How many of the held seconds have no second of the clock of their own, in which their timer ran. 0: none is held twice."""
    pots = _pots({timer: stretches.get(timer, ()) for timer in held})
    given: dict[tuple[int, int], int] = {}
    missing = 0
    for timer, seconds in held.items():
        for _ in range(len(held) * len(pots) + 1):
            if not seconds:
                break
            seconds -= _give(timer, seconds, pots, given, set())
        missing += seconds
    return missing


def _give(timer: int, most: int, pots: list[tuple[frozenset[int], int]], given: dict[tuple[int, int], int], asked: set[int]) -> int:
    """Give a timer seconds of a pot that it ran in, or let another that has some go to another pot."""
    for place in [place for place, (timers, _) in enumerate(pots) if timer in timers and place not in asked]:
        asked.add(place)
        free = pots[place][1] - sum(seconds for (_, of), seconds in given.items() if of == place)
        if free:
            given[timer, place] = given.get((timer, place), 0) + min(free, most)
            return min(free, most)
        for other, has in [(other, has) for (other, of), has in given.items() if of == place and other != timer and has]:
            moved = _give(other, min(most, has), pots, given, asked)
            if moved:
                given[other, place] -= moved
                given[timer, place] = given.get((timer, place), 0) + moved
                return moved
    return 0


def _pots(stretches: Stretches) -> list[tuple[frozenset[int], int]]:
    """Seconds by exactly who ran in them."""
    edges = sorted({edge for found in stretches.values() for stretch in found for edge in stretch})
    return [
        (running, int((stop - start).total_seconds()))
        for start, stop in pairwise(edges)
        if (running := frozenset(_running(stretches, start, stop)))
    ]


def _running(stretches: Stretches, start: datetime, stop: datetime) -> Iterable[int]:
    return (timer for timer, found in stretches.items() if any(begin <= start and stop <= end for begin, end in found))
