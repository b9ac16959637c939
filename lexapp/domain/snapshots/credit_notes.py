"""The credit note, frozen: what it takes off an invoice, line by line, with the tax on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots.coding import decode, encode, to_text
from lexapp.domain.snapshots.parties import Letterhead, Party


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """A line of the invoice as it was charged, and what of it is credited; minor units. `id` is the pre-bill's line."""

    id: int
    on: date
    description: str
    billed_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CreditedTax:
    """What is taken back of a tax on fees, or on expenses. `number` is the firm's registration for it."""

    name: str
    on_expenses: bool
    rate_millionths: int
    amount_minor: int
    is_included: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class CreditNoteSnapshot:
    """A credit note as issued: lines + taxes on top = total, and open before - total = open after. `reason` is printed."""

    number: str
    issued_on: date
    currency: str
    locale: str
    firm: Letterhead
    payer: Party
    client_name: str
    matter: str
    invoice_number: str
    invoice_issued_on: date
    invoice_total_minor: int
    reason: str
    lines: tuple[CreditedLine, ...]
    taxes: tuple[CreditedTax, ...]
    total_minor: int
    open_before_minor: int
    open_after_minor: int
    theme: str = "chambers"
    paper: str = "letter"
    logo_hash: str = ""

    def differences(self) -> list[str]:
        """Every figure that is not what its parts make, as sentences."""
        found = []
        parts = sum(line.amount_minor for line in self.lines) + sum(tax.amount_minor for tax in self.taxes if not tax.is_included)
        if parts != self.total_minor:
            found.append(f"Its parts come to {parts} instead of {self.total_minor}.")
        if self.open_after_minor != self.open_before_minor - self.total_minor or self.open_after_minor < 0:
            found.append(f"It leaves {self.open_after_minor} of {self.open_before_minor} open.")
        if any(not 0 < line.amount_minor <= line.billed_minor for line in self.lines):
            found.append("It credits more of a line than was charged.")
        return found

    def check(self) -> None:
        """Raise InvariantBroken with every difference."""
        found = self.differences()
        if found:
            raise InvariantBroken(f"Credit note {self.number} does not add up. " + " ".join(found))

    def as_text(self) -> str:
        """The snapshot as canonical JSON text: the same snapshot always gives the same text, so it can be stored with its hash."""
        return to_text(encode(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CreditNoteSnapshot:
        """The snapshot back from its JSON values. Raises InvariantBroken for data that does not fit."""
        return decode(cls, data)
