from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.aging import BY_DUE, BY_ISSUE, age_of
from lexapp.domain.periods import Period, named_period

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("last_quarter", date(2026, 7, 1), date(2026, 9, 30)),
        ("year", date(2026, 1, 1), TODAY),
        ("last_year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_named_period_is_the_one_that_people_mean(name, first, last):
    assert named_period(name, TODAY) == Period(first, last)


def test_another_name_is_no_period():
    assert named_period("fortnight", TODAY) is None


@given(st.dates(date(1991, 1, 1), date(2100, 12, 31)))
def test_named_periods_are_whole_and_follow_each_other(today):
    found = {name: named_period(name, today) for name in ("month", "last_month", "quarter", "last_quarter", "last_year")}
    assert today in found["month"]
    assert today in found["quarter"]
    for now, before in (("month", "last_month"), ("quarter", "last_quarter")):
        assert found[before].last + timedelta(days=1) == found[now].first
    assert len(found["quarter"].months()) == len(found["last_quarter"].months()) == 3
    assert len(found["last_year"].months()) == 12


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_months_and_weeks_cover_every_day_of_a_period_once(first, length):
    period = Period(first, first + timedelta(days=length))
    for starts in (period.months(), period.weeks()):
        assert starts == sorted(set(starts))
        assert starts[0] <= period.first
        assert starts[-1] <= period.last
    assert all(later - earlier == timedelta(days=7) for earlier, later in zip(period.weeks(), period.weeks()[1:], strict=False))


@pytest.mark.parametrize(
    ("days", "by_issue", "by_due"),
    [(-5, "30", "current"), (0, "30", "current"), (1, "30", "30"), (30, "30", "30"), (31, "60", "60"), (60, "60", "60"), (61, "90", "90"),
     (90, "90", "90"), (91, "over", "over"), (4_000, "over", "over")],
)  # fmt: skip
def test_the_age_of_what_is_open_by_its_days(days, by_issue, by_due):
    since = TODAY - timedelta(days=days)
    assert (age_of(since, TODAY, BY_ISSUE).code, age_of(since, TODAY, BY_DUE).code) == (by_issue, by_due)
