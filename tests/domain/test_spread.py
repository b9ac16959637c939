from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.spread import Charges, recovered_costs, spread, spread_over_people

AMOUNTS = st.integers(0, 10**9)
CHARGES = st.builds(Charges, AMOUNTS, AMOUNTS, AMOUNTS).filter(lambda charges: charges.total_minor > 0)
LINES = st.lists(st.tuples(st.sampled_from([None, 3, 7]), AMOUNTS), min_size=1, max_size=9)
PARTS = ("fees_minor", "costs_minor", "tax_minor")


@pytest.mark.parametrize(
    ("applied", "charges", "paid"),
    [
        (0, Charges(100, 50, 0), Charges(0, 0, 0)),
        (150, Charges(100, 50, 0), Charges(100, 50, 0)),
        (75, Charges(100, 50, 0), Charges(50, 25, 0)),
        (1, Charges(100, 100, 0), Charges(1, 0, 0)),
        (100_00, Charges(1_000_00, 120_00, 89_60), Charges(82_67, 9_92, 7_41)),
        (7, Charges(0, 9, 0), Charges(0, 7, 0)),
        (0, Charges(0, 0, 0), Charges(0, 0, 0)),
    ],
)
def test_money_pays_fees_costs_and_tax_in_proportion(applied, charges, paid):
    assert charges.paid(applied) == paid


@given(CHARGES, st.data())
def test_what_is_paid_adds_up_and_no_part_is_a_unit_away_or_paid_beyond_its_charge(charges, data):
    applied = data.draw(st.integers(0, charges.total_minor))
    paid = charges.paid(applied)
    assert paid.total_minor == applied
    for name in PARTS:
        part, charge = getattr(paid, name), getattr(charges, name)
        assert abs(part - Fraction(applied * charge, charges.total_minor)) < 1
        assert 0 <= part <= charge


@given(CHARGES, st.data())
def test_payments_one_after_the_other_pay_what_all_of_them_pay_in_whatever_pieces(charges, data):
    pieces = data.draw(st.lists(st.integers(0, charges.total_minor), max_size=6))
    points = sorted(min(piece, charges.total_minor) for piece in pieces)
    before, sums = 0, Charges()
    for point in [*points, charges.total_minor]:
        step = charges.paid_by(before, point - before)
        assert step.total_minor == point - before
        before, sums = point, sums + step
    assert sums == charges


@given(CHARGES, st.data())
def test_taking_a_payment_back_gives_back_what_it_paid(charges, data):
    first = data.draw(st.integers(0, charges.total_minor))
    more = data.draw(st.integers(0, charges.total_minor - first))
    assert charges.paid_by(first, more) + charges.paid_by(first + more, -more) == Charges()


@given(CHARGES, st.data())
def test_what_is_credited_is_not_to_be_paid_and_the_rest_paid_in_full_has_paid_all_of_the_rest(charges, data):
    credited = Charges(*(data.draw(st.integers(0, getattr(charges, name))) for name in PARTS))
    left = charges - credited
    assert charges.paid(left.total_minor, credited) == left
    applied = data.draw(st.integers(0, charges.total_minor))
    paid = charges.paid(applied, credited)
    assert paid.total_minor == applied
    assert applied > left.total_minor or all(getattr(paid, name) <= getattr(left, name) for name in PARTS)


@given(CHARGES)
def test_more_than_is_charged_is_spread_as_well_because_dates_may_overlap(charges):
    assert charges.paid(2 * charges.total_minor) == charges + charges


def test_money_on_what_charges_nothing_is_a_mistake():
    with pytest.raises(InvariantBroken, match="5 is applied to what charges nothing"):
        spread(5, [0, 0])


@given(LINES, st.data())
def test_fees_reach_the_people_and_their_lines_to_the_cent(lines, data):
    whole = sum(amount for _, amount in lines)
    paid = data.draw(st.integers(0, whole))
    parts = spread_over_people(paid, lines)
    assert sum(parts) == paid
    for person in {person for person, _ in lines}:
        mine = [(amount, part) for (whose, amount), part in zip(lines, parts, strict=True) if whose == person]
        worth = sum(amount for amount, _ in mine)
        assert not whole or abs(sum(part for _, part in mine) - Fraction(paid * worth, whole)) < 1
        assert all(0 <= part <= amount for amount, part in mine)


def test_fees_paid_in_full_pay_every_line():
    assert spread_over_people(60, [(7, 10), (None, 20), (3, 30)]) == [10, 20, 30]


@pytest.mark.parametrize(("paid", "recovered", "income", "back"), [(100, 80, 20, 80), (50, 80, 20, 40), (7, 0, 9, 0), (0, 0, 0, 0)])
def test_costs_paid_give_back_what_was_advanced_in_proportion(paid, recovered, income, back):
    assert recovered_costs(paid, recovered, income) == back
