"""Reads and writes amounts as people type them, exactly: text on one side, integer minor units on the other.

Nothing here passes through a float. What could be meant in two ways is refused with a sentence instead of being guessed.
"""

import re
from typing import NoReturn

from lexapp.domain.currencies import EXPONENTS, SIGNS, exponent, signs
from lexapp.domain.errors import InvalidInput, InvariantBroken

LARGEST_MINOR = 10**15
_LONGEST_TEXT = 40
_BLANKS = " \t\u00a0\u202f"
_MINUS = "-\u2212"
_ALIKE = (" \u00a0\u202f", "'’")


LARGEST_ENTERED = 10**9


def check_size(minor: int, currency: str, *, field: str | None = None) -> None:
    """Refuse more than a billion whole units, up or down: a slip of the keyboard and no bill or payment of a law firm."""
    if abs(minor) > LARGEST_ENTERED * 10 ** exponent(currency):
        raise InvalidInput(_too_large(currency), field=field, code="amount_too_large")


HIGHEST_PER_HOUR = 10_000
_NEAR_A_DOLLAR = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SGD", "USD"})


def check_rate(minor: int, currency: str, *, field: str | None = None) -> None:
    """Refuse a rate per hour that misses its point: above 10,000 where the unit is worth about a dollar, elsewhere as `check_size`."""
    check_size(minor, currency, field=field)
    if currency in _NEAR_A_DOLLAR and minor > (most := HIGHEST_PER_HOUR * 10 ** exponent(currency)):
        sentence = f"That is more than {write_minor(most, currency)} {currency} an hour. Check the decimal point."
        raise InvalidInput(sentence, field=field, code="rate_too_high")


def read_minor(text: object, currency: str, *, decimal: str = ".", group: str = ",") -> int:
    """Minor units of a typed amount such as ``1,234.50``, ``$ 5``, ``-3`` or ``12.5k``; raises ``InvalidInput``."""
    example = write_minor(1234 * 10 ** exponent(currency) + 50 * 10 ** exponent(currency) // 100, currency, decimal=decimal, group=group)
    if not isinstance(text, str) or not text.strip(_BLANKS):
        raise InvalidInput(f"Type an amount, for example {example}.", code="amount_missing")
    negative, number = _without_sign(text.strip(_BLANKS), currency)
    whole, fraction, thousands = _parts(number, decimal, group, example)
    minor = _scaled(whole, fraction, currency, thousands)
    if minor > LARGEST_MINOR:
        raise InvalidInput(_too_large(currency, decimal=decimal, group=group), code="amount_too_large")
    if negative and not minor:
        raise InvalidInput("Type 0 without a minus sign.", code="amount_minus_zero")
    return -minor if negative else minor


def write_minor(minor: int, currency: str, *, decimal: str = ".", group: str = ",") -> str:
    """Text of an amount without its currency: 123450 in USD is ``1,234.50``; ``group=""`` leaves the thousands unmarked."""
    digits = exponent(currency)
    whole, fraction = divmod(abs(minor), 10**digits)
    text = f"{whole:,}".replace(",", group)
    if digits:
        text += f"{decimal}{fraction:0{digits}d}"
    return f"-{text}" if minor < 0 else text


def _too_large(currency: str, *, decimal: str = ".", group: str = ",") -> str:
    most = write_minor(LARGEST_ENTERED * 10 ** exponent(currency), currency, decimal=decimal, group=group)
    return f"That is more than {most} {currency}, the most one can write here. Check it."


def _without_sign(text: str, currency: str) -> tuple[bool, str]:
    negative = text[0] in _MINUS
    number = text[1:].lstrip(_BLANKS) if negative else text
    for sign in signs(currency):
        if number.startswith(sign):
            return negative, number.removeprefix(sign).lstrip(_BLANKS)
        if number.endswith(sign):
            return negative, number.removesuffix(sign).rstrip(_BLANKS)
    _refuse_other_currency(number, currency)
    return negative, number


def _refuse_other_currency(number: str, currency: str) -> None:
    codes = set(re.findall(r"[A-Z]{3}", number))
    if codes & EXPONENTS.keys() or any(sign in number for others in SIGNS.values() for sign in others):
        raise InvalidInput(f"Amounts here are in {currency}. Type the number without another currency’s sign.", code="amount_currency")


def _parts(number: str, decimal: str, group: str, example: str) -> tuple[str, str, bool]:
    match = None if len(number) > _LONGEST_TEXT else _pattern(decimal, group).fullmatch(number)
    if match is None:
        _refuse_shape(number, example)
    whole = re.sub(r"[^0-9]", "", match["whole"] or "")
    return whole, match["fraction"] or "", match["thousands"] is not None


def _pattern(decimal: str, group: str) -> re.Pattern[str]:
    if decimal not in (".", ",") or decimal == group:
        raise InvariantBroken(f"cannot read amounts with {decimal!r} for decimals and {group!r} for thousands")
    mark = next((f"[{alike}]" for alike in _ALIKE if group in alike), re.escape(group))
    grouped = f"|[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+" if group else ""
    return re.compile(rf"(?=[0-9{decimal}])(?P<whole>[0-9]+{grouped})?(?:\{decimal}(?P<fraction>[0-9]+))?(?P<thousands>[kK])?")


def _refuse_shape(number: str, example: str) -> NoReturn:
    if re.fullmatch(r"[0-9.,'’ \u00a0\u202f]+", number) and len(number) <= _LONGEST_TEXT:
        raise InvalidInput(f"The point or comma is not where it belongs. Type the amount like {example}.", code="amount_separators")
    raise InvalidInput(f"That is not an amount. Type it in digits, for example {example}.", code="amount_unreadable")


def _scaled(whole: str, fraction: str, currency: str, thousands: bool) -> int:
    digits = exponent(currency)
    places = digits + 3 if thousands else digits
    if len(fraction) > places:
        raise InvalidInput(_too_many_decimals(currency, digits), code="amount_decimals")
    return int(whole + fraction.ljust(places, "0"))


def _too_many_decimals(currency: str, digits: int) -> str:
    if not digits:
        return f"{currency} has no decimals. Type a whole number."
    return f"{currency} has {digits} decimals. Type at most {digits} digits after the point or comma."
