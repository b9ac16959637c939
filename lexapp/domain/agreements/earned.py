"""What of a fixed fee is earned when the work ends before it is done.

A lawyer who is discharged or withdraws refunds what was paid in advance and has not been earned (American Bar Association, Model
Rule 1.16(d); Formal Opinion 505 of 2023). How much that is, the firm has to say: by what was reached, by the time that it took, by a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lexapp.domain.allocation import allocate
from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.shares import WHOLE


class EarnedBasis(StrEnum):
    """By what the earned part is told."""

    REACHED = "reached"
    WORK = "work"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class EarnedPart:
    """In minor units: what was agreed, what of it is earned, and what was recorded as a fee so far."""

    agreed_minor: int
    earned_minor: int
    recorded_minor: int

    @property
    def unearned_minor(self) -> int:
        return self.agreed_minor - self.earned_minor

    @property
    def to_bill_minor(self) -> int:
        """What is earned and was not recorded yet."""
        return max(self.earned_minor - self.recorded_minor, 0)

    @property
    def to_return_minor(self) -> int:
        """What was recorded and is not earned."""
        return max(self.recorded_minor - self.earned_minor, 0)


def earned_part(
    agreed_minor: int, *, recorded_minor: int, basis: EarnedBasis, worked_minor: int = 0, share_basis_points: int = 0
) -> EarnedPart:
    """The earned part of a fee. `recorded_minor`: the milestones reached; `worked_minor`: the value of the time that it covers.

    By what was reached: just that. By work: its value, at most the fee. By share: the share of the fee. Raises InvalidInput for a share
    that is none.
    """
    if agreed_minor <= 0 or not 0 <= recorded_minor <= agreed_minor or worked_minor < 0:
        raise InvariantBroken("a fee is above zero, and no more of it is recorded than was agreed")
    if basis is EarnedBasis.REACHED:
        earned = recorded_minor
    elif basis is EarnedBasis.WORK:
        earned = min(agreed_minor, worked_minor)
    else:
        if not 0 <= share_basis_points <= WHOLE:
            raise InvalidInput("Write a share between 0 and 100 percent.", field="share")
        earned = allocate(agreed_minor, [share_basis_points, WHOLE - share_basis_points])[0]
    return EarnedPart(agreed_minor, earned, recorded_minor)
