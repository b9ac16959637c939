from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.allocation import allocate
from lexapp.domain.errors import InvalidInput, InvariantBroken
from tests.examples import money_property

weights_lists = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)
wholes = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("whole", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [0, 1, 1], [0, 1, 0]),
        (0, [3, 4], [0, 0]),
        (10, [0, 0, 5], [0, 0, 10]),
        (1000, [50, 30, 20], [500, 300, 200]),
        (5, [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]),
        (7, [6, 3, 1], [4, 2, 1]),
    ],
)
def test_parts_follow_the_largest_remainder_and_ties_the_lowest_position(whole, weights, parts):
    assert allocate(whole, weights) == parts


@money_property
@given(wholes, weights_lists)
def test_parts_equal_the_whole_and_none_is_a_unit_away_from_its_share(whole, weights):
    parts = allocate(whole, weights)
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(whole * weight, sum(weights))) < 1
        assert weight or not part


@given(wholes, weights_lists)
def test_a_refund_is_spread_as_its_charge_was(whole, weights):
    assert allocate(-whole, weights) == [-part for part in allocate(whole, weights)]


@given(st.integers(0, 10**9), st.integers(1, 20))
def test_equal_weights_give_parts_that_differ_by_a_unit_at_most_and_never_grow(whole, count):
    parts = allocate(whole, [7] * count)
    assert max(parts) - min(parts) <= 1
    assert parts == sorted(parts, reverse=True)


@pytest.mark.parametrize("weights", [[], [0], [0, 0]])
def test_without_any_weight_there_is_nothing_to_spread_over(weights):
    with pytest.raises(InvalidInput, match=r"^There is nothing to spread this amount over\. Choose at least one line above zero\.$"):
        allocate(100, weights)


@pytest.mark.parametrize("weights", [[-1, 2], [-1], [1, -1]])
def test_negative_weights_are_a_programming_mistake(weights):
    with pytest.raises(InvariantBroken):
        allocate(100, weights)
