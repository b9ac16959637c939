"""Rates in percent, as they are typed and shown; kept in millionths."""

from __future__ import annotations

import re

from lexapp.domain.errors import InvalidInput

WHOLE = 1_000_000
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?\s*%?", re.ASCII)


def parse_rate(text: str) -> int:
    """Millionths of ``5``, ``6.25`` or ``9.975 %``; raises ``InvalidInput``. Zero is a rate: it is printed and charges nothing."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise InvalidInput("Write the rate in percent with at most four decimals, for example 5 or 9.975.")
    rate = int(found[1]) * 10_000 + int((found[2] or "0").ljust(4, "0"))
    if rate > WHOLE:
        raise InvalidInput("A rate lies between 0 and 100 percent.")
    return rate


def rate_text(rate_millionths: int) -> str:
    """``5`` for 50,000, ``9.975`` for 99,750: what ``parse_rate`` reads back."""
    whole, rest = divmod(rate_millionths, 10_000)
    return f"{whole}.{rest:04}".rstrip("0") if rest else str(whole)
