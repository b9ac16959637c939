from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.allocation import allocate
from lexapp.domain.credits import CreditKind, CreditShare, CreditSplit, check_credit_shares, divide_credit, shares_on
from lexapp.domain.errors import InvalidInput
from lexapp.domain.shares import WHOLE, parse_percent
from tests.examples import money_property
from tests.markdown_tables import table_under

JULY = date(2026, 7, 1)
FEES = st.integers(-(10**10), 10**10)


def shares(*points: int) -> tuple[CreditShare, ...]:
    return tuple(CreditShare(id_, one) for id_, one in enumerate(points, 1))


def cents(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


@st.composite
def whole_shares(draw: st.DrawFn) -> tuple[CreditShare, ...]:
    weights = draw(st.lists(st.integers(1, 50), min_size=1, max_size=6))
    points = [part + 1 for part in allocate(WHOLE - len(weights), weights)]
    return shares(*points)


@pytest.mark.parametrize("row", table_under("money.md", "Credit for collected fees"), ids=lambda row: row["Fees collected"])
def test_collected_fees_are_divided_to_the_cent_as_the_document_says(row):
    points = [parse_percent(text) for text in row["Shares in percent"].split(", ")]
    expected = [cents(text) for text in row["Credited"].split(", ")]
    assert divide_credit(cents(row["Fees collected"].removesuffix(" USD")), shares(*points)) == expected


@money_property
@given(FEES, whole_shares())
def test_credits_add_up_and_no_part_is_a_cent_from_its_exact_share_and_money_taken_back_mirrors_it(fees, split):
    check_credit_shares(split)
    parts = divide_credit(fees, split)
    assert sum(parts) == fees
    assert all(abs(part - Fraction(fees * one.basis_points, WHOLE)) < 1 for part, one in zip(parts, split, strict=True))
    assert divide_credit(-fees, split) == [-part for part in parts]


@given(st.integers(-400, 400), st.lists(st.integers(1, 90), max_size=4))
def test_one_split_of_a_kind_holds_on_a_day_and_the_matters_own_timekeeper_on_all_others(offset, lengths):
    splits, first = [], JULY
    for number, days in enumerate(lengths, 1):
        last = first + timedelta(days=days - 1)
        splits.append(CreditSplit(CreditKind.ORIGINATING, (CreditShare(number, WHOLE),), first, last))
        first = last + timedelta(days=1)
    day = JULY + timedelta(days=offset)
    (found,) = shares_on(splits, CreditKind.ORIGINATING, day, otherwise=99)
    holding = [number for number, split in enumerate(splits, 1) if split.effective_from <= day <= (split.effective_to or day)]
    assert [found.timekeeper_id] == (holding or [99])
    assert shares_on(splits, CreditKind.RESPONSIBLE, day, otherwise=None) == (CreditShare(None, WHOLE),)


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        ((), "at least one timekeeper"),
        (shares(6_000, 3_000), "10 % is missing"),
        (shares(6_000, 5_000), "10 % is too much"),
        ((CreditShare(1, 5_000), CreditShare(1, 5_000)), "stands here twice"),
        (shares(10_000, 0), "between 0.01 and 100"),
        (shares(*[1_000] * 10), "Name at most 6"),
    ],
)
def test_shares_that_cannot_stand_are_refused_in_words(split, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        check_credit_shares(split)
