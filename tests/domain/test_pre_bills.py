"""Lines of a pre-bill: parts add up, and whatever a reviewer does, what is shown multiplies out."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.invoice_states import InvoiceState, invoice_state
from lexapp.domain.money import Money
from lexapp.domain.pre_bills import LineEdit, LineFigures, edited, split_amount, split_time
from lexapp.domain.pricing import LineKind
from lexapp.domain.rounding import round_half_up
from tests.examples import money_property

shares_lists = st.lists(st.integers(1, 10_000), min_size=1, max_size=6)
quantities = st.integers(0, 2_400)
rates = st.integers(0, 2_000_00)
USD0 = Money.zero("USD")


@money_property
@given(quantities, rates, shares_lists)
def test_parts_of_time_add_up_and_are_less_than_a_unit_from_their_product(quantity, rate, shares):
    whole = round_half_up(quantity * rate, 100)
    parts = split_time(quantity, rate, whole, shares)
    assert sum(part.quantity_hundredths for part in parts) == quantity
    assert sum(part.amount_minor for part in parts) == whole
    for part in parts:
        gross = round_half_up(part.quantity_hundredths * rate, 100)
        assert part.amount_minor == gross + part.rounding_minor >= 0
        assert abs(part.rounding_minor) <= 1


@given(quantities, rates, shares_lists)
def test_time_that_is_not_charged_keeps_its_hours(quantity, rate, shares):
    parts = split_time(quantity, rate, 0, shares)
    assert sum(part.quantity_hundredths for part in parts) == quantity
    assert {(part.amount_minor, part.rounding_minor) for part in parts} == {(0, 0)}


@money_property
@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**8), shares_lists)
def test_parts_of_a_cost_add_up_in_amount_and_in_cost(quantity, unit, cost, shares):
    whole = round_half_up(quantity * unit, 100)
    parts = split_amount(quantity, unit, whole, cost, shares)
    assert sum(part.amount_minor for part in parts) == whole
    assert sum(part.cost_minor for part in parts) == cost
    for part in parts:
        assert part.amount_minor == round_half_up(part.quantity_hundredths * part.rate_minor, 100)


def test_a_cost_for_one_payer_keeps_its_units():
    assert split_amount(28_600, 525, 150_150, 0, [10_000])[0][:2] == (28_600, 525)


@given(quantities, rates, quantities, rates, st.integers(0, 10**7), st.booleans())
def test_an_edited_line_multiplies_out_or_is_refused(entry_quantity, entry_rate, quantity, rate, off, no_charge):
    worth = round_half_up(entry_quantity * entry_rate, 100)
    before = LineFigures(entry_quantity, entry_rate, 0, 0, 0, 0, worth)
    edit = LineEdit(quantity, Money(rate, "USD"), Money(-off, "USD"), USD0, no_charge)
    if off > round_half_up(quantity * rate, 100) and not no_charge:
        with pytest.raises(InvalidInput) as refusal:
            edited(LineKind.TIME, worth, before, edit)
        assert refusal.value.field == "adjustment"
        return
    after = edited(LineKind.TIME, worth, before, edit)
    assert after.amount_minor == worth - after.write_down_minor + after.adjustment_minor
    charged = 0 if no_charge else round_half_up(quantity * rate, 100) - off
    assert after.amount_minor == charged >= 0


def test_the_odd_unit_of_a_split_stays_until_quantity_or_rate_change():
    before = LineFigures(5, 25_005, 1, 0, 0, 0, 1_251)
    same = edited(LineKind.TIME, 1_251, before, LineEdit(5, Money(25_005, "USD"), USD0, USD0))
    assert (same.rounding_minor, same.amount_minor, same.write_down_minor) == (1, 1_251, 0)
    less = edited(LineKind.TIME, 1_251, before, LineEdit(4, Money(25_005, "USD"), USD0, USD0))
    assert (less.rounding_minor, less.amount_minor, less.write_down_minor) == (0, 1_000, 251)


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (LineEdit(100, Money(10**11 + 1, "USD"), USD0, USD0), "rate"),
        (LineEdit(99_999_999, Money(10**11, "USD"), USD0, USD0), "rate"),
        (LineEdit(10**8, Money(1, "USD"), USD0, USD0), "quantity"),
        (LineEdit(100, USD0, Money(-(10**11) - 1, "USD"), USD0), "adjustment"),
        (LineEdit(100, USD0, USD0, Money(10**11 + 1, "USD")), "write_down"),
    ],
)
def test_a_line_beyond_what_one_can_write_is_refused_beside_its_field(edit, field):
    with pytest.raises(InvalidInput) as refusal:
        edited(LineKind.EXPENSE, 1_251, LineFigures(100, 1_251, 0, 0, 0, 0, 1_251), edit)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("applied", "due_on", "is_void", "state"),
    [
        (0, date(2026, 12, 1), False, InvoiceState.OPEN),
        (1, date(2026, 12, 1), False, InvoiceState.PART_PAID),
        (100, date(2026, 12, 1), False, InvoiceState.PAID),
        (99, date(2026, 11, 22), False, InvoiceState.OVERDUE),
        (0, date(2026, 11, 23), False, InvoiceState.OPEN),
        (100, date(2020, 1, 1), False, InvoiceState.PAID),
        (0, date(2020, 1, 1), True, InvoiceState.VOID),
    ],
)
def test_what_an_invoice_is_follows_from_money_and_calendar(applied, due_on, is_void, state):
    found = invoice_state(total_minor=100, applied_minor=applied, due_on=due_on, today=date(2026, 11, 23), is_void=is_void)
    assert found is state
