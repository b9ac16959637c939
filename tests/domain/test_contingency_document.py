"""The contingency tables of docs/money.md, each row worked out again."""

import re
from datetime import date
from fractions import Fraction

import pytest

from lexapp.domain.contingency import (
    STATUTES,
    Basis,
    Claim,
    ContingencyTerms,
    Part,
    Recovery,
    Referral,
    Stage,
    Tier,
    distribute,
    fee_on,
    parse_exact_percent,
)
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.domain.tax import TaxRule, parse_rate, taxes_on
from tests.markdown_tables import table_under

BY_SOURCE = {statute.source: statute for statute in STATUTES.values()}


def rows(heading):
    table = table_under("money.md", heading)
    return pytest.mark.parametrize("row", table, ids=[" · ".join(row.values())[:70] for row in table])


def money(cell):
    number, _, currency = cell.partition(" ")
    return Money.parse(number, currency or "USD")


def listed(cell):
    return [] if cell == "–" else [money(number.strip()) for number in re.split(r", ", cell)]


def outcome(deed):
    try:
        return deed()
    except Refused as refusal:
        return str(refusal)


def test_every_schedule_is_worked_in_the_document():
    named = {row["Schedule"].removesuffix(", minor") for row in table_under("money.md", "Contingency fees")}
    assert named == BY_SOURCE.keys()


@rows("Contingency fees")
def test_statutory_fees_are_worked_out_as_documented(row):
    source = row["Schedule"].removesuffix(", minor")
    terms = BY_SOURCE[source].terms(minor=source != row["Schedule"])
    recovery = Recovery(money(row["Recovery"]), Stage(row["Stage"]), money(row["Costs"]))
    found = outcome(lambda: fee_on(terms, recovery))
    if row["Tiers"] == "–":
        assert found == row["Fee"]
    else:
        assert [band.fee for band in found.bands] == listed(row["Tiers"])
        assert str(found.fee) == row["Fee"]


@rows("Settlement statements")
def test_recoveries_are_distributed_as_documented(row):
    share = None if row["Referral"] == "–" else Referral("Hale & Co.", Fraction(int(row["Referral"]), 100), date(2026, 3, 2))
    tiers = (Tier(0, None, parse_exact_percent(row["Percent"])),)
    terms = ContingencyTerms("USD", Basis(row["Of"]), {Stage.TRIAL: tiers}, "agreement", share)
    kinds = {"Medical bills": Part.MEDICAL, "Liens": Part.LIEN, "Costs": Part.COSTS}
    claims = [Claim(part, title, amount) for title, part in kinds.items() for amount in listed(row[title])]
    found = distribute(terms, amount=money(row["Recovery"]), stage=Stage.TRIAL, claims=claims)
    parts = (Part.FEE, Part.REFERRAL, Part.COSTS, Part.LIEN, Part.MEDICAL, Part.CLIENT)
    assert [found.paid(part) for part in parts] == listed(row["Fee, referral, costs, liens, medical, client"])
    assert found.shortfall == money(row["Shortfall"])


def taxes(cell):
    """``GST 5 % on all``, ``PST 7 % on fees``, ``QST 9.5 % on all and GST``, ``VAT 20 % in all``."""
    found = re.findall(r"(\w+) ([\d.]+) % (on|in) (all|fees)(?: and (\w+))?", cell)
    return [
        TaxRule(name, parse_rate(rate), True, base == "all", date(2026, 1, 1), on_top_of=below, is_included=how == "in")
        for name, rate, how, base, below in found
    ]


@rows("Taxes on settlement statements")
def test_recoveries_are_taxed_as_documented(row):
    share = None if row["Referral"] == "–" else Referral("Hale & Co.", Fraction(int(row["Referral"]), 100), date(2026, 3, 2))
    tiers = (Tier(0, None, parse_exact_percent(row["Percent"])),)
    terms = ContingencyTerms("USD", Basis.GROSS, {Stage.TRIAL: tiers}, "agreement", share)
    claims = [
        Claim(Part.COSTS, title, amount, is_taxed=title == "Costs")
        for title in ("Costs", "Outside of taxes")
        for amount in listed(row[title])
    ]
    rules = taxes(row["Taxes"])

    def taxing(base):
        return taxes_on(rules, [base], on=date(2026, 11, 23))[0], []

    found = distribute(terms, amount=money(row["Recovery"]), stage=Stage.TRIAL, claims=claims, taxing=taxing)
    parts = (Part.FEE, Part.REFERRAL, Part.COSTS, Part.TAX, Part.CLIENT)
    assert [found.paid(part) for part in parts] == listed(row["Fee, referral, costs, taxes, client"])
    contained = [charge.amount_minor for charge in found.taxed.charges if charge.rule.is_included]
    assert contained == [amount.minor for amount in listed(row["Contained"])]
