"""The days of what comes again: weekdays, months that are too short, leap days, nights that are an hour longer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.recurrences import Recurrence, ticked_weekdays, weekdays_of

START = date(2026, 1, 1)


def monthly(day: int, first: date = START, last: date | None = None) -> Recurrence:
    return Recurrence(0, day, first, last)


@pytest.mark.parametrize(
    ("month_day", "year", "days"),
    [
        (31, 2026, ["01-31", "02-28", "03-31", "04-30", "05-31"]),
        (31, 2028, ["01-31", "02-29", "03-31", "04-30", "05-31"]),
        (29, 2026, ["01-29", "02-28", "03-29", "04-29", "05-29"]),
        (29, 2028, ["01-29", "02-29", "03-29", "04-29", "05-29"]),
        (1, 2026, ["01-01", "02-01", "03-01", "04-01", "05-01"]),
    ],
)
def test_a_short_month_has_it_on_its_last_day(month_day: int, year: int, days: list[str]):
    found = monthly(month_day).days(date(year, 1, 1), date(year, 5, 31))
    assert [f"{day:%m-%d}" for day in found] == days


def test_weekdays_come_every_week_also_where_the_clock_is_changed():
    sundays = Recurrence(weekdays_of([6]), None, START)
    assert sundays.days(date(2026, 3, 1), date(2026, 3, 22)) == [date(2026, 3, day) for day in (1, 8, 15, 22)]
    assert sundays.days(date(2026, 10, 25), date(2026, 11, 8)) == [date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 8)]


def test_nothing_comes_before_the_first_or_after_the_last_day():
    rule = Recurrence(0b1111111, None, date(2026, 5, 4), date(2026, 5, 6))
    assert rule.days(START, date(2026, 12, 31)) == [date(2026, 5, day) for day in (4, 5, 6)]
    assert rule.next_after(date(2026, 5, 6)) is None
    assert rule.next_after(START) == date(2026, 5, 4)


@given(month_day=st.integers(1, 31), start=st.dates(date(2000, 1, 1), date(2080, 1, 1)))
def test_every_month_has_it_exactly_once(month_day: int, start: date):
    first = start.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    assert len(monthly(month_day, date(1999, 1, 1)).days(first, following - timedelta(days=1))) == 1


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Recurrence(0b0011111, None, START), "Every workday"),
        (Recurrence(0b1111111, None, START), "Every day"),
        (Recurrence(0b0010101, None, START), "Every Monday, Wednesday and Friday"),
        (Recurrence(0b0000010, None, START), "Every Tuesday"),
        (monthly(31), "Monthly on the 31st or the last day"),
        (monthly(12), "Monthly on the 12th"),
    ],
)
def test_a_rhythm_is_said_in_words(rule: Recurrence, words: str):
    assert rule.words == words


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Recurrence(0, None, START), "weekdays"),
        (Recurrence(128, None, START), "weekdays"),
        (monthly(32), "month_day"),
        (monthly(0), "month_day"),
        (monthly(1, START, START - timedelta(days=1)), "last_on"),
    ],
)
def test_a_rhythm_without_a_day_is_refused_beside_its_field(rule: Recurrence, field: str):
    with pytest.raises(InvalidInput) as refusal:
        rule.check()
    assert refusal.value.field == field


def test_days_of_the_week_are_kept_as_one_number():
    assert ticked_weekdays(weekdays_of([0, 4, 4, 9, -1])) == [0, 4]
