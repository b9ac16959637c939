"""The three measures of a timekeeper, and the hours that there were to work in.

Utilization = billable hours ÷ available hours; realization = billed ÷ billable value; collection = collected ÷ billed (docs/glossary.md).
Billing and payment are those of the work done in the period, whenever they came. Available hours follow the published practice of counting
eight hours for each weekday, of the months in which somebody recorded any time; a timekeeper's own yearly target takes its place.
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding import round_half_up

HUNDREDTHS_AN_HOUR = 100
HUNDREDTHS_A_DAY = 8 * HUNDREDTHS_AN_HOUR
PER_MILLE = 1_000
WEEKDAYS = 5
MOST_HOURS_A_YEAR = 8_784


def share_per_mille(part: int, whole: int) -> int | None:
    """A share in tenths of a percent, rounded half up; None of nothing."""
    return round_half_up(part * PER_MILLE, whole) if whole > 0 else None


def weekdays(first: date, last: date) -> int:
    """Days from Monday to Friday from `first` through `last`; none when they are turned round."""
    days = (last - first).days + 1
    if days <= 0:
        return 0
    whole, rest = divmod(days, 7)
    return whole * WEEKDAYS + sum((first.weekday() + more) % 7 < WEEKDAYS for more in range(rest))


def available_hundredths(first: date, last: date, *, yearly_target_hours: int | None, months: Collection[date]) -> int:
    """Hours to work in, in hundredths: the yearly target by the share of the year's weekdays, or eight hours each, in those months
    (their first days) in which the person recorded time."""
    parts = [part for part in _months(first, last) if part[0].replace(day=1) in months]
    if yearly_target_hours is None:
        return sum(weekdays(*part) for part in parts) * HUNDREDTHS_A_DAY
    by_year: dict[int, int] = {}
    for part in parts:
        by_year[part[0].year] = by_year.get(part[0].year, 0) + weekdays(*part)
    return sum(round_half_up(yearly_target_hours * HUNDREDTHS_AN_HOUR * days, _weekdays_of(year)) for year, days in by_year.items())


def check_target(yearly_target_hours: int | None) -> None:
    """Raise ``InvalidInput`` for a target that no year has room for."""
    if yearly_target_hours is not None and not 0 < yearly_target_hours <= MOST_HOURS_A_YEAR:
        raise InvalidInput("A year has 8,784 hours at most. Write the hours to work in a year, such as 1800.", field="yearly_target_hours")


def _weekdays_of(year: int) -> int:
    return weekdays(date(year, 1, 1), date(year, 12, 31))


def _months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The months that a span touches, each cut to it."""
    while first <= last:
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield first, min(following - timedelta(days=1), last)
        first = following
