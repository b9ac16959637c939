"""What a part-paid invoice has paid of: money applied to it, spread over what it charges.

Allocations are kept per invoice and matter only. Every report that speaks of collected fees, costs, tax or people asks these functions,
so that they agree to the cent. The spread is by what is applied *in all* as of a date, never payment by payment: so it depends on no order,
taking a payment back restores the figures from before, and an invoice paid in full has paid exactly what each of its parts charges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lexapp.domain.allocation import allocate
from lexapp.domain.errors import InvariantBroken


def spread(applied_minor: int, parts: Sequence[int]) -> list[int]:
    """Money applied so far, over parts (minor units, zero or more) in proportion, by largest remainder.

    The result adds up to what is applied, no part is a minor unit or more away from its exact share, and none pays more than it charges
    unless more is applied than all charge: between a payment and the later day on which it was taken back, that can be.
    Raises ``InvariantBroken`` where money is applied to what charges nothing.
    """
    if applied_minor == sum(parts):
        return list(parts)
    if applied_minor and not any(parts):
        raise InvariantBroken(f"{applied_minor} is applied to what charges nothing")
    return allocate(applied_minor, parts) if applied_minor else [0] * len(parts)


@dataclass(frozen=True, slots=True)
class Charges:
    """Fees, costs and tax in minor units: what an invoice charges for one matter, or what of it is paid."""

    fees_minor: int = 0
    costs_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.fees_minor + self.costs_minor + self.tax_minor

    def paid(self, applied_minor: int, credited: "Charges | None" = None) -> "Charges":
        """What is paid of each when so much is applied in all, and so much of the invoice is taken back by credit notes.

        What is credited is not to be paid. Only where dates overlap can more be applied than is left: then all that was charged counts.
        """
        charged = self.payable(applied_minor, credited)
        return Charges(*spread(applied_minor, (charged.fees_minor, charged.costs_minor, charged.tax_minor)))

    def payable(self, applied_minor: int, credited: "Charges | None" = None) -> "Charges":
        """What such an application is spread over."""
        left = self - credited if credited else self
        return left if applied_minor <= left.total_minor else self

    def paid_by(self, applied_before_minor: int, applied_minor: int) -> "Charges":
        """What one more application (negative: one taken back) pays, after so much was applied before it."""
        before, after = self.paid(applied_before_minor), self.paid(applied_before_minor + applied_minor)
        return after - before

    def __add__(self, other: "Charges") -> "Charges":
        return Charges(self.fees_minor + other.fees_minor, self.costs_minor + other.costs_minor, self.tax_minor + other.tax_minor)

    def __sub__(self, other: "Charges") -> "Charges":
        return Charges(self.fees_minor - other.fees_minor, self.costs_minor - other.costs_minor, self.tax_minor - other.tax_minor)


def recovered_costs(paid_costs_minor: int, recovered_minor: int, income_minor: int) -> int:
    """Of costs paid, what gives back costs that the firm had advanced; the rest is income (soft costs, mark-up)."""
    return spread(paid_costs_minor, (recovered_minor, income_minor))[0]


def spread_over_people(paid_fees_minor: int, lines: Sequence[tuple[int | None, int]]) -> list[int]:
    """Fees paid, over the fee lines of an invoice, (timekeeper or None, amount) each: first over the people, then over the lines of each.

    In the order of the lines. People come in the order of their ids, fixed fees before them.
    """
    people = sorted({person for person, _ in lines}, key=lambda person: person or 0)
    places = {person: [place for place, (whose, _) in enumerate(lines) if whose == person] for person in people}
    amounts = [amount for _, amount in lines]
    shares = spread(paid_fees_minor, [sum(amounts[place] for place in places[person]) for person in people])
    found = [0] * len(lines)
    for person, share in zip(people, shares, strict=True):
        for place, part in zip(places[person], spread(share, [amounts[place] for place in places[person]]), strict=True):
            found[place] = part
    return found
