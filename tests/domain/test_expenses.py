"""Costs with and without a mark-up, the tax on them, what a category asks for; docs/money.md's tables of them are worked out here."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.expenses import Approval, CategoryRules, approval_after, mark_up, most_charged, price_marked_up
from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE, parse_percent
from lexapp.domain.tax import TaxBase, TaxRule, taxes_on
from tests.domain.test_money_document import amounts, hours, rows
from tests.examples import money_property

POINTS = st.integers(0, WHOLE)


@money_property
@given(st.integers(1, 10**7), st.integers(0, 10**8), POINTS)
def test_what_is_printed_multiplies_out_to_cost_and_mark_up(quantity, unit, points):
    found = price_marked_up(quantity, unit, points, "USD")
    printed = Money(found.price.unit_minor, "USD").times_hundredths(found.price.quantity_hundredths).minor
    assert printed == found.cost_minor + found.mark_up_minor == most_charged(found.cost_minor, points)
    assert found.cost_minor == round_half_up(quantity * unit, 100)
    assert abs(found.mark_up_minor - Fraction(found.cost_minor * points, WHOLE)) <= Fraction(1, 2)


@given(st.integers(1, 10**7), st.integers(0, 10**8))
def test_at_cost_nothing_is_added_and_the_units_stay(quantity, unit):
    found = price_marked_up(quantity, unit, 0, "USD")
    assert (found.mark_up_minor, found.price.quantity_hundredths, found.price.unit_minor, found.price.note) == (0, quantity, unit, "")


@given(st.integers(0, 10**9), POINTS, POINTS)
def test_a_higher_mark_up_never_adds_less(cost, one, other):
    assert (mark_up(cost, one) <= mark_up(cost, other)) or one > other


@rows("Mark-up on expenses")
def test_a_mark_up_is_added_as_documented(row):
    (units,) = hours(row["Units"])
    unit, cost, added = (amounts(row[name], "USD")[0].minor for name in ("Paid for one", "Cost", "Added"))
    points = 0 if row["Mark-up"].startswith("0 ") else parse_percent(row["Mark-up"])
    found = price_marked_up(units, unit, points, "USD")
    assert (found.cost_minor, found.mark_up_minor) == (cost, added)
    shown, price = row["Printed"].split(" × ")
    assert (found.price.quantity_hundredths, found.price.unit_minor) == (hours(shown)[0], amounts(price, "USD")[0].minor)
    assert bool(found.price.note) == (found.price.quantity_hundredths != units)


@rows("Disbursements outside the tax")
def test_a_disbursement_is_outside_the_tax_as_documented(row):
    fees, court, travel, taxed, vat, invoice = (
        amounts(row[name], "GBP")[0].minor for name in ("Fees", "Court fee", "Travel", "Taxed", "VAT", "Invoice")
    )
    added = mark_up(court, 1_000 if row["Mark-up"] == "10 %" else 0)
    lines = [(court + added, CategoryRules(is_taxed=False).is_in_tax_base(added)), (travel, CategoryRules().is_in_tax_base(0))]
    base = TaxBase.of_lines([fees], [minor for minor, in_base in lines if in_base])
    assert base.fees_minor + base.expenses_minor == taxed
    rule = TaxRule("VAT", 200_000, True, True, date(2011, 1, 4))
    (charges,) = taxes_on([rule], [base], on=date(2026, 11, 23))
    assert sum(charge.amount_minor for charge in charges) == vat
    assert fees + sum(minor for minor, _ in lines) + vat == invoice


@pytest.mark.parametrize(
    ("paid", "receipt", "approval"), [(0, False, False), (2_500, False, False), (2_501, True, False), (50_001, True, True)]
)
def test_a_category_asks_above_an_amount(paid, receipt, approval):
    rules = CategoryRules(receipt_above_minor=2_500, approval_above_minor=50_000)
    assert (rules.needs_receipt(paid), rules.needs_approval(paid)) == (receipt, approval)
    assert not CategoryRules().needs_receipt(paid)
    assert CategoryRules(receipt_above_minor=0).needs_receipt(1)


@given(st.booleans(), st.sampled_from(Approval), st.booleans())
def test_what_was_decided_holds_until_the_expense_is_another(needed, before, same):
    after = approval_after(needed, before, same=same)
    assert (after is Approval.NOT_NEEDED) == (not needed)
    assert (after is Approval.APPROVED) == (needed and same and before is Approval.APPROVED)
