from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.rounding import Direction, IncrementRule, billed_hundredths, round_half_up

SIX = IncrementRule(360)
FIFTEEN = IncrementRule(900)
rules = st.builds(IncrementRule, st.sampled_from([1, 60, 300, 360, 600, 900, 1800, 3600]), st.sampled_from(Direction), st.integers(0, 3600))


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6))
def test_half_up_agrees_with_decimal(numerator, denominator):
    whole, rest = divmod(abs(numerator), denominator)
    exact_half_up = whole + (1 if 2 * rest >= denominator else 0)
    assert round_half_up(numerator, denominator) == (exact_half_up if numerator >= 0 else -exact_half_up)


@pytest.mark.parametrize("tenths", range(-25, 26))
def test_half_up_is_the_rounding_of_decimal(tenths):
    assert round_half_up(tenths, 10) == int((Decimal(tenths) / 10).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_is_above_zero(denominator):
    with pytest.raises(InvariantBroken):
        round_half_up(1, denominator)


@pytest.mark.parametrize(
    ("seconds", "rule", "hundredths"),
    [
        (0, SIX, 0),
        (1, SIX, 10),
        (360, SIX, 10),
        (361, SIX, 20),
        (540, SIX, 20),
        (540, FIFTEEN, 25),
        (901, FIFTEEN, 50),
        (540, IncrementRule(360, Direction.NEAREST), 20),
        (539, IncrementRule(360, Direction.NEAREST), 10),
        (719, IncrementRule(360, Direction.DOWN), 10),
        (359, IncrementRule(360, Direction.DOWN), 0),
        (1, IncrementRule(360, Direction.UP, minimum_seconds=720), 20),
        (0, IncrementRule(360, Direction.UP, minimum_seconds=720), 0),
        (1, IncrementRule(1), 0),
        (18, IncrementRule(1), 1),
        (17, IncrementRule(1), 0),
        (61, IncrementRule(60), 3),
        (60, IncrementRule(60), 2),
        (86_400, SIX, 2400),
    ],
)
def test_time_is_billed_by_increment_first_then_in_hundredths(seconds, rule, hundredths):
    assert billed_hundredths(seconds, rule) == hundredths


@given(st.integers(0, 86_400), rules)
def test_more_time_never_bills_less(seconds, rule):
    assert billed_hundredths(seconds, rule) <= billed_hundredths(seconds + 1, rule)


@given(st.integers(1, 86_400), rules)
def test_rounded_time_is_less_than_one_increment_away_unless_the_minimum_lifts_it(seconds, rule):
    rounded = rule.rounded_seconds(seconds)
    assert rounded >= rule.minimum_seconds
    if rounded > rule.minimum_seconds:
        assert rounded % rule.increment_seconds == 0
        assert abs(rounded - seconds) < rule.increment_seconds


def test_no_work_stays_no_work_and_an_increment_may_be_as_long_as_a_day():
    assert IncrementRule(1, minimum_seconds=86_400).rounded_seconds(0) == 0
    assert IncrementRule(86_400, minimum_seconds=86_400).rounded_seconds(1) == 86_400


def test_negative_time_is_a_programming_mistake():
    with pytest.raises(InvariantBroken):
        billed_hundredths(-1, SIX)


@pytest.mark.parametrize(("increment", "minimum"), [(0, 0), (-360, 0), (86_401, 0), (360, -1), (360, 86_401)])
def test_an_increment_that_makes_no_sense_cannot_be_made(increment, minimum):
    with pytest.raises(InvariantBroken):
        IncrementRule(increment, Direction.UP, minimum)


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        (IncrementRule(360, Direction.UP, 720), "6 minutes up, at least 12"),
        (IncrementRule(90, Direction.NEAREST, 30), "1:30 minutes nearest, at least 0:30"),
    ],
)
def test_a_rule_reads_as_a_person_would_say_it(rule, label):
    assert rule.label == label
