"""How numbers and dates are written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from lexapp.domain.money import Money
from lexapp.web.dates import parse_date
from lexapp.web.filters import browser_name, clock, date_long, date_short, hours, initials, moment, money, money_parts, money_plain

TODAY = date(2026, 11, 23)  # a Monday


@pytest.mark.parametrize(
    ("amount", "shown", "plain"),
    [
        (Money(123_456_789, "USD"), "$1,234,567.89", "1,234,567.89"),
        (Money(-124_500, "USD"), "−$1,245.00", "-1,245.00"),
        (Money(0, "USD"), "$0.00", "0.00"),
        (Money(5, "USD"), "$0.05", "0.05"),
        (Money(1200, "JPY"), "¥1,200", "1,200"),
        (Money(1_234, "KWD"), "KWD\xa01.234", "1.234"),
        (Money(10**15, "USD"), "$10,000,000,000,000.00", "10,000,000,000,000.00"),
    ],
)
def test_money_is_written_with_the_decimals_of_its_currency(amount: Money, shown: str, plain: str):
    assert money(amount) == shown
    assert money_plain(amount) == plain


def test_money_comes_apart_for_markup():
    assert money_parts(Money(-4_820_450, "USD")) == (True, "$", "48,204", ".50")
    assert money_parts(Money(1200, "JPY")) == (False, "¥", "1,200", "")


@pytest.mark.parametrize(("hundredths", "shown"), [(120, "1.20"), (5, "0.05"), (0, "0.00"), (-150, "−1.50"), (123_456, "1,234.56")])
def test_hours_have_two_places(hundredths: int, shown: str):
    assert hours(hundredths) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00:00"), (3432, "0:57:12"), (90_061, "25:01:01"), (-5, "0:00:00")])
def test_clocks_count_on_after_a_day(seconds: int, shown: str):
    assert clock(seconds) == shown


def test_dates_are_short_in_lists_and_long_in_documents():
    this_year = datetime.now(UTC).year
    assert date_short(date(this_year, 11, 9)) == "Nov 9"
    assert date_short(date(2019, 11, 9)) == "Nov 9, 2019"
    assert date_long(date(2026, 11, 19)) == "November 19, 2026"
    assert date_short(None) == date_long(None) == moment(None) == ""
    assert moment(datetime(2026, 11, 19, 14, 52, tzinfo=UTC)).replace("\u202f", " ") == "Nov 19, 2026, 2:52 pm"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", TODAY),
        ("Yesterday", date(2026, 11, 22)),
        ("-1", date(2026, 11, 22)),
        ("+2", date(2026, 11, 25)),
        ("mon", TODAY),
        ("Friday", date(2026, 11, 20)),
        ("2026-11-19", date(2026, 11, 19)),
        ("11/19", date(2026, 11, 19)),
        ("1/5", date(2027, 1, 5)),
        ("12/31", date(2026, 12, 31)),
        ("11/19/26", date(2026, 11, 19)),
        ("Nov 19, 2026", date(2026, 11, 19)),
        ("november 19", date(2026, 11, 19)),
        ("Feb 29, 2028", date(2028, 2, 29)),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, day: date):
    assert parse_date(text, today=TODAY) == day


NO_DATES = ["Feb 30", "2026-13-01", "13/13", "0", "2/29", "tomorrow week", "٢٠٢٦-١١-١٩", "-9999999", "1e3", "xyz 5", "monty", "mo"]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_refused_with_an_example(text: str):
    with pytest.raises(ValueError, match="Write it like Nov 19, 2026"):
        parse_date(text, today=TODAY)


@pytest.mark.parametrize("text", ["1989-12-31", "2101-01-01", "9999-12-31"])
def test_dates_far_away_are_refused(text: str):
    with pytest.raises(ValueError, match="out of range"):
        parse_date(text, today=TODAY)


def test_names_are_shortened():
    assert [initials(name) for name in ("Marguerite Voss", "Ruth Abernathy-Lund", "Ines", "  ", "")] == ["MV", "RA", "I", "?", "?"]
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
    assert [browser_name(text) for text in (chrome, "curl/8", "")] == ["Chrome on Linux", "Unknown browser", "Unknown browser"]
