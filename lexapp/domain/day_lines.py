"""A day as stretches of measured time, in minutes: the gaps in working hours, lanes to draw it in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTES_OF_DAY = 24 * 60
WORK_BEGINS, WORK_ENDS = 9 * 60, 18 * 60
SHORTEST_GAP = 10


class Span(NamedTuple):
    """From one minute of the day until another, which is not part of it."""

    begin: int
    end: int

    @property
    def minutes(self) -> int:
        return self.end - self.begin


def gaps(measured: Sequence[Span], *, begin: int = WORK_BEGINS, end: int = WORK_ENDS, shortest: int = SHORTEST_GAP) -> list[Span]:
    """Where nothing was measured between two minutes of the day; gaps shorter than `shortest` are left out."""
    found, reached = [], begin
    for span in sorted(measured):
        if min(span.begin, end) - reached >= shortest:
            found.append(Span(reached, min(span.begin, end)))
        reached = max(reached, span.end)
    if end - reached >= shortest:
        found.append(Span(reached, end))
    return found


def span_on(day: date, zone: ZoneInfo, begin: datetime, end: datetime) -> Span:
    """From when to when, as a clock on the wall shows it that day. Where it is set back in between, the end is not before the begin."""
    first, last = (_minute(at.astimezone(zone), day) for at in (begin, end))
    return Span(first, max(first, last))


def _minute(local: datetime, day: date) -> int:
    if local.date() != day:
        return 0 if local.date() < day else MINUTES_OF_DAY
    return local.hour * 60 + local.minute


def lanes(measured: Sequence[Span]) -> list[int]:
    """For each span, in the order given, the lowest lane that is free when it begins."""
    free_at: list[int] = []
    chosen = [0] * len(measured)
    for place in sorted(range(len(measured)), key=lambda one: measured[one]):
        span = measured[place]
        lane = next((number for number, free in enumerate(free_at) if free <= span.begin), len(free_at))
        free_at[lane : lane + 1] = [span.end]
        chosen[place] = lane
    return chosen
