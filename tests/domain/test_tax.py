"""Taxes: in force or not, on fees or expenses, rounded once, divided so that the parts add up."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.tax import TaxBase, TaxRule, check_together, parse_rate, rate_text, tax_amount, taxes_on

DAY = date(2026, 11, 23)


def rule(
    name: str = "GST", rate: int = 50_000, fees: bool = True, expenses: bool = False, since: int = -30, until: int | None = None
) -> TaxRule:
    return TaxRule(name, rate, fees, expenses, DAY + timedelta(days=since), None if until is None else DAY + timedelta(days=until))


BASES = st.lists(st.builds(TaxBase, st.integers(0, 10**13), st.integers(0, 10**12)), min_size=1, max_size=8)
RULES = st.builds(rule, st.just("T"), st.integers(0, 1_000_000), st.booleans(), st.just(True))


@given(RULES, BASES)
def test_the_parts_of_a_tax_add_up_to_the_tax_on_the_whole(found: TaxRule, bases: list[TaxBase]):
    charges = [charge for matter in taxes_on([found], bases, on=DAY) for charge in matter]
    whole = sum(base.fees_minor * found.on_fees + base.expenses_minor for base in bases)
    assert sum(charge.base_minor for charge in charges) == whole
    assert sum(charge.amount_minor for charge in charges) == tax_amount(whole, found.rate_millionths)


@given(RULES, BASES)
def test_no_part_is_a_minor_unit_or_more_away_from_its_exact_share(found: TaxRule, bases: list[TaxBase]):
    charges = [charge for matter in taxes_on([found], bases, on=DAY) for charge in matter]
    total = sum(charge.amount_minor for charge in charges)
    whole = sum(charge.base_minor for charge in charges)
    assert all(abs(charge.amount_minor - Fraction(total * charge.base_minor, whole)) < 1 for charge in charges)


@given(st.integers(0, 10**15), st.integers(0, 1_000_000))
def test_a_tax_is_rounded_half_up_once(base: int, rate: int):
    exact = Fraction(base * rate, 1_000_000)
    assert -Fraction(1, 2) <= exact - tax_amount(base, rate) < Fraction(1, 2)


@pytest.mark.parametrize(("since", "until", "charged"), [(0, None, 1), (1, None, 0), (-9, -1, 0), (-9, 0, 1), (0, 0, 1)])
def test_only_taxes_in_force_on_the_day_are_charged(since: int, until: int | None, charged: int):
    assert len(taxes_on([rule(since=since, until=until)], [TaxBase(1000, 0)], on=DAY)[0]) == charged


def test_each_tax_is_charged_on_its_own_base_and_none_on_another():
    both = [rule("PST", 70_000), rule("GST", 50_000, expenses=True)]
    (charges,) = taxes_on(both, [TaxBase(100_00, 50_00)], on=DAY)
    assert [(one.rule.name, one.base_minor, one.amount_minor, one.rule.base_description) for one in charges] == [
        ("GST", 150_00, 7_50, "fees and expenses"),
        ("PST", 100_00, 7_00, "fees"),
    ]


def test_what_has_nothing_to_be_charged_on_stands_nowhere_and_a_rate_of_zero_does():
    assert taxes_on([rule(fees=False, expenses=True)], [TaxBase(100, 0)], on=DAY) == [[]]
    (charges,) = taxes_on([rule(rate=0)], [TaxBase(100, 0)], on=DAY)
    assert [one.amount_minor for one in charges] == [0]


def test_a_third_tax_on_one_day_is_refused():
    first, second = rule("A", since=-10), rule("B", since=-5, until=5)
    check_together([first, second, rule("C", since=6)])
    with pytest.raises(InvalidInput, match="A, B and C would be in force on one day") as refusal:
        check_together([first, second, rule("C", since=5)])
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    ("text", "rate"), [("5", 50_000), ("6.25", 62_500), (" 9.975 % ", 99_750), ("0", 0), ("100", 1_000_000), ("0.0001", 1)]
)
def test_a_rate_is_read_and_written_back(text: str, rate: int):
    assert parse_rate(text) == rate
    assert parse_rate(rate_text(rate)) == rate


@pytest.mark.parametrize("text", ["", "-5", "101", "5,5", "1e1", "٥", "NaN", "5.12345", "five", "0x5", "100.0001"])
def test_what_is_no_rate_is_refused_in_a_sentence(text: str):
    with pytest.raises(InvalidInput, match="percent"):
        parse_rate(text)
