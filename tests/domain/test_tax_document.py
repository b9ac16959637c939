"""docs/money.md promises numbers of taxes; each row of its tables is recomputed here."""

import re
from dataclasses import replace
from datetime import date

from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up
from lexapp.domain.tax import Exemption, ExemptionKind, Place, TaxBase, TaxRounding, TaxRule, parse_rate, taxes_on, without_exempt
from lexapp.domain.tax.sets import TAX_SETS
from tests.domain.test_money_document import amounts, money, rows
from tests.markdown_tables import table_under


@rows("Taxes")
def test_taxes_are_worked_out_as_documented(row):
    numbers, currency = row["Charged on"].rsplit(" ", 1)
    bases = [TaxBase(part.minor, 0) for part in amounts(re.sub(r",(?=\d{3}\b)", "", numbers), currency)]
    rule = TaxRule("T", parse_rate(row["Rate"]), True, False, date(2026, 1, 1))
    charged = [charge.amount_minor for matter in taxes_on([rule], bases, on=date(2026, 1, 1)) for charge in matter]
    assert sum(charged) == money(row["Tax"]).minor
    assert charged == [part.minor for part in amounts(re.sub(r",(?=\d{3}\b)", "", row["Of each matter"]), currency)]


DAY = date(2026, 1, 1)


def minors(cell):
    return [part.minor for part in amounts(cell, "USD")]


def tax_rules(cell, **kinds):
    return [TaxRule(f"T{place}", parse_rate(rate), True, True, DAY, **kinds) for place, rate in enumerate(cell.split(","))]


def charged_of(rules, base, **asked):
    return taxes_on(rules, [base], on=DAY, **asked)[0]


@rows("Taxes once or on every line")
def test_taxes_are_rounded_once_or_on_every_line_as_documented(row):
    rules, base = tax_rules(row["Rate"]), TaxBase.of_lines(minors(row["Lines"]), [])
    assert [one.amount_minor for one in charged_of(rules, base)] == minors(row["Once"])
    assert [one.amount_minor for one in charged_of(rules, base, rounding=TaxRounding.LINE)] == minors(row["On every line"])


@rows("Taxes contained in the price")
def test_taxes_are_taken_out_of_the_price_as_documented(row):
    (price,) = minors(row["Price"])
    charges = charged_of(tax_rules(row["Rates"], is_included=True), TaxBase(price, 0))
    assert [one.amount_minor for one in charges] == minors(row["Taxes"])
    assert {one.base_minor for one in charges} == set(minors(row["Without tax"]))
    assert sum(minors(row["Without tax"])) + sum(minors(row["Taxes"])) == price


@rows("Taxes on top of another")
def test_taxes_on_top_of_another_are_charged_as_documented(row):
    first, second = tax_rules(row["Rates"])
    second = replace(second, on_top_of="T0" if row["On top"] == "yes" else "")
    charges = charged_of([second, first], TaxBase(*minors(row["Price"]), 0))
    assert [one.amount_minor for one in charges] == minors(row["Taxes"])


def test_every_set_of_taxes_is_documented():
    assert {row["Set"] for row in table_under("money.md", "Worked sets of taxes")} == {one.code for one in TAX_SETS}


@rows("Worked sets of taxes")
def test_the_sets_charge_what_is_documented(row):
    (rules,) = [one.rules for one in TAX_SETS if one.code == row["Set"]]
    country, _, region = row["Client in"].partition("-")
    (fees,), (expenses,) = minors(row["Fees"]), minors(row["Expenses"])
    on = date.fromisoformat(row["Dated"])
    (charges,) = taxes_on(rules, [TaxBase(fees, expenses)], on=on, place=Place(country, region))
    assert ", ".join(f"{one.rule.name} {Money(one.amount_minor, 'USD').decimal}" for one in charges) == row["Taxes"].replace("–", "")
    assert fees + expenses + sum(one.amount_minor for one in charges) == minors(row["Invoice"])[0]


@rows("Taxes passed on in Hawaii")
def test_what_is_passed_on_is_what_is_owed_on_all_that_is_received(row):
    (price,), rate = minors(row["Price"]), parse_rate(row["Statutory rate"])
    most = rate * 1_000_000 // (1_000_000 - rate)
    assert most // 10 * 10 == parse_rate(row["Passed on at most"]) // 10 * 10
    (charge,) = charged_of(tax_rules(row["Passed on at most"]), TaxBase(price, 0))
    assert [charge.amount_minor] == minors(row["Passed on"])
    assert [round_half_up((price + charge.amount_minor) * rate, 1_000_000)] == minors(row["Owed on all"])


def exemptions(whose, cell):
    if cell == "–":
        return []
    name, kind = cell.split(" ")
    return [Exemption(ExemptionKind(kind), f"{whose} {name}", DAY, tax_name="" if name == "all" else name)]


@rows("Exempt and reverse charge")
def test_who_is_exempt_is_charged_as_documented(row):
    rules = [TaxRule(name, 50_000, True, True, DAY) for name in ("GST", "PST")]
    charged, said = without_exempt(rules, exemptions("matter", row["Matter"]), exemptions("client", row["Client"]), on=DAY)
    assert ", ".join(rule.name for rule in charged) == row["Taxes charged"].replace("–", "")
    assert ", ".join(one.words for one in said) == row["Said on the invoice"].replace("–", "")
