import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.durations import format_hours
from lexapp.domain.errors import InvalidInput
from lexapp.domain.quantities import parse_hundredths, spread_group, spread_rest
from lexapp.domain.rounding import Direction, IncrementRule, billed_hundredths

SIX = IncrementRule(360)
groups = st.lists(st.integers(0, 14_400), min_size=1, max_size=10)
rules = st.builds(IncrementRule, st.sampled_from([60, 360, 900]), st.sampled_from(Direction))


@pytest.mark.parametrize(
    ("seconds", "hundredths"),
    [
        ([120, 120, 120], [4, 3, 3]),
        ([120, 121, 120], [7, 7, 6]),
        ([0, 0], [0, 0]),
        ([], []),
        ([3600], [100]),
        ([0, 60], [0, 10]),
    ],
)
def test_a_group_is_rounded_once_and_spread_by_seconds(seconds, hundredths):
    assert spread_group(seconds, SIX) == hundredths


@given(groups, rules)
def test_a_group_bills_what_its_sum_bills(seconds, rule):
    assert sum(spread_group(seconds, rule)) == billed_hundredths(sum(seconds), rule)


@given(groups)
def test_rounding_up_once_never_bills_more_than_rounding_up_each(seconds):
    assert sum(spread_group(seconds, SIX)) <= sum(billed_hundredths(each, SIX) for each in seconds)


@pytest.mark.parametrize(
    ("text", "hundredths"), [("1.20", 120), ("1.2", 120), (",25", 25), ("3", 300), ("1.2h", 120), (" 0 ", 0), ("24.00", 2400)]
)
def test_quantities_are_read_in_hundredths(text, hundredths):
    assert parse_hundredths(text) == hundredths


@pytest.mark.parametrize(
    ("text", "sentence", "code"),
    [
        ("", "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        ("h", "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        (None, "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        (1.2, "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        ("-1", "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        ("1e3", "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        ("NaN", "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        ("１", "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        (".", "Type a number, for example 2 or 1.50.", "quantity_unreadable"),
        ("1.205", "Documents show hundredths. Type at most 2 digits after the point.", "quantity_decimals"),
        ("24.01", "That is too much. Type at most 24.00.", "quantity_too_large"),
        ("999999999", "That is too much. Type at most 24.00.", "quantity_too_large"),
    ],
)
def test_what_is_no_quantity_is_refused_with_a_sentence_that_helps(text, sentence, code):
    with pytest.raises(InvalidInput) as refusal:
        parse_hundredths(text)
    assert (str(refusal.value), refusal.value.code) == (sentence, code)


def test_other_units_may_have_a_higher_limit():
    assert parse_hundredths("1500", maximum=1_000_000) == 150_000


@given(st.integers(0, 2400))
def test_a_written_quantity_is_read_back(hundredths):
    assert parse_hundredths(format_hours(hundredths)) == hundredths


@pytest.mark.parametrize(
    ("seconds", "fixed", "hundredths"),
    [
        ([120, 120], [], [5, 5]),
        ([480], [(240, 10)], [10]),
        ([480, 240], [(240, 10)], [13, 7]),
        ([60], [(3600, 200)], [0]),
        ([], [(240, 10)], []),
    ],
)
def test_what_is_billed_already_stays_and_the_others_share_the_rest(seconds, fixed, hundredths):
    assert spread_rest(seconds, fixed, SIX) == hundredths
