"""Shares of what a matter costs, in basis points (hundredths of a percent): read, written, and made to add up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lexapp.domain.errors import InvalidInput

WHOLE = 10_000
MOST_PAYERS = 12
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PayerShare:
    """A payer and their share in basis points."""

    client_id: int
    basis_points: int


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


def check_shares(shares: Sequence[PayerShare]) -> None:
    """Refuse shares that cannot stand: none, doubled payers, nothing to pay, a sum that is not 100 %."""
    if not 1 <= len(shares) <= MOST_PAYERS:
        raise InvalidInput(f"Name one to {MOST_PAYERS} payers.", code="payer_count")
    if len({share.client_id for share in shares}) < len(shares):
        raise InvalidInput("A payer stands here twice. Add the two shares up in one line.", code="payer_twice")
    if any(not 0 < share.basis_points <= WHOLE for share in shares):
        raise InvalidInput("A share lies between 0.01 and 100 percent.", code="share_size")
    missing = WHOLE - sum(share.basis_points for share in shares)
    if missing:
        told = f"{percent_text(abs(missing))} % {'is missing' if missing > 0 else 'is too much'}"
        raise InvalidInput(f"The shares add up to {percent_text(WHOLE - missing)} %: {told}. They must make 100 %.", code="share_sum")
