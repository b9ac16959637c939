from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.contingency import (
    STATUTES,
    Basis,
    Claim,
    ContingencyTerms,
    Part,
    Position,
    Recovery,
    Referral,
    Stage,
    Tier,
    distribute,
    exact_percent_text,
    fee_on,
    fees_on,
    parse_exact_percent,
    position_data,
    position_from,
    refuse_shortfall,
    terms_data,
    terms_from,
)
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money, total
from tests.examples import money_property

THIRD = Fraction(1, 3)
percents = st.fractions(0, 1, max_denominator=300)
amounts = st.integers(1, 10**9)


def usd(minor):
    return Money(minor, "USD")


def terms(*percents, limits=(), basis=Basis.GROSS, **others):
    edges = [0, *limits, None]
    tiers = tuple(Tier(above, up_to, percent) for (above, up_to), percent in zip(pairwise(edges), percents, strict=True))
    return ContingencyTerms("USD", basis, dict.fromkeys(Stage, tiers), "agreement of Mar 2, 2026", **others)


@st.composite
def tiered(draw, basis=None):
    limits = sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))
    shares = [draw(percents) for _ in range(len(limits) + 1)]
    share = draw(st.none() | st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100))
    referral = Referral("Hale & Co.", share, date(2026, 3, 2)) if share else None
    return terms(*shares, limits=limits, basis=basis or draw(st.sampled_from(Basis)), referral=referral)


claims = st.lists(
    st.builds(Claim, st.sampled_from([Part.COSTS, Part.LIEN, Part.MEDICAL]), st.just("Claim"), st.integers(1, 10**8).map(usd)), max_size=6
)


def fee(agreed, *amounts, costs=0):
    return sum(one.fee.minor for one in fees_on(agreed, [Recovery(usd(amount), Stage.TRIAL, usd(costs)) for amount in amounts]))


@money_property
@given(tiered(), amounts, claims, st.integers(0, 10**9))
def test_the_parts_equal_the_recovery_and_none_is_negative(agreed, amount, asked, base):
    before = fee_on(agreed, Recovery(usd(base), Stage.TRIAL, usd(0))).after if base else None
    found = distribute(agreed, amount=usd(amount), stage=Stage.TRIAL, claims=asked, before=before)
    assert total((line.paid for line in found.lines), "USD") == usd(amount)
    assert all(usd(0) <= line.paid <= line.asked for line in found.lines)
    assert total((band.fee for band in found.fee.bands), "USD") == found.fee.fee == found.paid(Part.FEE) + found.paid(Part.REFERRAL)
    assert total((band.part for band in found.fee.bands), "USD") == found.fee.base
    assert found.shortfall == usd(0) or found.paid(Part.CLIENT) == usd(0)


@given(tiered(), amounts, amounts, st.integers(0, 10**6), claims)
def test_more_recovered_is_never_less_fee_nor_less_for_the_client(agreed, amount, more, costs, asked):
    small, large = (
        distribute(agreed, amount=usd(one), stage=Stage.TRIAL, claims=[*asked, Claim(Part.COSTS, "Costs", usd(costs + 1))])
        for one in (amount, amount + more)
    )
    assert small.fee.fee <= large.fee.fee
    assert small.paid(Part.CLIENT) <= large.paid(Part.CLIENT)
    assert small.shortfall >= large.shortfall


@money_property
@given(tiered(Basis.GROSS), st.lists(amounts, min_size=1, max_size=5), st.randoms())
def test_the_order_of_recoveries_does_not_change_the_sum_of_their_fees(agreed, recovered, chance):
    other = recovered[:]
    chance.shuffle(other)
    assert fee(agreed, *recovered) == fee(agreed, *other)


@given(tiered(), amounts)
def test_two_halves_cost_what_the_whole_costs(agreed, half):
    assert fee(agreed, half, half) == fee(agreed, 2 * half)


@given(tiered(Basis.NET), amounts, st.integers(0, 10**9))
def test_on_net_of_costs_the_costs_are_paid_before_there_is_a_fee(agreed, amount, costs):
    found = distribute(agreed, amount=usd(amount), stage=Stage.TRIAL, claims=[Claim(Part.COSTS, "Costs", usd(costs))] if costs else [])
    assert found.paid(Part.COSTS) == usd(min(amount, costs))
    assert found.fee.base == usd(max(0, amount - costs))


@given(tiered(), st.integers(0, 10**9), amounts)
def test_terms_and_positions_come_back_from_storage_as_they_were(agreed, base, amount):
    assert terms_from(terms_data(agreed)) == agreed
    position = fee_on(agreed, Recovery(usd(amount), Stage.TRIAL, usd(0)), Position(base, Fraction(base, 3))).after
    assert position_from(position_data(position)) == position


@pytest.mark.parametrize("statute", STATUTES.values(), ids=STATUTES.keys())
def test_every_statute_makes_terms_that_are_stored_and_names_its_source(statute):
    assert terms_from(terms_data(statute.terms(minor=True))) == statute.terms(minor=True)
    assert statute.source
    assert set(statute.tiers) == set(Stage)


@given(st.fractions(0, 1, max_denominator=97).filter(lambda share: (share * 100).denominator < 100))
def test_percentages_are_read_back_exactly(share):
    assert parse_exact_percent(exact_percent_text(share)) == share


@pytest.mark.parametrize(
    ("typed", "share"),
    [("33 1/3", THIRD), ("33⅓ %", THIRD), ("40", Fraction(2, 5)), ("12.5%", Fraction(1, 8)), ("0", Fraction(0)), ("100", Fraction(1))],
)
def test_percentages_are_read(typed, share):
    assert parse_exact_percent(typed) == share


@pytest.mark.parametrize("typed", ["", "a third", "-5", "33 1/0", "1e2", "33.33333", "٣٣"])
def test_what_is_no_percentage_is_refused(typed):
    with pytest.raises(InvalidInput, match=r"^Write the percentage like 40, 12\.5 or 33 1/3\.$"):
        parse_exact_percent(typed)


@pytest.mark.parametrize("typed", ["100.01", "100 1/3", "150"])
def test_more_than_everything_is_refused(typed):
    with pytest.raises(InvalidInput, match="Type at most 100"):
        parse_exact_percent(typed, field="percent_trial_0")


def of_tiers(*tiers):
    return ContingencyTerms("USD", Basis.GROSS, {Stage.TRIAL: tiers}, "agreement")


@pytest.mark.parametrize(
    ("tiers", "field", "words"),
    [
        ((Tier(100, None, THIRD),), "above_0", "Nothing is said about the first"),
        ((Tier(0, 100, THIRD),), "up_to_0", "Nothing is said about what is above"),
        ((Tier(0, 100, THIRD), Tier(200, None, THIRD)), "above_1", "Nothing is said about the part from"),
        ((Tier(0, 200, THIRD), Tier(100, None, THIRD)), "above_1", "has two percentages"),
        ((Tier(0, None, THIRD), Tier(100, None, THIRD)), "up_to_0", "never reached"),
        ((Tier(0, 100, THIRD), Tier(100, 50, THIRD)), "up_to_1", "above the one before"),
        ((Tier(0, None, Fraction(101, 100)),), "percent_trial_0", "between 0 and 100"),
        ((Tier(0, None, Fraction(-1)),), "percent_trial_0", "between 0 and 100"),
        ((), "percent_trial_0", "one to 8"),
    ],
)
def test_tiers_with_gaps_overlaps_or_absurd_percentages_are_refused_beside_their_field(tiers, field, words):
    with pytest.raises(InvalidInput, match=words) as refusal:
        of_tiers(*tiers)
    assert refusal.value.field == field


def test_a_stage_without_a_percentage_is_refused_and_named():
    with pytest.raises(InvalidInput, match="no percentage on appeal") as refusal:
        fee_on(of_tiers(Tier(0, None, THIRD)), Recovery(usd(100), Stage.APPEAL, usd(0)))
    assert refusal.value.field == "stage"
    with pytest.raises(InvalidInput, match="at least one stage"):
        ContingencyTerms("USD", Basis.GROSS, {}, "agreement")


def test_the_second_recovery_continues_in_the_tiers_where_the_first_ended():
    agreed = terms(Fraction(2, 5), Fraction(1, 4), limits=[100_000])
    first, second = fees_on(agreed, [Recovery(usd(80_000), Stage.TRIAL, usd(0)), Recovery(usd(50_000), Stage.TRIAL, usd(0))])
    assert [(band.part.minor, band.fee.minor) for band in first.bands] == [(80_000, 32_000)]
    assert [(band.part.minor, band.fee.minor) for band in second.bands] == [(20_000, 8_000), (30_000, 7_500)]


def test_a_recovery_at_a_later_stage_takes_the_percentage_of_that_stage():
    tiers = {Stage.BEFORE_SUIT: (Tier(0, None, Fraction(1, 4)),), Stage.TRIAL: (Tier(0, None, Fraction(2, 5)),)}
    agreed = ContingencyTerms("USD", Basis.GROSS, tiers, "agreement")
    found = fees_on(agreed, [Recovery(usd(1000), Stage.BEFORE_SUIT, usd(0)), Recovery(usd(1000), Stage.TRIAL, usd(0))])
    assert [one.fee.minor for one in found] == [250, 400]


def test_claims_beyond_the_recovery_are_shown_short_and_refused_in_words():
    found = distribute(
        terms(THIRD), amount=usd(30_000), stage=Stage.TRIAL, claims=[Claim(Part.MEDICAL, "City Hospital", usd(25_000), "bill 77")]
    )
    assert [(line.part, line.paid.minor, line.short.minor) for line in found.lines[1:]] == [
        (Part.MEDICAL, 20_000, 5_000),
        (Part.CLIENT, 0, 0),
    ]
    with pytest.raises(InvalidInput, match=r"^Claims are \$50\.00 more than the recovery leaves\."):
        refuse_shortfall(found)


def test_every_line_names_its_rule():
    agreed = terms(THIRD, referral=Referral("Hale & Co.", Fraction(1, 4), date(2026, 3, 2)))
    lien = Claim(Part.LIEN, "Medicare", usd(1_000), "letter of Oct 1, 2026")
    found = distribute(agreed, amount=usd(9_000_000), stage=Stage.AFTER_FILING, claims=[lien])
    assert [line.rule for line in found.lines] == [
        "33 1/3 % of the recovery, $90,000.00, after filing (agreement of Mar 2, 2026), less the share of Hale & Co.",
        "25 % of the fee of $30,000.00, by the client’s written agreement of Mar 2, 2026",
        "letter of Oct 1, 2026",
        "what is left of the recovery",
    ]


@pytest.mark.parametrize(("firm", "share", "field"), [(" ", THIRD, "referral_firm"), ("Hale", Fraction(1), "referral_percent")])
def test_a_referral_names_the_firm_and_leaves_some_of_the_fee(firm, share, field):
    with pytest.raises(InvalidInput) as refusal:
        Referral(firm, share, date(2026, 3, 2))
    assert refusal.value.field == field


def test_a_fee_is_worked_out_and_never_claimed():
    with pytest.raises(InvariantBroken, match="worked out, not claimed"):
        Claim(Part.FEE, "Fee", usd(1))


def test_a_tier_reads_as_in_an_agreement():
    words = [tier.words("USD") for tier in STATUTES["ny_474a"].tiers[Stage.TRIAL]]
    assert (words[0], words[1], words[-1]) == (
        "30 % of the first $250,000.00",
        "25 % of the part from $250,000.00 to $500,000.00",
        "10 % of what is above $1,250,000.00",
    )
