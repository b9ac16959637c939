"""Amounts in words, as on a cheque."""

from __future__ import annotations

from lexapp.domain.currencies import exponent
from lexapp.integrations.documents.wording import Figures

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ("", " thousand", " million", " billion", " trillion", " quadrillion")


def amount_in_words(minor: int, figures: Figures) -> str:
    """A positive amount: `Thirty-four thousand five hundred sixty-five and 77/100 US dollars`."""
    unit = 10 ** exponent(figures.currency)
    whole, fraction = divmod(minor, unit)
    part = f" and {str(fraction).rjust(exponent(figures.currency), '0')}/{unit}" if unit > 1 else ""
    text = number_in_words(whole)
    return f"{text[0].upper()}{text[1:]}{part} {figures.currency_name()}"


def number_in_words(number: int) -> str:
    """A number from zero up to below 10**18 in English."""
    if number == 0:
        return _SMALL[0]
    groups: list[str] = []
    for scale in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.insert(0, _below_thousand(group) + scale)
    return " ".join(groups)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_SMALL[hundreds]} hundred"] * bool(hundreds) + [_below_hundred(rest)] * bool(rest)
    return " ".join(parts)


def _below_hundred(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")
