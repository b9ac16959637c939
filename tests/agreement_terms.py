"""Terms of fee agreements of every kind, as Hypothesis makes them."""

import itertools
from datetime import date

import pytest
from hypothesis import strategies as st

from lexapp.domain.agreements import (
    COVERED_PHASES,
    AdvanceRetainer,
    AgreedCap,
    AgreedContingency,
    AgreedDiscount,
    CategoryMarkUp,
    Coverage,
    Covers,
    Due,
    Expenses,
    Flat,
    Hourly,
    HourlyRate,
    Milestones,
    Minimum,
    MonthlyRetainer,
    Part,
    ShareBy,
    SuccessFee,
    SuccessOf,
    check_terms,
)
from lexapp.domain.contingency import STATUTES
from lexapp.domain.errors import InvalidInput
from lexapp.domain.reductions import Counts, Window

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40).filter(str.strip)
DAYS = st.dates(date(1980, 1, 1), date(2150, 1, 1))
DUES = st.one_of(st.just(Due()), DAYS.map(Due.on_day), WORDS.map(Due.when_done))
PHASES = st.lists(st.sampled_from(sorted(COVERED_PHASES)), min_size=1, unique=True).map(lambda some: Coverage(Covers.PHASES, tuple(some)))
COVERAGES = st.one_of(st.just(Coverage()), st.just(Coverage(Covers.ALL)), PHASES)
AMOUNTS = st.integers(1, 10**9)


def numbered(shares, dues, by, total=None, pays_for=Coverage()):  # noqa: B008
    parts = tuple(Part(f"Step {n}", share, due) for n, (share, due) in enumerate(zip(shares, dues, strict=False), 1))
    return Milestones(parts=parts, by=by, total_minor=total, pays_for=pays_for)


def percents(cuts):
    points = sorted({0, 10_000, *cuts})
    return [after - before for before, after in itertools.pairwise(points)]


FLATS = st.builds(Flat, name=WORDS, amount_minor=AMOUNTS, due=DUES, pays_for=COVERAGES)
PLAIN_DUES = st.lists(st.one_of(st.just(Due()), DAYS.map(Due.on_day)), min_size=24, max_size=24)
BY_AMOUNT = st.builds(numbered, st.lists(AMOUNTS, min_size=1, max_size=24), PLAIN_DUES, st.just(ShareBy.AMOUNTS), st.none(), COVERAGES)
BY_PERCENT = st.builds(
    numbered,
    st.lists(st.integers(1, 9_999), max_size=20).map(percents),
    PLAIN_DUES,
    st.just(ShareBy.PERCENT),
    st.integers(10_000, 10**9),
    COVERAGES,
)
COUNTED = st.sampled_from(Counts)
CAPS = st.builds(
    AgreedCap,
    limit_minor=AMOUNTS,
    window=st.sampled_from(Window),
    counts=COUNTED,
    phase=st.sampled_from(["", *COVERED_PHASES]),
    is_hard=st.booleans(),
    since=st.none() | DAYS,
)
DISCOUNTS = st.builds(AgreedDiscount, basis_points=st.integers(1, 10_000), counts=COUNTED) | st.builds(
    AgreedDiscount, amount_minor=AMOUNTS, counts=COUNTED
)
POINTS = st.integers(0, 10_000)
OWN = st.lists(st.builds(CategoryMarkUp, st.integers(1, 50), WORDS, POINTS), max_size=24, unique_by=lambda one: one.category_id)
EXPENSES = st.builds(Expenses, basis_points=POINTS, by_category=OWN.map(tuple))
HOURLY = st.builds(
    lambda rates: Hourly(tuple(HourlyRate(code, minor) for code, minor in rates.items())),
    st.dictionaries(st.sampled_from(["", "PARTNR", "ASSOC", "PARALG", "ADJSTR"]), st.integers(1, 200_000), max_size=4),
)
SUCCESSES = st.builds(
    SuccessFee, name=WORDS, of=st.sampled_from(SuccessOf), basis_points=st.integers(1, 10_000), threshold_minor=st.integers(0, 10**9)
) | st.builds(SuccessFee, name=WORDS, amount_minor=AMOUNTS, threshold_minor=st.integers(0, 10**9))
MINIMUMS = st.builds(Minimum, amount_minor=AMOUNTS, is_monthly=st.booleans())
ADVANCES = st.builds(AdvanceRetainer, amount_minor=AMOUNTS)
MONTHLIES = st.builds(MonthlyRetainer, name=WORDS, amount_minor=AMOUNTS, pays_for=COVERAGES)
CONTINGENCIES = st.sampled_from([AgreedContingency(terms=one.terms(), statute=key) for key, one in STATUTES.items()])
OUTCOMES = (SUCCESSES, MINIMUMS, ADVANCES, MONTHLIES, CONTINGENCIES)
TERMS = st.one_of(HOURLY, FLATS, BY_AMOUNT, BY_PERCENT, CAPS, DISCOUNTS, EXPENSES, *OUTCOMES)


def refusal(*terms):
    """The field and the sentence with which terms are refused."""
    with pytest.raises(InvalidInput) as refused:
        check_terms(terms, "USD")
    return refused.value.field, refused.value.message
