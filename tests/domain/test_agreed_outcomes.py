"""Success fees, minimums and retainers: what they come to, how it is explained, and what is refused beside its field."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.agreements import (
    AdvanceRetainer,
    AgreedCap,
    AgreedContingency,
    AgreedDiscount,
    Agreement,
    Coverage,
    Covers,
    Minimum,
    MonthlyRetainer,
    SuccessFee,
    Term,
    check_terms,
    month_end,
    months_over,
    taken_off_by,
)
from lexapp.domain.agreements.reasons import beyond_steps, minimum_steps, retainer_steps, success_steps
from lexapp.domain.contingency import STATUTES, Basis, ContingencyTerms, Stage, Tier
from lexapp.domain.derivations import follow, steps_data, steps_from
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Counts, Piece, reduce_drafts
from lexapp.domain.shares import parse_percent
from tests.markdown_tables import table_under

VALUES = st.integers(1, 10**12)
SHARES = st.builds(
    SuccessFee, name=st.just("Sale"), basis_points=st.integers(1, 10_000), threshold_minor=st.integers(0, 10**11)
) | st.builds(SuccessFee, name=st.just("Sale"), amount_minor=st.integers(1, 10**10), threshold_minor=st.integers(0, 10**11))


@given(SHARES, st.lists(VALUES, min_size=1, max_size=6))
def test_the_fees_of_several_results_are_the_fee_of_all_and_each_is_explained(term: SuccessFee, values: list[int]) -> None:
    before, fees = 0, []
    for value in values:
        fee = term.further_minor(before, value)
        assert fee >= 0
        assert follow(steps_from(steps_data(success_steps(term, before, value)))) == fee
        fees.append(fee)
        before += value
    assert sum(fees) == term.fee_minor(sum(values))
    assert term.fee_minor(sum(values)) <= max(sum(values), term.amount_minor)


@pytest.mark.parametrize(
    ("term", "value", "fee"),
    [
        (SuccessFee(name="Sale", basis_points=1_000, threshold_minor=200_000_00), 1_000_000_00, 80_000_00),
        (SuccessFee(name="Sale", basis_points=1_000, threshold_minor=200_000_00), 200_000_00, 0),
        (SuccessFee(name="Sale", basis_points=333, threshold_minor=0), 50, 2),
        (SuccessFee(name="Sale", amount_minor=25_000_00, threshold_minor=100_00), 100_01, 25_000_00),
        (SuccessFee(name="Sale", amount_minor=25_000_00, threshold_minor=100_00), 100_00, 0),
    ],
)
def test_a_success_fee_counts_what_lies_above_its_threshold(term: SuccessFee, value: int, fee: int) -> None:
    assert term.fee_minor(value) == fee


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_minimum_adds_what_is_missing_and_says_how(amount: int, worked: int) -> None:
    term = Minimum(amount_minor=amount)
    missing = term.missing_minor(worked)
    assert worked + missing >= amount
    assert missing == 0 or follow(minimum_steps(term, worked, when="in May")) == missing


@given(st.integers(1, 744_00), st.integers(0, 744_00), st.integers(1, 10**6))
def test_hours_beyond_a_retainer_multiply_out(included: int, worked: int, rate: int) -> None:
    paid = {"amount_minor": 100, "pays_for": Coverage(Covers.ALL), "hours_hundredths": included, "beyond_minor_per_hour": rate}
    term = MonthlyRetainer(name="Counsel", **paid)  # type: ignore[arg-type]
    assert follow(beyond_steps(term, worked, date(2026, 5, 1))) == term.beyond_minor(worked)
    assert follow(retainer_steps(term, date(2026, 5, 1))) == 100
    assert (term.beyond_minor(worked) == 0) or worked > included


@given(st.dates(date(1990, 1, 1), date(2150, 1, 1)), st.integers(0, 500))
def test_months_are_those_whose_last_day_an_agreement_holds(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    months = list(months_over(first, last, through=date(2199, 1, 1)))
    ends = {month_end(date.fromordinal(day)) for day in range(first.toordinal(), last.toordinal() + 1)}
    assert months == sorted(end.replace(day=1) for end in ends if end <= last)


OWN = ContingencyTerms("USD", Basis.GROSS, {Stage.TRIAL: (Tier(0, None, Fraction(2, 5)),)}, "engagement letter")
ALL = Coverage(Covers.ALL)


@pytest.mark.parametrize(
    ("term", "field"),
    [
        (SuccessFee(name=" ", amount_minor=1), "name"),
        (SuccessFee(name="Sale"), "fee"),
        (SuccessFee(name="Sale", basis_points=10_001), "fee"),
        (SuccessFee(name="Sale", basis_points=-1), "fee"),
        (SuccessFee(name="Sale", amount_minor=-1), "fee"),
        (SuccessFee(name="Sale", amount_minor=1, threshold_minor=-1), "threshold_minor"),
        (Minimum(amount_minor=0), "amount_minor"),
        (Minimum(amount_minor=-5), "amount_minor"),
        (AdvanceRetainer(amount_minor=0), "amount_minor"),
        (AdvanceRetainer(amount_minor=100, minimum_minor=-1), "minimum_minor"),
        (AdvanceRetainer(amount_minor=100, minimum_minor=101), "minimum_minor"),
        (MonthlyRetainer(name="", amount_minor=1), "name"),
        (MonthlyRetainer(name="Counsel", amount_minor=0), "amount_minor"),
        (MonthlyRetainer(name="Counsel", amount_minor=1, hours_hundredths=100, beyond_minor_per_hour=1), "hours"),
        (MonthlyRetainer(name="Counsel", amount_minor=1, pays_for=ALL, hours_hundredths=744_01, beyond_minor_per_hour=1), "hours"),
        (MonthlyRetainer(name="Counsel", amount_minor=1, pays_for=ALL, hours_hundredths=100), "beyond_minor_per_hour"),
        (MonthlyRetainer(name="Counsel", amount_minor=1, pays_for=ALL, beyond_minor_per_hour=5), "beyond_minor_per_hour"),
        (AgreedContingency(terms=ContingencyTerms("USD", Basis.GROSS, OWN.tiers, " ")), "source"),
    ],
)
def test_what_cannot_be_agreed_is_refused_beside_its_field(term: Term, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_terms([term], "USD")
    assert refusal.value.field == f"term_1_{field}"


def test_a_schedule_of_another_currency_and_a_second_of_a_kind_are_refused() -> None:
    statute = AgreedContingency(terms=STATUTES["ny_474a"].terms(), statute="ny_474a")
    with pytest.raises(InvalidInput) as refusal:
        check_terms([statute], "EUR")
    assert refusal.value.field == "term_1_statute"
    for term in (statute, Minimum(amount_minor=1), AdvanceRetainer(amount_minor=1), MonthlyRetainer(name="A", amount_minor=1)):
        with pytest.raises(InvalidInput):
            check_terms([term, term], "USD")


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (AgreedContingency(terms=OWN), "40 % at trial, counted on the recovery."),
        (SuccessFee(name="Sale", basis_points=1_000, threshold_minor=200_000_00), "Sale: 10 % of the value achieved above $200,000.00."),
        (SuccessFee(name="Permit", amount_minor=5_000_00), "Permit: $5,000.00 once the value achieved is there."),
        (
            Minimum(amount_minor=5_000_00),
            "At least $5,000.00 a month for time by the hour. What is missing is billed as a fee, once the month is over.",
        ),
    ],
)
def test_terms_say_themselves(term: Term, words: str) -> None:
    assert term.sentences("USD")[0].replace("USD ", "$") == words


def minor(text: str) -> int:
    return Money.parse(text, "USD").minor


@pytest.mark.parametrize("row", table_under("money.md", "Success fees"), ids=lambda row: f"{row['Fee']} above {row['Threshold']}")
def test_the_table_of_success_fees_is_worked_again(row: dict[str, str]) -> None:
    fee = {"basis_points": parse_percent(row["Fee"])} if "%" in row["Fee"] else {"amount_minor": minor(row["Fee"])}
    term = SuccessFee(name="Sale", threshold_minor=minor(row["Threshold"]), **fee)
    values = [minor(text) for text in row["Achieved"].split(", ")]
    fees = [term.further_minor(sum(values[:place]), value) for place, value in enumerate(values)]
    assert fees == [minor(text) for text in row["Fees"].split(", ")]


def charged(worked_minor: int, percent: str = "", most: str = "") -> int:
    """What is left of time by the hour after a discount and a cap, as the document writes them."""
    terms: list[AgreedDiscount | AgreedCap] = []
    if percent:
        terms.append(AgreedDiscount(basis_points=parse_percent(percent.removesuffix(" % off fees"))))
    if most:
        limit = minor(most.removeprefix("at most ").removesuffix(" of time"))
        terms.append(AgreedCap(limit_minor=limit, counts=Counts.TIME))
    taken = taken_off_by([Agreement(1, date(2026, 1, 1), None, tuple(terms))], {1: date(2026, 1, 31)}, "USD")
    piece = Piece(1, LineKind.TIME, 1, date(2026, 1, 5), "", (worked_minor,))
    offs = reduce_drafts([piece], taken.reductions, taken.cappings).get(piece, ())
    return worked_minor + sum(sum(off.parts) for off in offs)


@pytest.mark.parametrize("row", table_under("money.md", "Minimums and monthly retainers"), ids=lambda row: row["Worked"])
def test_the_table_of_minimums_and_retainers_is_worked_again(row: dict[str, str]) -> None:
    if row["Agreed"].startswith("at least "):
        least, *less = row["Agreed"].removeprefix("at least ").split("; ")
        assert Minimum(amount_minor=minor(least)).missing_minor(charged(minor(row["Worked"]), *less)) == minor(row["Fee"])
        return
    hours, rate = row["Agreed"].removesuffix(" an hour beyond").split(" h included, ")
    paid = {"hours_hundredths": minor(hours), "beyond_minor_per_hour": minor(rate), "pays_for": ALL}
    term = MonthlyRetainer(name="Counsel", amount_minor=1, **paid)  # type: ignore[arg-type]
    assert term.beyond_minor(minor(row["Worked"].removesuffix(" h"))) == minor(row["Fee"])


def test_a_minimum_for_time_by_the_hour_needs_time_by_the_hour() -> None:
    whole = MonthlyRetainer(name="Counsel", amount_minor=1, pays_for=ALL)
    for terms, number in (((whole, Minimum(amount_minor=1)), 2), ((Minimum(amount_minor=1), whole), 1)):
        with pytest.raises(InvalidInput, match="nothing would count towards the minimum") as caught:
            check_terms(terms, "USD")
        assert caught.value.field == f"term_{number}_kind"
