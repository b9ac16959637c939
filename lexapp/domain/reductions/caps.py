"""Caps and budgets: what is beyond one, line by line; which thresholds were passed; and the day on which it is reached.

Lines use up a cap in the order of their dates, those of one day in the order in which they were recorded; the line that reaches it is
cut in the middle. So the order in which lines are handed over changes nothing, and no window is ever billed above its cap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lexapp.domain.periods import month_of
from lexapp.domain.reductions.lines import Charged, Counts, in_order

HUNDRED = 100


class Window(StrEnum):
    """Over what a cap is counted."""

    WHOLE = "whole"
    MONTH = "month"
    """Each calendar month has its own."""
    ROLLING = "rolling"
    """Each calendar month brings its amount, and what a month leaves unused is there for the later ones."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that is billed. A hard one cuts; a soft one warns. `phase`: only work with a task code of this UTBMS phase counts.

    `begins_on` is the day from which it was agreed: a rolling cap brings its first amount in the month of that day.
    """

    limit_minor: int
    begins_on: date
    window: Window = Window.WHOLE
    counts: Counts = Counts.FEES
    phase: str = ""
    is_hard: bool = True

    def beyond(self, billed: Mapping[date, int]) -> int:
        """What was billed beyond it, in the month in which that is most. `billed`: what counted, by the month's first day."""
        return max(0, *(-self.room(month, billed) for month in billed), 0)

    def holds(self, line: Charged) -> bool:
        """Whether a line counts towards it."""
        in_kind = self.counts.holds(line.kind) and line.dated_on >= self.begins_on
        return in_kind and (not self.phase or line.phase == self.phase)

    def room(self, on: date, billed: Mapping[date, int]) -> int:
        """What may still be billed for a day; below zero where more was billed. `billed`: what counted so far, by the month's first day."""
        if self.window is Window.WHOLE:
            return self.limit_minor - sum(billed.values())
        month = month_of(on)
        if self.window is Window.MONTH:
            return self.limit_minor - billed.get(month, 0)
        if max(billed, default=month) <= month:
            return self._brought_by(month) - sum(billed.values())
        later = sorted({month, *(one for one in billed if one > month)})
        return min(self._brought_by(one) - sum(minor for when, minor in billed.items() if when <= one) for one in later)

    def _brought_by(self, month: date) -> int:
        """What a rolling cap has brought up to a month."""
        return self.limit_minor * (_months(month) - _months(self.begins_on) + 1)


@dataclass(frozen=True, slots=True)
class Capped:
    """`taken_off` each line (zero or below), in the order of the lines; `beyond_minor` is their sum without its sign.

    `billed`: what counts after these lines, by the first day of the month.
    """

    taken_off: tuple[int, ...]
    beyond_minor: int
    billed: Mapping[date, int]


def cut(lines: Sequence[Charged], cap: Cap, billed: Mapping[date, int]) -> Capped:
    """What of the lines is beyond a hard cap, after what was billed under it before."""
    now, off = dict(billed), [0] * len(lines)
    for position in in_order(lines):
        line = lines[position]
        if not cap.holds(line):
            continue
        within = min(line.amount_minor, max(cap.room(line.dated_on, now), 0))
        off[position] = within - line.amount_minor
        month = month_of(line.dated_on)
        now[month] = now.get(month, 0) + within
    return Capped(tuple(off), -sum(off), now)


def passed(limit_minor: int, before_minor: int, after_minor: int, thresholds: Iterable[int]) -> list[int]:
    """Which thresholds, in whole percent of a limit, were reached between two sums."""
    return [one for one in sorted(set(thresholds)) if before_minor * HUNDRED < limit_minor * one <= after_minor * HUNDRED]


def reached_on(limit_minor: int, spent: Mapping[date, int], *, today: date, look_back_days: int = 56) -> date | None:
    """The day on which a limit is reached if work goes on as in the last days; None where none was done.

    `spent`: what counts, by day. Today where it is reached already. The pace is that of the days since the first one that was looked at, at
    most `look_back_days`; a part of a day counts as a day.
    """
    left = limit_minor - sum(spent.values())
    if left <= 0:
        return today
    since = today - timedelta(days=look_back_days - 1)
    recent = {day: minor for day, minor in spent.items() if since <= day <= today and minor > 0}
    if not recent:
        return None
    days = (today - min(recent)).days + 1
    needed = -(-left * days // sum(recent.values()))
    return today + timedelta(days=needed) if needed <= (date.max - today).days else None


def _months(day: date) -> int:
    return day.year * 12 + day.month
