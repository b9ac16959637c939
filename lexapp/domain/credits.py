"""Who is credited for collected fees: shares of originating and responsible timekeepers, in basis points, from a day on.

The shares that hold are those of the day on which the money was collected. Work, bills and payments of one matter lie months apart, and
what partners divide is what came in: so one day decides, and it is on the receipt. Money that is taken back takes the credit from those
who had it, by the day on which it had been collected. Where no split is agreed the matter's one timekeeper of the kind has all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lexapp.domain.allocation import allocate
from lexapp.domain.errors import InvalidInput
from lexapp.domain.shares import WHOLE, percent_text

MOST_SHARES = 6


class CreditKind(StrEnum):
    """What somebody is credited for: the matter was theirs to bring, or is theirs to answer for."""

    ORIGINATING = "originating"
    RESPONSIBLE = "responsible"


@dataclass(frozen=True, slots=True)
class CreditShare:
    """A timekeeper and their share in basis points. Nobody (None) is credited where the matter names nobody."""

    timekeeper_id: int | None
    basis_points: int


@dataclass(frozen=True, slots=True)
class CreditSplit:
    """The shares of one kind on one matter, from a day through another (None: until further notice)."""

    kind: CreditKind
    shares: tuple[CreditShare, ...]
    effective_from: date
    effective_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


def check_credit_shares(shares: Sequence[CreditShare]) -> None:
    """Refuse shares that cannot stand: none, the same timekeeper twice, nothing to credit, a sum that is not 100 %."""
    if not shares:
        raise InvalidInput("Choose at least one timekeeper, with a share.", code="share_count")
    if len(shares) > MOST_SHARES:
        raise InvalidInput(f"Name at most {MOST_SHARES} timekeepers.", code="share_count")
    if len({share.timekeeper_id for share in shares}) < len(shares):
        raise InvalidInput("A timekeeper stands here twice. Add the two shares up in one line.", code="timekeeper_twice")
    if any(not 0 < share.basis_points <= WHOLE for share in shares):
        raise InvalidInput("A share lies between 0.01 and 100 percent.", code="share_size")
    missing = WHOLE - sum(share.basis_points for share in shares)
    if missing:
        told = f"{percent_text(abs(missing))} % {'is missing' if missing > 0 else 'is too much'}"
        raise InvalidInput(f"The shares add up to {percent_text(WHOLE - missing)} %: {told}. They must make 100 %.", code="share_sum")


def shares_on(splits: Iterable[CreditSplit], kind: CreditKind, day: date, *, otherwise: int | None) -> tuple[CreditShare, ...]:
    """The shares that hold on a day; without a split, all of it is `otherwise`'s: the matter's one timekeeper of the kind, or nobody."""
    found = next((split.shares for split in splits if split.kind is kind and split.holds_on(day)), None)
    return found or (CreditShare(otherwise, WHOLE),)


def divide_credit(fees_minor: int, shares: Sequence[CreditShare]) -> list[int]:
    """Collected fees in minor units (below zero: taken back) over the shares, by largest remainder, the first of a tie first.

    The parts add up to the fees, and none is a minor unit or more away from its exact share.
    """
    return allocate(fees_minor, [share.basis_points for share in shares])
