"""Figures are printed from integers, exactly, in the order of the locale."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.currencies import exponent
from lexapp.integrations.documents.wording import Figures, plain, shortened, web_address, without_scheme


@given(st.integers(-(10**18), 10**18), st.sampled_from(["USD", "JPY", "KWD"]))
def test_an_amount_reads_back_as_the_same_integer(minor: int, currency: str) -> None:
    text = Figures("en_US", currency).amount(minor)
    assert int(Decimal(text.replace(",", "").replace("\u2212", "-")).scaleb(exponent(currency))) == minor


@pytest.mark.parametrize(
    ("locale", "currency", "minor", "plain_text", "signed"),
    [
        ("en_US", "USD", -140_588, "−1,405.88", "−$1,405.88"),
        ("en-US", "USD", 0, "0.00", "$0.00"),
        ("en_US", "JPY", 3_559_777, "3,559,777", "¥3,559,777"),
        ("en_US", "KWD", 5, "0.005", "KWD\u00a00.005"),
        ("en_IN", "INR", 123_456_789, "12,34,567.89", "₹12,34,567.89"),
        ("de_DE", "EUR", 123_456_789, "1.234.567,89", "1.234.567,89\u00a0€"),
        ("ar_KW", "KWD", 1_000, "1.000", "1.000\u00a0KWD"),
        ("ja_JP", "JPY", 1_000, "1,000", "¥1,000"),
    ],
)
def test_amounts_in_the_locale(locale: str, currency: str, minor: int, plain_text: str, signed: str) -> None:
    figures = Figures(locale, currency)
    assert figures.amount(minor) == plain_text
    assert figures.signed(minor) == signed


@pytest.mark.parametrize(
    ("locale", "short", "with_year", "long", "month_day"),
    [
        ("en_US", "01/05", "01/05/26", "January 5, 2026", "January 5"),
        ("en_GB", "05/01", "05/01/26", "5 January 2026", "5 January"),
        ("de_DE", "05.01.", "05.01.26", "5 January 2026", "5 January"),
    ],
)
def test_dates_in_the_locale(locale: str, short: str, with_year: str, long: str, month_day: str) -> None:
    figures, day = Figures(locale, "USD"), date(2026, 1, 5)
    assert (figures.short_date(day), figures.short_date(day, with_year=True)) == (short, with_year)
    assert (figures.long_date(day), figures.month_day(day)) == (long, month_day)


def test_rates_hours_and_quantities() -> None:
    figures = Figures("en_US", "USD")
    assert (figures.percent(62_500), figures.percent(200_000), figures.percent(1)) == ("6.25%", "20%", "0.0001%")
    assert (figures.hours(6_210), figures.hours(5)) == ("62.10", "0.05")
    assert (figures.quantity(3_140, 2), figures.quantity(124_000, 2), figures.quantity(50, 2)) == ("31.4", "1,240", "0.5")


def test_texts_lose_what_could_turn_figures_around() -> None:
    assert plain(" a \u202e b\n\tc\u2066 ") == "a b c"
    assert shortened("Harrow Mutual Marine", 10) == "Harrow Mu…"
    assert shortened("Harrow", 10) == "Harrow"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//example.com", "", None])
def test_only_web_addresses_become_links(address: str | None) -> None:
    assert web_address(address) is None
    assert without_scheme("https://pay.example.com/l/7Qk2/") == "pay.example.com/l/7Qk2"
