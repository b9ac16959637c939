"""One payment: where it went, and what was given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from lexapp.models import Allocation, Invoice, Matter, Payment, TrustTransaction


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """An amount on one matter of an invoice; negative where it was taken off. `is_live`: it can still be taken off.

    `is_discount`: no money of the payment, but what its payer keeps for paying early.
    """

    id: int
    effective_on: date
    invoice_id: int
    invoice_number: str
    matter_name: str
    amount_minor: int
    is_live: bool
    is_discount: bool


@dataclass(frozen=True, slots=True)
class RelatedPayment:
    """A refund or the reversal of a receipt; or, of these, the receipt."""

    id: int
    number: int
    kind: str
    received_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """A payment with its allocations and what belongs to it; minor units."""

    payment: Payment
    allocations: Sequence[AllocationRow]
    related: Sequence[RelatedPayment]
    trust_ledger_id: int | None

    @property
    def applied_minor(self) -> int:
        return sum(row.amount_minor for row in self.allocations if not row.is_discount)

    @property
    def discount_minor(self) -> int:
        """What its payer keeps of the invoices that it paid early."""
        return sum(row.amount_minor for row in self.allocations if row.is_discount)

    @property
    def given_back_minor(self) -> int:
        return sum(row.amount_minor for row in self.related if row.kind != "receipt")

    @property
    def unapplied_minor(self) -> int:
        is_receipt = self.payment.kind == "receipt"
        return self.payment.amount_minor - self.applied_minor - self.given_back_minor if is_receipt else 0

    @property
    def is_reversed(self) -> bool:
        return any(row.kind == "reversal" for row in self.related)


def payment_detail(session: Session, *, payment: Payment) -> PaymentDetail:
    """Everything that the page of one payment shows."""
    ledger_id = None
    if payment.trust_transaction_id is not None:
        mine = (TrustTransaction.firm_id == payment.firm_id) & (TrustTransaction.id == payment.trust_transaction_id)
        ledger_id = session.scalar(select(TrustTransaction.trust_ledger_id).where(mine))
    return PaymentDetail(payment, _allocations(session, payment), _related(session, payment), ledger_id)


def _allocations(session: Session, payment: Payment) -> list[AllocationRow]:
    undone = aliased(Allocation)
    query = (
        select(Allocation, Invoice.number, Matter.name, undone.id)
        .join(Invoice, and_(Invoice.firm_id == payment.firm_id, Invoice.id == Allocation.invoice_id))
        .join(Matter, and_(Matter.firm_id == payment.firm_id, Matter.id == Allocation.matter_id))
        .outerjoin(undone, and_(undone.firm_id == payment.firm_id, undone.reverses_id == Allocation.id))
        .where(Allocation.firm_id == payment.firm_id, Allocation.payment_id == payment.id)
        .order_by(Allocation.effective_on, Allocation.id)
    )
    return [
        AllocationRow(
            row.id,
            row.effective_on,
            row.invoice_id,
            number,
            matter,
            row.amount_minor,
            undone_by is None and row.reverses_id is None,
            row.is_discount,
        )
        for row, number, matter, undone_by in session.execute(query)
    ]


def _related(session: Session, payment: Payment) -> list[RelatedPayment]:
    is_it = Payment.original_payment_id == payment.id
    if payment.original_payment_id is not None:
        is_it = Payment.id == payment.original_payment_id
    query = select(Payment.id, Payment.number, Payment.kind, Payment.received_on, Payment.amount_minor)
    return [RelatedPayment(*row) for row in session.execute(query.where(Payment.firm_id == payment.firm_id, is_it).order_by(Payment.id))]
