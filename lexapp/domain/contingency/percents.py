"""Percentages of a fee agreement, exactly: a third is a third and not 33.33."""

import re
from fractions import Fraction

from lexapp.domain.errors import InvalidInput

_PERCENT = re.compile(r"(?P<whole>[0-9]{1,3})(?:\.(?P<decimals>[0-9]{1,4})|\s+(?P<over>[0-9]{1,2})/(?P<under>[0-9]{1,2}))?\s*%?", re.ASCII)
_SIGNS = {"⅓": " 1/3", "⅔": " 2/3", "½": " 1/2", "¼": " 1/4", "¾": " 3/4"}


def parse_exact_percent(text: str, *, field: str | None = None) -> Fraction:
    """The share that ``33 1/3``, ``33⅓ %``, ``40`` or ``12.5 %`` names, between 0 and 1; raises ``InvalidInput``."""
    found = _PERCENT.fullmatch(_spelled(text))
    if found is None or (found["under"] and not int(found["under"])):
        raise InvalidInput("Write the percentage like 40, 12.5 or 33 1/3.", field=field, code="percent_unreadable")
    percent = Fraction(f"{found['whole']}.{found['decimals'] or 0}")
    if found["under"]:
        percent += Fraction(int(found["over"]), int(found["under"]))
    if percent > 100:
        raise InvalidInput("A fee of more than 100 percent is not possible. Type at most 100.", field=field, code="percent_over_100")
    return percent / 100


def exact_percent_text(share: Fraction) -> str:
    """``33 1/3`` for a third, ``12.5`` for an eighth, ``40`` for two fifths: what ``parse_exact_percent`` reads back."""
    percent = share * 100
    if 10_000 % percent.denominator == 0:
        whole, rest = divmod(int(percent * 10_000), 10_000)
        return f"{whole}.{rest:04}".rstrip("0") if rest else str(whole)
    whole, rest = divmod(percent.numerator, percent.denominator)
    return f"{whole} {rest}/{percent.denominator}"


def _spelled(text: str) -> str:
    for sign, words in _SIGNS.items():
        text = text.replace(sign, words)
    return text.strip()
