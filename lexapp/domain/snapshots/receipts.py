"""The receipt for money received, frozen: what a payment paid, or what a deposit added to a trust ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots.parties import Letterhead, Party


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """An invoice that the payment paid, in full or in part: open before - paid - discount for paying early = open after."""

    number: str
    description: str
    open_before_minor: int
    paid_minor: int
    discount_minor: int = 0

    @property
    def open_after_minor(self) -> int:
        """What is left to pay."""
        return self.open_before_minor - self.paid_minor - self.discount_minor


@dataclass(frozen=True, slots=True)
class TrustReceipt:
    """The trust ledger that a deposit went to: balance before + amount = balance after."""

    ledger_name: str
    balance_before_minor: int
    balance_after_minor: int
    number: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptSnapshot:
    """Money received, as receipted. With `trust` it is a deposit of client money and pays no invoice; without, the part of the amount that
    `lines` do not use stays as credit. `held_in_trust_minor` is what the client's trust ledgers held, untouched by a payment: None
    where the payer is somebody else, who is told nothing of the client's money."""

    number: str
    issued_on: date
    received_on: date
    currency: str
    locale: str
    firm: Letterhead
    received_from: Party
    client_name: str
    matter: str
    method: str
    amount_minor: int
    bank_reference: str = ""
    deposited_to: str = ""
    lines: tuple[ReceiptLine, ...] = ()
    trust: TrustReceipt | None = None
    held_in_trust_minor: int | None = 0
    signed_by: str = ""
    theme: str = "chambers"
    paper: str = "letter"
    logo_hash: str = ""

    @property
    def credit_minor(self) -> int:
        """What the invoices did not use."""
        return 0 if self.trust else self.amount_minor - sum(line.paid_minor for line in self.lines)

    def check(self) -> None:
        """Raise InvariantBroken unless the amount is positive and its parts add up."""
        if self.amount_minor <= 0 or self.credit_minor < 0:
            raise InvariantBroken(f"Receipt {self.number} pays more than was received.")
        if any(line.paid_minor <= 0 or line.open_after_minor < 0 for line in self.lines):
            raise InvariantBroken(f"Receipt {self.number} pays more on an invoice than was open.")
        if self.trust and (self.lines or self.trust.balance_after_minor != self.trust.balance_before_minor + self.amount_minor):
            raise InvariantBroken(f"Receipt {self.number} does not agree with its trust ledger.")
