"""Taxes: in force or not, on fees or expenses, rounded once, divided so that the parts add up."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput
from lexapp.domain.tax import (
    Exemption,
    ExemptionKind,
    Place,
    TaxBase,
    TaxRounding,
    TaxRule,
    check_together,
    parse_country,
    parse_rate,
    parse_region,
    parse_regions,
    place_name,
    rate_text,
    tax_amount,
    taxes_on,
    without_exempt,
)
from lexapp.domain.tax.sets import TAX_SETS, TaxSet
from tests.examples import money_property

DAY = date(2026, 11, 23)


def rule(
    name: str = "GST", rate: int = 50_000, fees: bool = True, expenses: bool = False, since: int = -30, until: int | None = None
) -> TaxRule:
    return TaxRule(name, rate, fees, expenses, DAY + timedelta(days=since), None if until is None else DAY + timedelta(days=until))


BASES = st.lists(st.builds(TaxBase, st.integers(0, 10**13), st.integers(0, 10**12)), min_size=1, max_size=8)
RULES = st.builds(rule, st.just("T"), st.integers(0, 1_000_000), st.booleans(), st.just(True))


@money_property
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


def test_a_fifth_tax_on_one_day_is_refused():
    others = [rule("A", since=-10), rule("B", since=-5, until=5), rule("C"), rule("D")]
    check_together([*others, rule("E", since=6)])
    check_together([*(placed("CA", "ON", one.name) for one in others), placed("CA", "QC", "E")])
    with pytest.raises(InvalidInput, match="A, B, C, D and E would be in force on one day") as refusal:
        check_together([*others, rule("E", since=5)])
    assert refusal.value.field == "name"


def placed(country: str, regions: str, name: str = "GST", **more: Any) -> TaxRule:
    return replace(rule(name, expenses=True), country=country, regions=parse_regions(regions), **more)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ([placed("CA", "ON"), placed("CA", "BC,ON", effective_from=DAY)], "regions"),
        ([placed("", ""), placed("CA", "ON", effective_from=DAY)], "regions"),
        ([placed("CA", ""), placed("CA", "ON", effective_from=DAY)], "regions"),
        ([placed("CA", "", "A", on_top_of="B"), placed("CA", "ON", "B", on_top_of="A")], "on_top_of"),
        ([placed("CA", "", "A", on_top_of="A")], "on_top_of"),
        ([placed("CA", "", "A", on_top_of="B"), placed("", "", "B", on_top_of="C"), placed("CA", "", "C", on_top_of="A")], "on_top_of"),
        ([placed("CA", "", "A", on_top_of="B"), placed("CA", "", "B", on_expenses=False)], "on_fees"),
        ([placed("CA", "", "A", is_included=True), placed("CA", "ON", "B")], "is_included"),
        ([placed("", "", "A", is_included=True), placed("", "", "B", is_included=True, on_expenses=False)], "on_fees"),
    ],
)
def test_taxes_that_do_not_go_together_are_refused_beside_their_field(rules: list[TaxRule], field: str):
    with pytest.raises(InvalidInput) as refusal:
        check_together(rules)
    assert refusal.value.field == field


def test_taxes_of_other_places_or_days_go_together():
    check_together([placed("CA", "ON"), placed("CA", "BC"), placed("US", "", is_included=True)])
    check_together([placed("CA", "ON", effective_to=DAY), placed("CA", "BC,ON", effective_from=DAY + timedelta(days=1))])


@pytest.mark.parametrize("one", TAX_SETS, ids=lambda one: one.code)
def test_every_shipped_set_can_be_charged_and_names_its_source(one: TaxSet):
    check_together(one.rules)
    assert bool(one.sources) is bool(one.rules)
    assert one.ends_all is not bool(one.rules)


# ── every set of taxes, every invoice ────────────────────────────────────────────────────────────

LINES = st.lists(st.integers(0, 10**9), max_size=6)
LINED = st.lists(st.builds(TaxBase.of_lines, LINES, LINES), min_size=1, max_size=4)
RATES = st.integers(0, 400_000)
ROUNDINGS = st.sampled_from(TaxRounding)


@st.composite
def together(draw: st.DrawFn, included: bool | None = None) -> list[TaxRule]:
    """Up to four taxes on the same, each perhaps on top of the one before."""
    fees, expenses = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    contained = draw(st.booleans()) if included is None else included
    rates = draw(st.lists(RATES, min_size=1, max_size=4))
    below = [draw(st.booleans()) for _ in rates]
    return [
        replace(rule(f"T{place}", rate, fees, expenses), on_top_of=f"T{place - 1}" if place and below[place] else "", is_included=contained)
        for place, rate in enumerate(rates)
    ]


def price_of(base: TaxBase, found: TaxRule) -> int:
    return base.fees_minor * found.on_fees + base.expenses_minor * found.on_expenses


@given(together(), LINED, ROUNDINGS)
def test_of_every_tax_the_parts_of_the_matters_are_what_the_whole_is_charged(
    rules: list[TaxRule], bases: list[TaxBase], rounding: TaxRounding
):
    check_together(rules)
    whole = TaxBase.of_lines([one for base in bases for one in base.fee_lines], [one for base in bases for one in base.expense_lines])
    (together_,) = taxes_on(rules, [whole], on=DAY, rounding=rounding)
    parts = [charge for matter in taxes_on(rules, bases, on=DAY, rounding=rounding) for charge in matter]
    for charge in together_:
        mine = [part for part in parts if part.rule == charge.rule]
        assert sum(part.amount_minor for part in mine) == charge.amount_minor
        assert sum(part.base_minor for part in mine) == charge.base_minor
    assert all(0 <= part.on_expenses_minor <= part.amount_minor for part in parts)


@given(together(included=True), LINED, ROUNDINGS)
def test_a_price_is_exactly_what_is_left_and_the_taxes_that_it_contains(rules: list[TaxRule], bases: list[TaxBase], rounding: TaxRounding):
    alone = [one for one in rules if not one.on_top_of]
    for base, charges in zip(bases, taxes_on(rules, bases, on=DAY, rounding=rounding), strict=True):
        taxes = sum(charge.amount_minor for charge in charges)
        left = {charge.base_minor for charge in charges if charge.rule in alone}
        assert len(left) <= 1
        assert all(net + taxes == price_of(base, rules[0]) for net in left)
        assert all(charge.amount_minor >= 0 for charge in charges)


@money_property
@given(together(), LINED, ROUNDINGS, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_of_taxes_changes_no_total(
    rules: list[TaxRule], bases: list[TaxBase], rounding: TaxRounding, chance: random.Random
):
    (base,) = bases[:1]
    shuffled = TaxBase.of_lines(*(chance.sample(lines, len(lines)) for lines in (base.fee_lines, base.expense_lines)))
    mixed = chance.sample(rules, len(rules))
    assert taxes_on(mixed, [shuffled], on=DAY, rounding=rounding) == taxes_on(rules, [base], on=DAY, rounding=rounding)


@given(RATES, LINED)
def test_rounded_on_every_line_or_once_a_tax_differs_by_half_a_unit_for_each_line_at_most(rate: int, bases: list[TaxBase]):
    (base,) = bases[:1]
    found = rule("T", rate, expenses=True)
    lines = len(base.fee_lines) + len(base.expense_lines)
    exact = Fraction((base.fees_minor + base.expenses_minor) * rate, 1_000_000)
    by_line, once = ([one.amount_minor for one in taxes_on([found], [base], on=DAY, rounding=kind)[0]] for kind in ("line", "invoice"))
    assert abs(sum(by_line) - exact) <= Fraction(lines, 2)
    assert abs(sum(once) - exact) <= Fraction(1, 2)


@given(together(included=False), st.integers(1, 10**9))
def test_a_tax_on_top_is_charged_on_the_price_and_on_what_is_below(rules: list[TaxRule], price: int):
    (charges,) = taxes_on(rules, [TaxBase(price, price)], on=DAY)
    amounts = {charge.rule.name: charge for charge in charges}
    own = price_of(TaxBase(price, price), rules[0])
    for charge in charges:
        below = amounts.get(charge.rule.on_top_of)
        assert charge.base_minor == (below.base_minor + below.amount_minor if below else own)
        assert charge.amount_minor == tax_amount(charge.base_minor, charge.rule.rate_millionths)


@pytest.mark.parametrize(
    ("place", "names"), [(Place(), ["C"]), (Place("CA"), ["B", "C"]), (Place("CA", "ON"), ["A", "B", "C"]), (Place("US", "ON"), ["C"])]
)
def test_the_place_of_the_client_decides_which_taxes_are_charged(place: Place, names: list[str]):
    rules = [placed("CA", "ON QC", "A"), placed("CA", "", "B"), placed("", "", "C")]
    assert [one.rule.name for one in taxes_on(rules, [TaxBase(100, 100)], on=DAY, place=place)[0]] == names


@pytest.mark.parametrize("text", ["C", "CAN", "1A", "C A", "Ä"])
def test_what_is_no_country_is_refused(text: str):
    with pytest.raises(InvalidInput, match="two letters"):
        parse_country(text)


def test_places_are_read_as_they_are_meant():
    assert (parse_country(" ca "), parse_region(" hi-oahu "), parse_regions("qc, on;ON  bc")) == ("CA", "HI-OAHU", ("BC", "ON", "QC"))
    for text in ("O N!", "ON-AND-MORE", "-"):
        with pytest.raises(InvalidInput, match="region"):
            parse_region(text)
    assert [place_name("CA", ("BC", "ON")), place_name("XX"), place_name("")] == ["Canada: BC, ON", "XX", "everywhere"]


def test_a_reverse_charge_is_said_where_no_tax_of_the_firm_is_charged_and_only_in_its_days():
    agreed = Exemption(ExemptionKind.REVERSE_CHARGE, "Reverse charge", DAY, tax_name="VAT", client_tax_number="FR12")
    assert without_exempt([], [], [agreed], on=DAY) == ([], [agreed])
    assert without_exempt([], [], [agreed], on=DAY - timedelta(days=1)) == ([], [])
    assert without_exempt([rule("VAT")], [], [replace(agreed, effective_to=DAY)], on=DAY + timedelta(days=1)) == ([rule("VAT")], [])


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
