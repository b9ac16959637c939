"""Figures and dates as they are printed: built from integers, in the locale of the document."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import get_currency_name, get_currency_symbol

from lexapp.domain.currencies import exponent

MINUS = "\u2212"
# Direction marks and overrides could turn the figures of a line around; the letters themselves keep their direction.
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Figures:
    """How amounts, quantities and dates of one document are written (`locale` such as en-US, `currency` ISO 4217)."""

    locale: str
    currency: str

    def amount(self, minor: int) -> str:
        """Minor units with all decimals of the currency, no sign of the currency: 1,405.88 or −1,405.88."""
        return self.scaled(minor, exponent(self.currency))

    def signed(self, minor: int) -> str:
        """The amount with the sign of the currency where the locale puts it: $1,405.88."""
        symbol = _symbol(self.locale, self.currency)
        text = _pattern(self.locale).replace("#", self.amount(abs(minor))).replace("¤", symbol)
        return (MINUS if minor < 0 else "") + text

    def hours(self, hundredths: int) -> str:
        """Hundredths of an hour with two decimals: 1.20."""
        return self.scaled(hundredths, 2)

    def quantity(self, value: int, decimals: int) -> str:
        """An integer of `decimals` decimal places without trailing zeros: 3140 with 2 places is 31.4."""
        while decimals and value % 10 == 0:
            value, decimals = value // 10, decimals - 1
        return self.scaled(value, decimals)

    def scaled(self, value: int, decimals: int) -> str:
        """An integer with its last `decimals` digits behind the decimal sign."""
        group, point = _symbols(self.locale)
        digits = str(abs(value)).rjust(decimals + 1, "0")
        whole, fraction = (digits[:-decimals], point + digits[-decimals:]) if decimals else (digits, "")
        return (MINUS if value < 0 else "") + _grouped(whole, group, _group_sizes(self.locale)) + fraction

    def percent(self, millionths: int) -> str:
        """A rate in millionths: 62,500 is 6.25%."""
        space = "\u00a0" if _locale(self.locale).percent_formats[None].pattern.endswith("\u00a0%") else ""
        return f"{self.quantity(millionths, 4)}{space}%"

    def language(self) -> str:
        """The language of the words on the page, for screen readers: English, as the templates are."""
        return str(_words(self.locale)).replace("_", "-")

    def currency_name(self) -> str:
        """The name in the plural: US dollars."""
        return get_currency_name(self.currency, count=2, locale=_words(self.locale))

    def long_date(self, day: date) -> str:
        """For heads and sentences: November 2, 2026."""
        return format_date(day, "long", locale=_words(self.locale))

    def short_date(self, day: date, *, with_year: bool = False) -> str:
        """For tables: 11/02, or 11/02/26 where the table spans more than one year."""
        return format_date(day, _short_pattern(self.locale, with_year), locale=_locale(self.locale))

    def month_day(self, day: date) -> str:
        """For labels: October 1."""
        return format_skeleton("MMMMd", day, locale=_words(self.locale))


def plain(text: str | None) -> str:
    """Text of a user on one line, without direction overrides."""
    return " ".join(_DIRECTION.sub("", text or "").split())


def paragraphs(text: str | None) -> tuple[str, ...]:
    """Text of a user as paragraphs, parted by line breaks."""
    return tuple(line for line in map(plain, (text or "").splitlines()) if line)


def shortened(text: str | None, length: int) -> str:
    """Text on one line of at most `length` characters, cut with an ellipsis: for running heads and the slip."""
    line = plain(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def web_address(address: str | None) -> str | None:
    """The address if it is one a browser opens (http or https), else None: a printed link never runs a script."""
    return address if address and urlsplit(address).scheme in {"http", "https"} and urlsplit(address).netloc else None


LONGEST_ADDRESS = 40  # what the column beside the code can hold


def without_scheme(address: str) -> str:
    """An address as it is typed: pay.example.com/l/7Qk2. One that nobody would type is cut after its host; the code carries it."""
    typed = address.split("://", 1)[1].removesuffix("/")
    return typed if len(typed) <= LONGEST_ADDRESS else f"{typed.split('/', 1)[0]}/…"


def _grouped(whole: str, group: str, sizes: tuple[int, int]) -> str:
    last, other = sizes
    parts = [whole[-last:]]
    whole = whole[:-last]
    while whole:
        parts.insert(0, whole[-other:])
        whole = whole[:-other]
    return group.join(parts)


@cache
def _locale(name: str) -> Locale:
    return Locale.parse(name, sep="-" if "-" in name else "_")


@cache
def _words(name: str) -> Locale:
    """The templates are in English: names of months follow them, figures follow the locale."""
    locale = _locale(name)
    return locale if locale.language == "en" else Locale("en", "GB")


@cache
def _symbols(name: str) -> tuple[str, str]:
    symbols = _locale(name).number_symbols
    symbols = symbols.get("latn", symbols)
    return symbols["group"], symbols["decimal"]


@cache
def _group_sizes(name: str) -> tuple[int, int]:
    last, other = _locale(name).decimal_formats[None].grouping
    return int(last), int(other)


@cache
def _pattern(name: str) -> str:
    """The locale's place of the currency sign: `¤#` or `#\u00a0¤`."""
    pattern = _DIRECTION.sub("", _locale(name).currency_formats["standard"].pattern.split(";")[0])
    return re.sub(r"[#0,.]+", "#", pattern)


@cache
def _symbol(name: str, currency: str) -> str:
    symbol = _printable(get_currency_symbol(currency, locale=_locale(name)), currency)
    letters_touch = symbol[-1].isalpha() and _pattern(name).startswith("¤#")
    return symbol + "\u00a0" if letters_touch else symbol


def _printable(symbol: str, currency: str) -> str:
    """The sign if the document's fonts have it (Latin letters and signs of currencies), else the code of the currency."""
    symbol = unicodedata.normalize("NFKC", symbol)
    return symbol if all(ord(char) < 0x250 or 0x20A0 <= ord(char) < 0x20D0 for char in symbol) else currency


@cache
def _short_pattern(name: str, with_year: bool) -> str:
    """The locale's order of day and month, always with two digits, so that columns stand straight."""
    pattern = str(_locale(name).datetime_skeletons["yMd" if with_year else "Md"].pattern)
    for letter in "dMy":
        pattern = re.sub(f"{letter}+", letter * 2, pattern)
    return pattern
