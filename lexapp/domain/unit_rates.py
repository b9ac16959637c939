"""What one unit of an own expense costs the client: a mile, a page. Dated, and finer than money: 0.725 dollars a mile.

A rate is kept in hundredths of a minor unit. Units times rate is rounded half up, once. Where the rate is whole minor units a document
prints units times price; else it prints the amount once, with the units and the rate in its words: what is printed multiplies out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lexapp.domain.currencies import exponent
from lexapp.domain.errors import InvalidInput
from lexapp.domain.rounding import round_half_up

FINER_DIGITS = 2
_FINER = 10**FINER_DIGITS
LARGEST_RATE = 10**9
_RATE = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRate:
    """`rate_hundredths` of a minor unit for one `unit` of `name`, from a day through a last one (None: open). `code`: UTBMS expense."""

    id: int
    name: str
    unit: str
    rate_hundredths: int
    effective_from: date
    effective_to: date | None = None
    code: str = ""

    def is_in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Units at a rate as a document prints them: quantity (hundredths) times price (minor units); `note` says the rest, if anything."""

    quantity_hundredths: int
    unit_minor: int
    note: str = ""


def parse_unit_rate(text: str, currency: str) -> int:
    """Hundredths of a minor unit, of a rate typed as `0.725`. Raises InvalidInput."""
    match, digits = _RATE.fullmatch(text.strip()), exponent(currency) + FINER_DIGITS
    if match is None:
        raise InvalidInput("Type the rate as a number, for example 0.725.", code="unit_rate_unreadable")
    whole, decimals = match[1], match[2] or ""
    if len(decimals.rstrip("0")) > digits:
        raise InvalidInput(f"Type at most {digits} digits after the point.", code="unit_rate_decimals")
    found = int(whole + decimals[:digits].ljust(digits, "0"))
    if not 0 < found <= LARGEST_RATE:
        raise InvalidInput("Type a rate above zero, for example 0.725.", code="unit_rate_out_of_range")
    return found


def unit_rate_text(rate_hundredths: int, currency: str) -> str:
    """`0.725`, `0.70`: with the currency's decimals, and finer ones where there are any."""
    digits = exponent(currency)
    text = str(rate_hundredths).rjust(digits + FINER_DIGITS + 1, "0")
    whole, decimals = text[: -digits - FINER_DIGITS], text[-digits - FINER_DIGITS :]
    kept = decimals[:digits] + decimals[digits:].rstrip("0")
    return f"{whole}.{kept}" if kept else whole


def units_text(units_hundredths: int, unit: str) -> str:
    """`1 mile`, `120 miles`, `12.50 miles`."""
    whole, rest = divmod(units_hundredths, 100)
    return f"{whole:,}{f'.{rest:02d}' if rest else ''} {unit}{'' if units_hundredths == 100 else 's'}"


def resolve_unit_rate(rates: Iterable[UnitRate], name: str, on: date) -> UnitRate | None:
    """The rate of that name in force on a day; of several the latest."""
    found = [rate for rate in rates if rate.name == name and rate.is_in_force(on)]
    return max(found, key=lambda rate: (rate.effective_from, rate.id), default=None)


def worth_of(units_hundredths: int, rate_hundredths: int) -> int:
    """Minor units: units times rate, rounded half up once."""
    return round_half_up(units_hundredths * rate_hundredths, 100 * _FINER)


def price_units(units_hundredths: int, rate_hundredths: int, unit: str, currency: str) -> UnitPrice:
    """How units at a rate are printed. Quantity times price is `worth_of` the two."""
    if rate_hundredths % _FINER == 0:
        return UnitPrice(units_hundredths, rate_hundredths // _FINER)
    note = f"{units_text(units_hundredths, unit)} at {unit_rate_text(rate_hundredths, currency)}"
    return UnitPrice(100, worth_of(units_hundredths, rate_hundredths), note)
