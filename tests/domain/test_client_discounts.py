"""Discounts of a client: its year, what was agreed in words, what cannot be agreed, and the way to the database and back."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money
from lexapp.domain.reductions import (
    Counts,
    EarlyDiscount,
    Reckoning,
    Tier,
    VolumeDiscount,
    YearlyDiscount,
    early_payment,
    read_client_discount,
)
from lexapp.domain.shares import parse_percent
from tests.examples import money_property
from tests.markdown_tables import table_under

TEN_ABOVE = VolumeDiscount((Tier(100_000_00, 1_000),))
DAYS = st.dates(date(1971, 1, 1), date(2190, 12, 31))


@given(DAYS, st.integers(1, 12))
def test_every_day_is_in_one_year_of_the_client_and_the_next_begins_after_it(day: date, first_month: int):
    terms = YearlyDiscount(TEN_ABOVE, first_month)
    year = terms.year_of(day)
    assert day in year
    assert (year.first.month, year.first.day) == (first_month, 1)
    assert terms.year_of(year.last) == terms.year_of(year.first) == year
    assert terms.year_of(year.last + timedelta(days=1)).first == year.last + timedelta(days=1)


def test_a_year_that_begins_in_april_ends_with_march():
    year = YearlyDiscount(TEN_ABOVE, 4).year_of(date(2026, 3, 31))
    assert (year.first, year.last) == (date(2025, 4, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    "terms",
    [
        YearlyDiscount(VolumeDiscount((Tier(0, 1), Tier(5, 10_000)), Reckoning.EVERYTHING, Counts.ALL), 7),
        YearlyDiscount(TEN_ABOVE),
        EarlyDiscount(200, 10),
    ],
)
def test_terms_come_back_as_they_were_kept(terms: YearlyDiscount | EarlyDiscount):
    assert read_client_discount(terms.kind, terms.as_json()) == terms


def test_a_kind_that_is_not_known_is_refused():
    with pytest.raises(InvariantBroken):
        read_client_discount("loyalty", {})


def test_what_was_agreed_is_said_in_words():
    steps = VolumeDiscount((Tier(50_000_00, 500), Tier(100_000_00, 1_250)), Reckoning.EVERYTHING)
    assert YearlyDiscount(steps, 4).sentences("USD") == (
        "5 % above $50,000.00, 12.50 % above $100,000.00 a year.",
        "It is taken off all of the year, once a step is passed. "
        "It counts fees, without settled contingency fees and minimums. The year begins in April.",
    )
    assert EarlyDiscount(200, 10).sentences("USD") == ("2 % if an invoice is paid whole within 10 days.",)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (YearlyDiscount(VolumeDiscount(())), "tiers"),
        (YearlyDiscount(VolumeDiscount((Tier(5, 100), Tier(5, 200)))), "above_2"),
        (YearlyDiscount(VolumeDiscount((Tier(10**15, 100),))), "above_1"),
        (YearlyDiscount(TEN_ABOVE, 0), "first_month"),
        (YearlyDiscount(TEN_ABOVE, 13), "first_month"),
        (EarlyDiscount(0, 10), "percent"),
        (EarlyDiscount(10_001, 10), "percent"),
        (EarlyDiscount(200, 0), "days"),
        (EarlyDiscount(200, 1_000), "days"),
    ],
)
def test_terms_that_cannot_stand_are_refused_beside_their_field(terms: YearlyDiscount | EarlyDiscount, field: str):
    with pytest.raises(InvalidInput) as caught:
        terms.check("USD")
    assert caught.value.field == field


@money_property
@given(st.integers(0, 10**9), st.integers(1, 10_000), st.integers(1, 365), DAYS)
def test_what_is_kept_for_paying_early_is_never_more_than_the_invoice(total: int, points: int, days: int, issued_on: date):
    terms = EarlyDiscount(points, days)
    kept = terms.of(total, issued_on)
    assert 0 <= kept <= total
    assert abs(kept * 10_000 - total * points) <= 5_000
    assert terms.last_day(issued_on) == issued_on + timedelta(days=days)


@pytest.mark.parametrize(
    "row", table_under("money.md", "Discounts for early payment"), ids=lambda row: f"{row['Total']} paid {row['Paid']}"
)
def test_early_payment_as_the_document_says(row: dict[str, str]):
    percent, _, days = row["Discount"].removesuffix(" days").partition(" % in ")
    terms, issued_on, paid_on = EarlyDiscount(parse_percent(percent), int(days)), *map(date.fromisoformat, (row["Issued"], row["Paid"]))
    total = Money.parse(row["Total"], "USD").minor
    kept = early_payment(total, terms.basis_points, issued_on=issued_on, days=terms.days, paid_on=paid_on)
    assert kept == (terms.of(total, issued_on) if paid_on <= terms.last_day(issued_on) else 0)
    assert [kept, total - kept] == [Money.parse(row[name], "USD").minor for name in ("Kept", "Settled with")]
