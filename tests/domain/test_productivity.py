from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.productivity import available_hundredths, check_target, share_per_mille, weekdays

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
EVERY_MONTH = {date(year, month, 1) for year in range(2020, 2032) for month in range(1, 13)}


@given(DAYS, st.integers(-5, 800))
def test_weekdays_are_those_that_a_calendar_counts(first, length):
    last = first + timedelta(days=length)
    assert weekdays(first, last) == sum((first + timedelta(days=more)).weekday() < 5 for more in range(max(length + 1, 0)))


def test_without_a_target_there_are_eight_hours_each_weekday_of_the_months_with_time():
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    span = (date(2026, 10, 1), date(2026, 11, 30))
    assert available_hundredths(*span, yearly_target_hours=None, months={october, november}) == (22 + 21) * 800
    assert available_hundredths(*span, yearly_target_hours=None, months={november}) == 21 * 800
    assert available_hundredths(*span, yearly_target_hours=None, months=set()) == 0


@pytest.mark.parametrize("hours", [1, 1_600, 1_800, 8_784])
def test_a_target_is_given_out_by_weekdays_and_a_whole_year_has_all_of_it(hours):
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert available_hundredths(*year, yearly_target_hours=hours, months=EVERY_MONTH) == hours * 100
    assert (
        available_hundredths(date(2026, 11, 1), date(2026, 11, 30), yearly_target_hours=2_610, months=EVERY_MONTH)
        == 2_610 * 21 * 100 // 261
    )


def test_a_period_over_new_year_takes_each_years_own_weekdays():
    both = available_hundredths(date(2026, 1, 1), date(2027, 12, 31), yearly_target_hours=1_700, months=EVERY_MONTH)
    assert both == 2 * 170_000


@pytest.mark.parametrize(("part", "whole", "share"), [(412, 630, 654), (1, 2, 500), (0, 5, 0), (5, 0, None), (3, 2, 1_500), (1, 8, 125)])
def test_a_share_is_in_tenths_of_a_percent_and_nothing_has_none(part, whole, share):
    assert share_per_mille(part, whole) == share


@pytest.mark.parametrize("hours", [0, -1, 8_785, 10**9])
def test_a_target_that_no_year_holds_is_refused(hours):
    with pytest.raises(InvalidInput, match="A year has 8,784 hours at most"):
        check_target(hours)


@pytest.mark.parametrize("hours", [None, 1, 1_800, 8_784])
def test_a_target_may_be_left_out(hours):
    check_target(hours)
