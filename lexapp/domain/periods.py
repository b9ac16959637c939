"""Spans of days that reports are asked for, and the months and weeks that they are cut into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day through the last. Raises nothing: a period that ends before it begins holds no day."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def months(self) -> list[date]:
        """The first days of the months that it touches."""
        return _steps(month_of(self.first), self.last, next_month)

    def weeks(self) -> list[date]:
        """The Mondays of the weeks that it touches."""
        return _steps(week_of(self.first), self.last, lambda monday: monday + timedelta(days=7))


def _steps(start: date, last: date, following: Callable[[date], date]) -> list[date]:
    found = []
    while start <= last:
        found.append(start)
        start = following(start)
    return found


def month_of(day: date) -> date:
    """The first day of its month."""
    return day if day.day == 1 else date(day.year, day.month, 1)


def next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def last_of_month(day: date) -> date:
    return next_month(day) - timedelta(days=1)


def named_period(name: str, today: date) -> Period | None:
    """`month`, `last_month`, `quarter`, `last_quarter`, `year` (to date) or `last_year`; None for another name."""
    first = month_of(today)
    quarter = first.replace(month=(first.month - 1) // 3 * 3 + 1)
    before_quarter = month_of(quarter - timedelta(days=80))
    year = first.replace(month=1)
    return {
        "month": Period(first, last_of_month(today)),
        "last_month": Period(month_of(first - timedelta(days=1)), first - timedelta(days=1)),
        "quarter": Period(quarter, last_of_month(quarter + timedelta(days=62))),
        "last_quarter": Period(before_quarter, quarter - timedelta(days=1)),
        "year": Period(year, today),
        "last_year": Period(year.replace(year=year.year - 1), year - timedelta(days=1)),
    }.get(name)
