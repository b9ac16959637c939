"""Issued invoices as they were frozen, with where they stand now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvariantBroken, NotFound
from lexapp.domain.money import Money
from lexapp.domain.snapshots import InvoiceSnapshot as Frozen
from lexapp.models import (
    Allocation,
    Client,
    Contact,
    CreditNote,
    Invoice,
    InvoiceLink,
    InvoiceSnapshot,
    OutboxMessage,
    Payment,
    StoredDocument,
)


@dataclass(frozen=True, slots=True)
class FrozenInvoice:
    """An invoice's snapshot, checked against its hash."""

    id: int
    firm_id: int
    number: str
    issued_at: datetime
    voided_on: date | None
    payer_id: int
    snapshot: Frozen
    snapshot_sha256: str


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """What one payment brought towards an invoice, after what was unapplied again; or what was kept for paying early with it."""

    on: date
    method: str
    amount: Money
    is_discount: bool = False


@dataclass(frozen=True, slots=True)
class GivenCredit:
    """What a credit note takes off an invoice."""

    number: str
    on: date
    reason: str
    amount: Money


def frozen_invoice(session: Session, *, firm_id: int, invoice_id: int) -> FrozenInvoice:
    """The invoice as issued. Raises NotFound, or InvariantBroken when the snapshot is not the one that was frozen."""
    query = (
        select(Invoice, InvoiceSnapshot.data, InvoiceSnapshot.sha256)
        .join(InvoiceSnapshot, (InvoiceSnapshot.firm_id == Invoice.firm_id) & (InvoiceSnapshot.invoice_id == Invoice.id))
        .where(Invoice.firm_id == firm_id, Invoice.id == invoice_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such invoice.")
    invoice, data, digest = row
    if hashlib.sha256(data.encode()).hexdigest() != digest:
        raise InvariantBroken(f"The snapshot of invoice {invoice.number} is not the one that was frozen.")
    snapshot = Frozen.from_json(json.loads(data))
    return FrozenInvoice(invoice.id, firm_id, invoice.number, invoice.issued_at, invoice.voided_on, invoice.payer_id, snapshot, digest)


def received_payments(session: Session, *, firm_id: int, invoice_id: int) -> list[ReceivedPayment]:
    """The payments applied to an invoice, by date; one that was unapplied in full is left out."""
    applied = func.sum(Allocation.amount_minor)
    query = (
        select(Payment.received_on, Payment.method, Payment.currency, applied, Allocation.is_discount)
        .join(Payment, (Payment.firm_id == Allocation.firm_id) & (Payment.id == Allocation.payment_id))
        .where(Allocation.firm_id == firm_id, Allocation.invoice_id == invoice_id)
        .group_by(Payment.id, Payment.received_on, Payment.method, Payment.currency, Allocation.is_discount)
        .having(applied != 0)
        .order_by(Payment.received_on, Payment.id, Allocation.is_discount)
    )
    rows = session.execute(query)
    return [ReceivedPayment(on, method, Money(int(minor), currency), is_discount) for on, method, currency, minor, is_discount in rows]


def given_credits(session: Session, *, firm_id: int, invoice_id: int) -> list[GivenCredit]:
    """The live credit notes of an invoice, by date."""
    note = CreditNote
    query = (
        select(note.number, note.credited_on, note.reason, note.total_minor, note.currency)
        .where(note.firm_id == firm_id, note.invoice_id == invoice_id, note.voided_on.is_(None))
        .order_by(note.credited_on, note.id)
    )
    return [GivenCredit(number, on, reason, Money(minor, currency)) for number, on, reason, minor, currency in session.execute(query)]


def stored_invoice_pdf(session: Session, *, firm_id: int, invoice_id: int) -> StoredDocument | None:
    """The PDF that is the document, if it was made already."""
    query = select(StoredDocument).where(
        StoredDocument.firm_id == firm_id,
        StoredDocument.kind == "invoice_pdf",
        StoredDocument.subject_kind == "invoice",
        StoredDocument.subject_id == invoice_id,
    )
    return session.scalars(query).one_or_none()


def document_progress(session: Session, *, firm_id: int, invoice_id: int) -> str:
    """How it stands with a PDF that is not there yet: `wanted` while it is being made, `failed` when that was given up, else empty."""
    keys = [f"invoice.{kind}:{invoice_id}" for kind in ("document", "mail")]
    query = select(OutboxMessage.state).where(OutboxMessage.firm_id == firm_id, OutboxMessage.dedupe_key.in_(keys))
    states = set(session.scalars(query))
    return "wanted" if states & {"pending", "claimed"} else "failed" if "dead" in states else ""


def invoice_recipients(session: Session, *, firm_id: int, payer_id: int) -> list[tuple[str, str]]:
    """(name, e-mail) of the payer's contacts who receive invoices; without any, the payer's own address."""
    wanted = Contact.receives_invoices & Contact.is_archived.is_(False) & (Contact.email != "")
    contacts = select(Contact.name, Contact.email).where(Contact.firm_id == firm_id, Contact.client_id == payer_id, wanted)
    found = [(name, email) for name, email in session.execute(contacts.order_by(Contact.id))]
    if found:
        return found
    payer = select(Client.name, Client.email).where(Client.firm_id == firm_id, Client.id == payer_id, Client.email != "")
    return [(name, email) for name, email in session.execute(payer)]


def open_minor(session: Session, *, firm_id: int, invoice_id: int) -> int:
    """What is still to be paid on an invoice, in minor units; 0 where it is paid or void."""
    applied = select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(
        Allocation.firm_id == firm_id, Allocation.invoice_id == invoice_id
    )
    owed = select(Invoice.total_minor).where(Invoice.firm_id == firm_id, Invoice.id == invoice_id, Invoice.voided_on.is_(None))
    return max((session.scalar(owed) or 0) - int(session.scalar(applied) or 0), 0)


def live_link(session: Session, *, firm_id: int, invoice_id: int) -> str | None:
    """The public id of the invoice's newest link that was not revoked."""
    query = select(InvoiceLink.public_id).where(
        InvoiceLink.firm_id == firm_id, InvoiceLink.invoice_id == invoice_id, InvoiceLink.revoked_at.is_(None)
    )
    return session.scalar(query.order_by(InvoiceLink.id.desc()).limit(1))


def invoice_of_link(session: Session, *, public_id: str) -> tuple[int, int, datetime | None] | None:
    """(firm id, invoice id, revoked at) of a link, before any firm is known."""
    query = select(InvoiceLink.firm_id, InvoiceLink.invoice_id, InvoiceLink.revoked_at).where(InvoiceLink.public_id == public_id)
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], row[2])
