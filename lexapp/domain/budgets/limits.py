"""One limit of a budget: how much of it is spent, and the day on which it is reached at the pace of the last weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from lexapp.domain.reductions import Counts, passed, reached_on
from lexapp.domain.rounding import round_half_up
from lexapp.domain.utbms import LITIGATION_TASKS

LOOK_BACK_DAYS = 56
CODES: Mapping[str, str] = {
    code: name
    for phase, title in LITIGATION_TASKS.phases.items()
    for code, name in ((phase, title), *((one.code, one.name) for one in LITIGATION_TASKS.codes.values() if one.phase == phase))
}
"""What a budget may be divided by: each phase, followed by its tasks."""


class Measure(StrEnum):
    """What is counted: money in minor units, or hundredths of an hour."""

    MONEY = "money"
    HOURS = "hours"


class Spent(NamedTuple):
    """What was recorded on one day under one task code. `minor`: what was billed at what was charged, the rest at its value.

    `billed_minor` is the part of it that stands on invoices; hours are those of billable time.
    """

    on: date
    is_fee: bool
    task_code: str
    minor: int
    billed_minor: int
    hundredths: int


def phase_of(code: str) -> str:
    """The UTBMS phase of a task code, or the phase itself; nothing for any other code."""
    if code in LITIGATION_TASKS.phases:
        return code
    found = LITIGATION_TASKS.lookup(code)
    return found.phase if found else ""


def code_name(code: str) -> str:
    """A phase or task as it is called, or the code itself where the list does not have it."""
    return CODES.get(code, code)


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that is to be spent on a matter, on one phase or on one task of it (`code`), by work dated from `first` through `last`."""

    measure: Measure
    most: int
    code: str = ""
    counts: Counts = Counts.FEES
    first: date | None = None
    last: date | None = None

    def holds(self, task_code: str, on: date, *, is_fee: bool) -> bool:
        """Whether work counts towards it. Expenses have no hours and no phase."""
        if not is_fee and (self.counts is not Counts.ALL or self.measure is Measure.HOURS):
            return False
        in_days = (self.first is None or self.first <= on) and (self.last is None or on <= self.last)
        return in_days and self.code in ("", task_code, phase_of(task_code))

    def of(self, minor: int, hundredths: int) -> int:
        return minor if self.measure is Measure.MONEY else hundredths

    def by_day(self, spent: Iterable[Spent]) -> dict[date, int]:
        """What counts of work, by its day."""
        found: Counter[date] = Counter()
        for one in spent:
            if self.holds(one.task_code, one.on, is_fee=one.is_fee):
                found[one.on] += self.of(one.minor, one.hundredths)
        return dict(found)

    def billed(self, spent: Iterable[Spent]) -> int:
        """What of it stands on invoices, in minor units."""
        return sum(one.billed_minor for one in spent if self.holds(one.task_code, one.on, is_fee=one.is_fee))


@dataclass(frozen=True, slots=True)
class Pace:
    """What was spent in the last days, since the first one that was worked on: what a forecast rests on."""

    spent: int
    days: int

    @property
    def a_week(self) -> int:
        return round_half_up(self.spent * 7, self.days)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a limit stands on a day. `reached_on`: the forecast, today where it is reached; None where nothing was done of late."""

    limit: Limit
    spent: int
    billed_minor: int
    reached_on: date | None
    pace: Pace | None

    @property
    def left(self) -> int:
        """Below zero: beyond it."""
        return self.limit.most - self.spent

    @property
    def percent(self) -> int:
        """Whole percent, never more than is reached: 99.9 is 99."""
        return self.spent * 100 // self.limit.most

    @property
    def is_reached(self) -> bool:
        return self.left <= 0

    def reached(self, thresholds: Iterable[int]) -> list[int]:
        """The thresholds that it has come to, the lowest first."""
        return passed(self.limit.most, 0, self.spent, thresholds)


def standing_of(limit: Limit, spent: Iterable[Spent], today: date) -> Standing:
    """How it stands, and when it is reached if work goes on as in the last eight weeks. Work cannot go on after its last day."""
    rows = list(spent)
    by_day = limit.by_day(rows)
    on = reached_on(limit.most, by_day, today=today, look_back_days=LOOK_BACK_DAYS)
    if on is not None and limit.last is not None and max(on, today) > limit.last and sum(by_day.values()) < limit.most:
        on = None
    return Standing(limit, sum(by_day.values()), limit.billed(rows), on, pace_of(by_day, today))


def pace_of(by_day: Mapping[date, int], today: date) -> Pace | None:
    """The pace of the last eight weeks; None where nothing was done in them."""
    since = today - timedelta(days=LOOK_BACK_DAYS - 1)
    recent = {day: minor for day, minor in by_day.items() if since <= day <= today and minor > 0}
    return Pace(sum(recent.values()), (today - min(recent)).days + 1) if recent else None
