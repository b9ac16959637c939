import dataclasses
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexapp.domain.amounts import LARGEST_MINOR, check_rate, write_minor
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money, MoneyError, exponent, total

minors = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
currencies = st.sampled_from(["USD", "EUR", "JPY", "KWD"])
locales = st.sampled_from([(".", ","), (",", "."), (",", " "), (",", "\u202f"), (".", "'"), (".", "")])


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0", "USD", 0),
        ("5", "USD", 500),
        (" 5 ", "USD", 500),
        ("\u00a05\u00a0", "USD", 500),
        ("1,234.50", "USD", 123450),
        ("1234.5", "USD", 123450),
        ("1,000.00", "USD", 100000),
        (".50", "USD", 50),
        (".5k", "USD", 50_000),
        (".0", "USD", 0),
        ("12.5k", "USD", 1_250_000),
        ("1.23456k", "USD", 123456),
        ("2K", "JPY", 2000),
        ("$ 5", "USD", 500),
        ("$5", "CAD", 500),
        ("US$5.10", "USD", 510),
        ("5 USD", "USD", 500),
        ("USD 5", "USD", 500),
        ("5 €", "EUR", 500),
        ("-1", "USD", -100),
        ("-$1,000", "USD", -100000),
        ("−2.50", "USD", -250),
        ("1,234", "JPY", 1234),
        ("0.005", "KWD", 5),
        ("007", "USD", 700),
        ("10,000,000,000,000.00", "USD", LARGEST_MINOR),
    ],
)
def test_an_amount_is_read_exactly(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "sentence", "code"),
    [
        ("", "Type an amount, for example 1,234.50.", "amount_missing"),
        ("   ", "Type an amount, for example 1,234.50.", "amount_missing"),
        (None, "Type an amount, for example 1,234.50.", "amount_missing"),
        ([], "Type an amount, for example 1,234.50.", "amount_missing"),
        ({"amount": "5"}, "Type an amount, for example 1,234.50.", "amount_missing"),
        (True, "Type an amount, for example 1,234.50.", "amount_missing"),
        (5, "Type an amount, for example 1,234.50.", "amount_missing"),
        (5.0, "Type an amount, for example 1,234.50.", "amount_missing"),
        ("-0", "Type 0 without a minus sign.", "amount_minus_zero"),
        ("-0.00", "Type 0 without a minus sign.", "amount_minus_zero"),
        ("0.001", "USD has 2 decimals. Type at most 2 digits after the point or comma.", "amount_decimals"),
        ("0.005", "USD has 2 decimals. Type at most 2 digits after the point or comma.", "amount_decimals"),
        ("1.000", "USD has 2 decimals. Type at most 2 digits after the point or comma.", "amount_decimals"),
        ("1.234567k", "USD has 2 decimals. Type at most 2 digits after the point or comma.", "amount_decimals"),
        ("1e3", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("1E-7", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("NaN", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("Infinity", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("-Infinity", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("0x10", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("1_000", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("１２３", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("٣", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("12.5m", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("five", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("$", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("-", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("--1", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("+1", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("5\u202e", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("5\x00", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("\ud800", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("1 OR 1=1", "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("9" * 5000, "That is not an amount. Type it in digits, for example 1,234.50.", "amount_unreadable"),
        ("1.000,00", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        ("5\u00a0000", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        ("12,34", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        ("1,23,456.00", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        ("1,2345", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        (",500", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        ("1.2.3", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        ("5.", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        (".", "The point or comma is not where it belongs. Type the amount like 1,234.50.", "amount_separators"),
        ("€ 5", "Amounts here are in USD. Type the number without another currency’s sign.", "amount_currency"),
        ("5 EUR", "Amounts here are in USD. Type the number without another currency’s sign.", "amount_currency"),
        ("CA$5", "Amounts here are in USD. Type the number without another currency’s sign.", "amount_currency"),
        ("999999999999999.99", "That is more than 1,000,000,000.00 USD, the most one can write here. Check it.", "amount_too_large"),
        (str(2**53 + 1), "That is more than 1,000,000,000.00 USD, the most one can write here. Check it.", "amount_too_large"),
        (str(2**63), "That is more than 1,000,000,000.00 USD, the most one can write here. Check it.", "amount_too_large"),
        ("10,000,000,000,000.01", "That is more than 1,000,000,000.00 USD, the most one can write here. Check it.", "amount_too_large"),
    ],
)
def test_what_is_no_plain_amount_is_refused_with_a_sentence_that_helps(text, sentence, code):
    with pytest.raises(InvalidInput) as refusal:
        Money.parse(text, "USD")
    assert (str(refusal.value), refusal.value.code) == (sentence, code)


@pytest.mark.parametrize("text", ["0", "0.00", "-1"])
def test_where_an_amount_must_be_above_zero_nothing_and_less_are_refused(text):
    with pytest.raises(InvalidInput, match=r"^Type an amount above zero\.$"):
        Money.parse(text, "USD", positive=True)
    assert Money.parse("0.01", "USD", positive=True) == Money(1, "USD")


def test_yen_have_no_decimals_and_the_refusal_says_so():
    with pytest.raises(InvalidInput, match=r"^JPY has no decimals\. Type a whole number\.$"):
        Money.parse("1.5", "JPY")


@pytest.mark.parametrize(
    ("text", "decimal", "group", "minor"),
    [
        ("1.234,50", ",", ".", 123450),
        ("1 234,50", ",", " ", 123450),
        ("1\u202f234,50", ",", " ", 123450),
        ("5\u00a0000", ",", "\u00a0", 500000),
        ("1'234.50", ".", "'", 123450),
        ("1’234.50", ".", "'", 123450),
        ("1234,5", ",", "", 123450),
    ],
)
def test_separators_follow_the_locale(text, decimal, group, minor):
    assert Money.parse(text, "EUR", decimal=decimal, group=group) == Money(minor, "EUR")


@pytest.mark.parametrize(("decimal", "group"), [(".", "."), (",", ","), ("'", "."), ("", ",")])
def test_separators_that_cannot_be_told_apart_are_a_programming_mistake(decimal, group):
    with pytest.raises(InvariantBroken):
        Money.parse("1", "EUR", decimal=decimal, group=group)


@pytest.mark.parametrize("text", ["1,234.50", "1,234", "1234.50"])
def test_separators_of_another_locale_are_refused_not_guessed(text):
    with pytest.raises(InvalidInput):
        Money.parse(text, "EUR", decimal=",", group=".")


@given(minors, currencies, locales)
def test_what_is_written_is_read_back_in_every_locale(minor, currency, locale):
    decimal, group = locale
    text = write_minor(minor, currency, decimal=decimal, group=group)
    assert Money.parse(text, currency, decimal=decimal, group=group).minor == minor


@given(st.text(max_size=50))
def test_any_text_is_an_amount_or_a_refusal_and_never_an_accident(text):
    with suppress(InvalidInput):
        assert abs(Money.parse(text, "USD").minor) <= LARGEST_MINOR


@pytest.mark.parametrize(
    ("minor", "currency", "text", "plain", "decimal"),
    [
        (123450, "USD", "$1,234.50", "1234.50", Decimal("1234.50")),
        (-5, "USD", "\N{MINUS SIGN}$0.05", "-0.05", Decimal("-0.05")),
        (1234, "JPY", "¥1,234", "1234", Decimal("1234")),
        (1234567, "KWD", "KWD\N{NO-BREAK SPACE}1,234.567", "1234.567", Decimal("1234.567")),
    ],
)
def test_money_is_written_with_the_decimals_of_its_currency(minor, currency, text, plain, decimal):
    money = Money(minor, currency)
    assert (str(money), money.plain, money.decimal) == (text, plain, decimal)


@pytest.mark.parametrize("stranger", [1, 0, 1.0, True, Decimal(1), Money(1, "EUR")])
@pytest.mark.parametrize(
    "deed",
    [
        lambda money, other: money + other,
        lambda money, other: other + money,
        lambda money, other: money - other,
        lambda money, other: other - money,
        lambda money, other: money == other,
        lambda money, other: money != other,
        lambda money, other: money < other,
        lambda money, other: money <= other,
        lambda money, other: money > other,
        lambda money, other: money >= other,
    ],
)
def test_money_mixes_with_neither_numbers_nor_other_currencies(deed, stranger):
    with pytest.raises(MoneyError):
        deed(Money(1, "USD"), stranger)


@pytest.mark.parametrize("deed", [lambda m: m * 2, lambda m: m / 2, float, int, lambda m: sum([m]), lambda m: round(m)])
def test_money_has_no_operators_that_could_round_unseen(deed):
    with pytest.raises(TypeError):
        deed(Money(1, "USD"))


def test_money_is_never_equal_to_a_thing_of_another_kind():
    assert Money(1, "USD") != "1"
    assert Money(1, "USD") is not None
    assert (Money(1, "USD") == None) is False  # noqa: E711


@pytest.mark.parametrize("minor", [1.0, True, "1", None, Decimal(1)])
def test_money_is_made_of_whole_minor_units_only(minor):
    with pytest.raises(MoneyError):
        Money(minor, "USD")


@pytest.mark.parametrize("currency", ["usd", "", "XXX", "$", None])
def test_money_has_a_real_currency(currency):
    with pytest.raises(InvariantBroken):
        Money(1, currency)


def test_money_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Money(1, "USD").minor = 2


def test_exponents_follow_iso_4217():
    assert [exponent(code) for code in ("USD", "JPY", "KWD", "XOF", "TND")] == [2, 0, 3, 0, 3]


@given(minors, minors)
def test_sums_and_signs_are_those_of_the_integers(a, b):
    one, two = Money(a, "USD"), Money(b, "USD")
    assert (one + two).minor == a + b
    assert (one - two).minor == a - b
    assert one - two == -(two - one)
    assert abs(one).minor == abs(a)
    assert bool(one) == bool(a)
    assert (one < two, one <= two, one > two, one >= two) == (a < b, a <= b, a > b, a >= b)
    assert (hash(one) == hash(two)) or one != two


def test_a_total_of_nothing_is_zero_in_the_currency_asked_for():
    assert total([], "EUR") == Money.zero("EUR")
    assert total([Money(1, "EUR"), Money(2, "EUR")], "EUR") == Money(3, "EUR")
    with pytest.raises(MoneyError):
        total([Money(1, "USD")], "EUR")


@pytest.mark.parametrize(
    ("rate_minor", "hundredths", "amount_minor"),
    [(35000, 10, 3500), (35000, 120, 42000), (33333, 33, 11000), (25005, 10, 2501), (-25005, 10, -2501), (35000, 0, 0), (1, 50, 1)],
)
def test_rate_times_quantity_is_rounded_half_up_once(rate_minor, hundredths, amount_minor):
    assert Money(rate_minor, "USD").times_hundredths(hundredths) == Money(amount_minor, "USD")


@given(minors, st.integers(-10_000, 10_000))
def test_rate_times_quantity_is_within_half_a_unit_of_the_exact_product(rate_minor, hundredths):
    amount = Money(rate_minor, "USD").times_hundredths(hundredths)
    assert abs(amount.minor * 100 - rate_minor * hundredths) <= 50
    assert -amount == Money(-rate_minor, "USD").times_hundredths(hundredths)


@pytest.mark.parametrize("ratio", [(1.5, 2), (1, 2.0), (True, 2)])
def test_a_ratio_is_made_of_whole_numbers(ratio):
    with pytest.raises(MoneyError):
        Money(1, "USD").of_ratio(*ratio)


@pytest.mark.parametrize(("minor", "currency"), [(1_000_000, "USD"), (500_000_000, "IDR")])
def test_a_rate_per_hour_may_be_high(minor: int, currency: str):
    check_rate(minor, currency)


def test_a_rate_per_hour_that_misses_its_point_is_refused():
    with pytest.raises(InvalidInput, match="Check the decimal point") as refused:
        check_rate(1_000_001, "EUR", field="rate")
    assert refused.value.field == "rate"
