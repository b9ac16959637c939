"""Shares of what a matter costs, in basis points (hundredths of a percent): read and written."""

import re

from lexapp.domain.errors import InvalidInput

WHOLE = 10_000
MOST_PAYERS = 12
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?", re.ASCII)


def parse_percent(text: str) -> int:
    """Basis points of ``60``, ``33.33`` or ``12.5 %``; raises ``InvalidInput``. Zero is no share."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise InvalidInput("Write the share in percent with at most two decimals, for example 60 or 33.33.")
    points = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if not 0 < points <= WHOLE:
        raise InvalidInput("A share lies between 0.01 and 100 percent.")
    return points


def percent_text(basis_points: int) -> str:
    """``60`` for 6000, ``33.33`` for 3333: what ``parse_percent`` reads back."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)
