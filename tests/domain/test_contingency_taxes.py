"""Taxes on what a recovery is distributed into: any taxes, any claims, and the parts still are the recovery."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.contingency import Claim, Part, Stage, distribute
from lexapp.domain.money import total
from lexapp.domain.tax import TaxBase, TaxRounding, TaxRule, check_together, taxes_on
from tests.domain.test_contingency import THIRD, amounts, terms, tiered, usd
from tests.examples import money_property

DAY = date(2026, 11, 23)
rates = st.integers(0, 300_000)


@st.composite
def taxing(draw):
    """What one place charges: taxes beside or on top of each other, on fees and perhaps on expenses, added or contained, and rounding."""
    is_included, on_expenses, chained = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    rules = []
    for name in ("GST", "PST", "QST")[: draw(st.integers(0, 3))]:
        below = rules[-1].name if rules and chained else ""
        others = {"on_top_of": below, "is_included": is_included}
        beside = not (is_included or chained)
        rules.append(TaxRule(name, draw(rates), True, draw(st.booleans()) if beside else on_expenses, date(2026, 1, 1), **others))
    check_together(rules)
    rounding = draw(st.sampled_from(TaxRounding))
    return lambda base: (taxes_on(rules, [base], on=DAY, rounding=rounding)[0], [])


taxed_claims = st.lists(
    st.builds(
        Claim,
        st.sampled_from([Part.COSTS, Part.LIEN, Part.MEDICAL]),
        st.just("Claim"),
        st.integers(1, 10**7).map(usd),
        is_taxed=st.booleans(),
    ),
    max_size=6,
)


@money_property
@given(tiered(), amounts, taxed_claims, taxing())
def test_with_any_taxes_the_parts_equal_the_recovery_and_the_tax_is_that_of_the_invoice(agreed, amount, asked, charges):
    found = distribute(agreed, amount=usd(amount), stage=Stage.TRIAL, claims=asked, taxing=charges)
    assert total((line.paid for line in found.lines), "USD") == usd(amount)
    assert all(usd(0) <= line.paid <= line.asked for line in found.lines)
    costs = [one.amount.minor for one in asked if one.part is Part.COSTS and one.is_taxed]
    invoice, _ = charges(TaxBase.of_lines([found.paid(Part.FEE).minor], costs))
    added = sum(charge.amount_minor for charge in invoice if not charge.rule.is_included)
    assert sum(line.asked.minor for line in found.lines if line.part is Part.TAX) == added


@given(tiered(), amounts, taxed_claims, taxing(), st.randoms())
def test_the_client_gets_what_is_left_after_the_tax_whatever_the_order_of_claims(agreed, amount, asked, charges, chance):
    other = asked[:]
    chance.shuffle(other)
    plain, taxed, again = (
        distribute(agreed, amount=usd(amount), stage=Stage.TRIAL, claims=some, taxing=how)
        for some, how in ((asked, None), (asked, charges), (other, charges))
    )
    assert [taxed.paid(part) for part in Part] == [again.paid(part) for part in Part]
    assert taxed.paid(Part.FEE) == plain.paid(Part.FEE)
    assert taxed.paid(Part.REFERRAL) == plain.paid(Part.REFERRAL)
    if not taxed.shortfall:
        assert taxed.paid(Part.CLIENT) == plain.paid(Part.CLIENT) - taxed.paid(Part.TAX)


def test_a_tax_says_on_what_it_is_charged():
    rules = [TaxRule("GST", 50_000, True, True, DAY), TaxRule("QST", 95_000, True, True, DAY, on_top_of="GST")]
    costs = [Claim(Part.COSTS, "Expert", usd(400_000), is_taxed=True), Claim(Part.COSTS, "Court fee", usd(50_000))]
    found = distribute(
        terms(THIRD),
        amount=usd(9_000_000),
        stage=Stage.TRIAL,
        claims=costs,
        taxing=lambda base: (taxes_on(rules, [base], on=DAY)[0], []),
    )
    assert [(line.name, line.rule) for line in found.lines if line.part is Part.TAX] == [
        ("GST", "5 % of the attorney fee and taxed costs, $34,000.00"),
        ("QST", "9.5 % of the attorney fee, taxed costs and GST, $35,700.00"),
    ]
    assert list(found.taxed.notes("USD")) == []
