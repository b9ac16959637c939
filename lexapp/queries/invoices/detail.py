"""One invoice: the frozen document, what was paid on it, its file and its mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lexapp.domain import snapshots
from lexapp.domain.invoice_states import InvoiceState, invoice_state
from lexapp.models import Allocation, CreditNote, Invoice, OutboxMessage, Payment, SentMail, StoredDocument
from lexapp.queries.credit_notes import notes_of
from lexapp.queries.frozen_invoices import frozen_invoice, stored_invoice_pdf


@dataclass(frozen=True, slots=True)
class AppliedPayment:
    """An amount of a payment on this invoice; negative where it was unapplied. `is_discount`: kept for paying the rest early."""

    payment_id: int
    on: date
    method: str
    reference: str
    amount_minor: int
    is_discount: bool = False


@dataclass(frozen=True, slots=True)
class MailState:
    """A mail of this invoice that went out (`sent_at`) or is on its way (`problem` says why not yet)."""

    recipient: str
    sent_at: datetime | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice and what surrounds it. `document` is the stored PDF, None while it is being made or nobody has asked for it."""

    invoice: Invoice
    snapshot: snapshots.InvoiceSnapshot
    payments: Sequence[AppliedPayment]
    document: StoredDocument | None
    document_is_wanted: bool
    document_problem: str
    mails: Sequence[MailState]
    state: InvoiceState
    notes: Sequence[CreditNote] = ()

    @property
    def live_notes(self) -> list[CreditNote]:
        """Those that were not voided: the invoice cannot be voided before them."""
        return [note for note in self.notes if note.voided_on is None]

    @property
    def credited_minor(self) -> int:
        """What credit notes take off it."""
        return sum(note.total_minor for note in self.live_notes)

    @property
    def applied_minor(self) -> int:
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def discount_minor(self) -> int:
        """What of it was kept for paying early."""
        return sum(payment.amount_minor for payment in self.payments if payment.is_discount)

    @property
    def applied_payments(self) -> dict[int, AppliedPayment]:
        """Payment id -> the payment, where something of it still stands on the invoice: the invoice cannot be voided."""
        left: dict[int, int] = {}
        for payment in self.payments:
            left[payment.payment_id] = left.get(payment.payment_id, 0) + payment.amount_minor
        return {one.payment_id: replace(one, amount_minor=left[one.payment_id]) for one in self.payments if left[one.payment_id]}

    @property
    def open_minor(self) -> int:
        left = self.invoice.total_minor - self.applied_minor - self.credited_minor
        return 0 if self.state is InvoiceState.VOID else left


def invoice_detail(session: Session, *, invoice: Invoice, today: date) -> InvoiceDetail:
    """Everything that the page of one invoice shows."""
    payments, notes = _payments(session, invoice), [one.note for one in notes_of(session, firm_id=invoice.firm_id, invoice_id=invoice.id)]
    credited = sum(note.total_minor for note in notes if note.voided_on is None)
    state = invoice_state(
        total_minor=invoice.total_minor - credited,
        applied_minor=sum(payment.amount_minor for payment in payments),
        due_on=invoice.due_on,
        today=today,
        is_void=invoice.voided_on is not None,
    )
    document = stored_invoice_pdf(session, firm_id=invoice.firm_id, invoice_id=invoice.id)
    snapshot = frozen_invoice(session, firm_id=invoice.firm_id, invoice_id=invoice.id).snapshot
    waiting = _waiting(session, invoice)
    printing = [message.last_error for message in waiting if message.kind in ("invoice.document", "invoice.mail")]
    problem = next((message.last_error for message in waiting if message.kind == "invoice.document"), "")
    mails = [*_sent(session, invoice), *(MailState("", None, m.last_error) for m in waiting if m.kind == "invoice.mail")]
    return InvoiceDetail(invoice, snapshot, payments, document, bool(printing), problem, mails, state, notes)


def _payments(session: Session, invoice: Invoice) -> list[AppliedPayment]:
    query = (
        select(Payment.id, Allocation.effective_on, Payment.method, Payment.reference, Allocation.amount_minor, Allocation.is_discount)
        .join(Payment, and_(Payment.firm_id == Allocation.firm_id, Payment.id == Allocation.payment_id))
        .where(Allocation.firm_id == invoice.firm_id, Allocation.invoice_id == invoice.id)
        .order_by(Allocation.effective_on, Allocation.id)
    )
    return [AppliedPayment(*row) for row in session.execute(query)]


def _sent(session: Session, invoice: Invoice) -> list[MailState]:
    query = (
        select(SentMail.recipient, SentMail.sent_at)
        .where(SentMail.firm_id == invoice.firm_id, SentMail.subject_kind == "invoice", SentMail.subject_id == invoice.id)
        .order_by(SentMail.id)
    )
    return [MailState(recipient, sent_at) for recipient, sent_at in session.execute(query)]


def _waiting(session: Session, invoice: Invoice) -> list[OutboxMessage]:
    """What the worker still owes for this invoice; the dedupe keys begin with the kind and the id."""
    again = OutboxMessage.dedupe_key.startswith(f"invoice.mail:{invoice.id}:", autoescape=True)
    first = OutboxMessage.dedupe_key.in_([f"invoice.document:{invoice.id}", f"invoice.mail:{invoice.id}"])
    query = select(OutboxMessage).where(OutboxMessage.firm_id == invoice.firm_id, OutboxMessage.state != "done", first | again)
    return list(session.scalars(query.order_by(OutboxMessage.id)))
