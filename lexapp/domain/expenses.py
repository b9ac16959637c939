"""What a cost comes to for the client, and what a category of expenses asks for.

A lawyer who has agreed on nothing else charges what was paid to a third party and no more (American Bar Association, Formal Opinion
93-379): a mark-up needs the client's agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lexapp.domain.money import Money
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE
from lexapp.domain.unit_rates import UnitPrice


class Approval(StrEnum):
    """Where an expense stands with whoever has to approve it."""

    NOT_NEEDED = "none"
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


BILLED_STATES = (Approval.NOT_NEEDED, Approval.APPROVED)
"""Those in which an expense may go onto a pre-bill."""


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """What holds for the expenses of a category; amounts in minor units of what was paid. None: never asked for; zero: always."""

    is_taxed: bool = True
    receipt_above_minor: int | None = None
    approval_above_minor: int | None = None

    def is_in_tax_base(self, mark_up_minor: int) -> bool:
        """Only the exact amount that was paid can be left out (United Kingdom: VAT Notice 700, section 25.1)."""
        return self.is_taxed or mark_up_minor > 0

    def needs_receipt(self, paid_minor: int) -> bool:
        return self.receipt_above_minor is not None and paid_minor > self.receipt_above_minor

    def needs_approval(self, paid_minor: int) -> bool:
        return self.approval_above_minor is not None and paid_minor > self.approval_above_minor


NO_RULES = CategoryRules()


@dataclass(frozen=True, slots=True)
class MarkedUp:
    """A cost with its mark-up as a document prints it: quantity x price, rounded half up, is cost + mark-up."""

    price: UnitPrice
    cost_minor: int
    mark_up_minor: int


def mark_up(cost_minor: int, basis_points: int) -> int:
    """What is added to a cost, in minor units: rounded half up, once."""
    return round_half_up(cost_minor * basis_points, WHOLE)


def price_marked_up(quantity_hundredths: int, unit_minor: int, basis_points: int, currency: str) -> MarkedUp:
    """What was paid for some units, marked up: printed as units where that multiplies out, else as one with the units in words."""
    cost = round_half_up(quantity_hundredths * unit_minor, 100)
    added = mark_up(cost, basis_points)
    unit = unit_minor + mark_up(unit_minor, basis_points)
    if round_half_up(quantity_hundredths * unit, 100) == cost + added:
        return MarkedUp(UnitPrice(quantity_hundredths, unit), cost, added)
    whole, rest = divmod(quantity_hundredths, 100)
    units = f"{whole:,}{f'.{rest:02d}' if rest else ''}"
    return MarkedUp(UnitPrice(100, cost + added, f"{units} at {Money(unit_minor, currency).plain}"), cost, added)


def most_charged(cost_minor: int, basis_points: int) -> int:
    """The most that may be charged for a cost under an agreed mark-up, in minor units."""
    return cost_minor + mark_up(cost_minor, basis_points)


def approval_after(needed: bool, before: Approval, *, same: bool) -> Approval:
    """Where an expense stands once it is saved. An approval holds as long as it is about the `same`; what was declined waits again."""
    if not needed:
        return Approval.NOT_NEEDED
    return Approval.APPROVED if same and before is Approval.APPROVED else Approval.WAITING
