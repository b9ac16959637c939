"""Rows of payments and allocations, for every service that settles an invoice: from a payer's money or from trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, tell_changed
from lexapp.books.numbers import next_number
from lexapp.database import reserve_ids
from lexapp.domain.money import Money
from lexapp.models import Allocation, Payment


@dataclass(frozen=True, slots=True)
class PaymentPlace:
    """The id and number that a payment will have, taken before its journal entry is posted."""

    id: int
    number: int


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A receipt, refund or reversal to be. `original_payment_id` is the receipt that a refund or reversal gives back."""

    kind: str
    payer_id: int
    method: str
    amount: Money
    received_on: date
    bank_account_id: int
    journal_entry_id: int
    reference: str = ""
    memo: str = ""
    original_payment_id: int | None = None
    trust_transaction_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewAllocation:
    """An amount of a payment, or a credit note's, applied to one matter of an invoice; negative, naming what it takes back, to unapply.

    `is_discount`: no money, but what the payer keeps for paying the rest early.
    """

    payment_id: int | None
    invoice_id: int
    matter_id: int
    amount_minor: int
    effective_on: date
    journal_entry_id: int
    reverses_id: int | None = None
    is_discount: bool = False
    credit_note_id: int | None = None


def take_payment_place(session: Session, command: CommandRecord) -> PaymentPlace:
    """The next payment number of the firm, gap-free, and an id."""
    number = next_number(session, firm_id=command.actor.firm_id, series="payment")
    return PaymentPlace(reserve_ids(session, Payment.__table__, 1)[0], number)  # type: ignore[arg-type]


def add_payment(session: Session, command: CommandRecord, place: PaymentPlace, new: NewPayment) -> None:
    """Insert the payment at the place taken for it."""
    row = {
        "id": place.id,
        "firm_id": command.actor.firm_id,
        "number": place.number,
        "kind": new.kind,
        "payer_id": new.payer_id,
        "method": new.method,
        "currency": new.amount.currency,
        "amount_minor": new.amount.minor,
        "received_on": new.received_on,
        "bank_account_id": new.bank_account_id,
        "reference": new.reference,
        "memo": new.memo,
        "original_payment_id": new.original_payment_id,
        "trust_transaction_id": new.trust_transaction_id,
        "journal_entry_id": new.journal_entry_id,
        "recorded_by_user_id": command.actor.user_id,
        "recorded_at": command.at,
    }
    session.execute(insert(Payment), [row])


def add_allocations(session: Session, command: CommandRecord, news: Sequence[NewAllocation]) -> None:
    """Insert allocations, or the negatives that unapply them."""
    rows = [
        {
            "firm_id": command.actor.firm_id,
            "payment_id": new.payment_id,
            "credit_note_id": new.credit_note_id,
            "invoice_id": new.invoice_id,
            "matter_id": new.matter_id,
            "amount_minor": new.amount_minor,
            "effective_on": new.effective_on,
            "reverses_id": new.reverses_id,
            "is_discount": new.is_discount,
            "journal_entry_id": new.journal_entry_id,
            "recorded_at": command.at,
        }
        for new in news
    ]
    if rows:
        session.execute(insert(Allocation), rows)
        tell_changed(session, command, subject_kind="invoice", subject_ids=(new.invoice_id for new in news))


def live_allocations(session: Session, *, firm_id: int, payment_id: int) -> list[Allocation]:
    """The payment's allocations that were not unapplied, the oldest first."""
    reversed_ids = select(Allocation.reverses_id).where(Allocation.firm_id == firm_id, Allocation.reverses_id.is_not(None))
    query = select(Allocation).where(
        Allocation.firm_id == firm_id,
        Allocation.payment_id == payment_id,
        Allocation.reverses_id.is_(None),
        Allocation.id.not_in(reversed_ids),
    )
    return list(session.scalars(query.order_by(Allocation.id)))


def unapplied_minor(session: Session, payment: Payment) -> int:
    """What a receipt still has to give: its amount less refunds, reversal and what is applied."""
    mine = (Payment.firm_id == payment.firm_id) & (Payment.original_payment_id == payment.id)
    given_back = session.scalar(select(func.coalesce(func.sum(Payment.amount_minor), 0)).where(mine))
    ours = (Allocation.firm_id == payment.firm_id) & (Allocation.payment_id == payment.id) & Allocation.is_discount.is_(False)
    applied = session.scalar(select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(ours))
    return payment.amount_minor - int(given_back or 0) - int(applied or 0)
