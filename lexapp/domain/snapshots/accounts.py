"""The client's account and the trust account as they stood at issue."""

from dataclasses import dataclass, field
from datetime import date

from lexapp.domain.snapshots.parties import PaymentInstructions


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment applied since the last invoice; the amount is positive."""

    on: date
    description: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """Previous balance - payments since + this invoice = total due. `payments_since_on` is the day after which payments are listed."""

    previous_balance_minor: int = 0
    previous_description: str = ""
    payments_since_on: date | None = None
    payments: tuple[PaymentLine, ...] = ()
    payments_minor: int = 0
    this_invoice_minor: int = 0
    total_due_minor: int = 0


@dataclass(frozen=True, slots=True)
class EarlyPayment:
    """What of this invoice may be kept by whoever pays the rest, all at once, through the last day."""

    basis_points: int
    amount_minor: int
    last_on: date


@dataclass(frozen=True, slots=True)
class TrustLine:
    """A movement of trust money: positive in, negative out, with its number and the balance after it."""

    on: date
    number: str
    description: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Replenishment:
    """Agreed balance - held = requested, for the trust account only."""

    agreed_minor: int
    held_minor: int
    requested_minor: int
    due_on: date | None = None
    how_to_pay: PaymentInstructions = field(default_factory=PaymentInstructions)


@dataclass(frozen=True, slots=True)
class TrustSummary:
    """One matter's trust ledger from the last invoice to this one."""

    ledger_name: str
    opening_on: date
    opening_minor: int
    movements: tuple[TrustLine, ...]
    closing_minor: int
    replenishment: Replenishment | None = None
