"""Days on which something comes again: on weekdays, or on a day of each month. Dates only: no clock, no time zone, no daylight saving."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lexapp.domain.errors import InvalidInput

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORKDAYS, _EVERY_DAY = 0b0011111, 0b1111111


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`weekdays`: the sum of 1 for Monday, 2 for Tuesday, 4 for Wednesday …; or else `month_day`, 1 to 31.

    A month that is too short has it on its last day. From `first_on` through `last_on`, or without an end.
    """

    weekdays: int
    month_day: int | None
    first_on: date
    last_on: date | None = None

    def check(self) -> None:
        """Refuse, beside its field, a rhythm that has no day. Raises InvalidInput."""
        if self.month_day is None and not 0 < self.weekdays <= _EVERY_DAY:
            raise InvalidInput("Tick at least one day of the week.", field="weekdays")
        if self.month_day is not None and not 1 <= self.month_day <= 31:
            raise InvalidInput("Choose a day from 1 to 31.", field="month_day")
        if self.last_on is not None and self.last_on < self.first_on:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="last_on")

    def falls_on(self, day: date) -> bool:
        """Whether it comes on that day."""
        if day < self.first_on or (self.last_on is not None and day > self.last_on):
            return False
        if self.month_day is None:
            return bool(self.weekdays >> day.weekday() & 1)
        return day.day == min(self.month_day, monthrange(day.year, day.month)[1])

    def days(self, since: date, until: date) -> list[date]:
        """The days from `since` through `until` on which it comes."""
        return [day for day in _span(max(since, self.first_on), until) if self.falls_on(day)]

    def next_after(self, day: date) -> date | None:
        """The first day after this one, within the two months in which there must be one."""
        start = max(day + timedelta(days=1), self.first_on)
        return next((one for one in _span(start, start + timedelta(days=62)) if self.falls_on(one)), None)

    @property
    def words(self) -> str:
        """`Every Monday and Friday`, `Every workday`, `Monthly on the 31st or the last day`."""
        if self.month_day is not None:
            late = " or the last day" if self.month_day > 28 else ""
            return f"Monthly on the {_ordinal(self.month_day)}{late}"
        whole = {_WORKDAYS: "workday", _EVERY_DAY: "day"}.get(self.weekdays)
        names = [WEEKDAYS[one] for one in ticked_weekdays(self.weekdays)]
        return f"Every {whole or ', '.join(names[:-1]) + (' and ' if names[1:] else '') + names[-1]}"


def ticked_weekdays(weekdays: int) -> list[int]:
    """The places of the days in the week, Monday 0."""
    return [place for place in range(7) if weekdays >> place & 1]


def weekdays_of(places: Collection[int]) -> int:
    """The days at these places, Monday 0, as one number."""
    return sum(1 << place for place in {*places} if 0 <= place < 7)


def _span(since: date, until: date) -> Iterator[date]:
    return (since + timedelta(days=after) for after in range((until - since).days + 1))


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
