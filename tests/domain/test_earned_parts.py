"""The part of a fixed fee that is earned when the work ends early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.agreements import EarnedBasis, earned_part
from lexapp.domain.errors import InvalidInput


@given(st.integers(1, 10**9), st.data())
def test_what_is_earned_and_what_is_not_make_the_fee(agreed, data):
    recorded = data.draw(st.integers(0, agreed))
    basis = data.draw(st.sampled_from(EarnedBasis))
    worked, share = data.draw(st.integers(0, 10**10)), data.draw(st.integers(0, 10_000))
    part = earned_part(agreed, recorded_minor=recorded, basis=basis, worked_minor=worked, share_basis_points=share)
    assert 0 <= part.earned_minor <= agreed
    assert part.earned_minor + part.unearned_minor == agreed
    assert part.recorded_minor + part.to_bill_minor - part.to_return_minor == part.earned_minor
    assert not (part.to_bill_minor and part.to_return_minor)


@pytest.mark.parametrize(
    ("basis", "earned", "to_bill", "to_return"),
    [
        (EarnedBasis.REACHED, 250_000, 0, 0),
        (EarnedBasis.WORK, 180_000, 0, 70_000),
        (EarnedBasis.SHARE, 400_000, 150_000, 0),
    ],
)
def test_the_earned_part_of_a_fee_of_10_000_of_which_2_500_is_recorded(basis, earned, to_bill, to_return):
    part = earned_part(1_000_000, recorded_minor=250_000, basis=basis, worked_minor=180_000, share_basis_points=4_000)
    assert (part.earned_minor, part.to_bill_minor, part.to_return_minor) == (earned, to_bill, to_return)


def test_a_share_beyond_the_whole_is_refused():
    with pytest.raises(InvalidInput, match="between 0 and 100"):
        earned_part(100, recorded_minor=0, basis=EarnedBasis.SHARE, share_basis_points=10_001)
