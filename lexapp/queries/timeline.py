"""What happened to a matter or a client, newest first, out of the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import Session

from lexapp.models import AuditEvent, Invoice, InvoiceMatter, Matter, PreBill, TrustLedger, TrustTransaction, User

Ids = Select[int] | list[int]


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One audit row with who did it; `subject` is the number of the invoice where there is one."""

    id: int
    action: str
    subject_kind: str
    subject_id: int | None
    subject: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    who: str
    at: datetime


def matter_timeline(
    session: Session, *, firm_id: int, matter_id: int, kinds: Collection[str], limit: int = 12, offset: int = 0
) -> list[TimelineEvent]:
    """Events of the matter itself, its pre-bills, its invoices and its trust movements, as far as `kinds` names their kind of record."""
    pre_bills = select(PreBill.id).where(PreBill.firm_id == firm_id, PreBill.matter_id == matter_id)
    invoices = select(InvoiceMatter.invoice_id).where(InvoiceMatter.firm_id == firm_id, InvoiceMatter.matter_id == matter_id)
    movements = (
        select(TrustTransaction.id)
        .join(TrustLedger, (TrustLedger.firm_id == TrustTransaction.firm_id) & (TrustLedger.id == TrustTransaction.trust_ledger_id))
        .where(TrustLedger.firm_id == firm_id, TrustLedger.matter_id == matter_id)
    )
    ids: dict[str, Ids] = {"matter": [matter_id], "pre_bill": pre_bills, "invoice": invoices, "trust_transaction": movements}
    return _events(session, firm_id, {kind: ids[kind] for kind in ids if kind in kinds}, limit, offset)


def client_timeline(session: Session, *, firm_id: int, client_id: int, kinds: Collection[str], limit: int = 12) -> list[TimelineEvent]:
    """Events of the client, their contacts, their matters and the invoices they pay, as far as `kinds` names them."""
    matters = select(Matter.id).where(Matter.firm_id == firm_id, Matter.client_id == client_id)
    invoices = select(Invoice.id).where(Invoice.firm_id == firm_id, Invoice.payer_id == client_id)
    ids: dict[str, Ids] = {"client": [client_id], "matter": matters, "invoice": invoices}
    return _events(session, firm_id, {kind: ids[kind] for kind in ids if kind in kinds}, limit)


def _events(session: Session, firm_id: int, ids: Mapping[str, Ids], limit: int, offset: int = 0) -> list[TimelineEvent]:
    """Newest first. That a pre-bill was issued is left out: its invoice says the same."""
    about = or_(false(), *(and_(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(some)) for kind, some in ids.items()))
    invoice = and_(AuditEvent.subject_kind == "invoice", Invoice.firm_id == AuditEvent.firm_id, Invoice.id == AuditEvent.subject_id)
    query = (
        select(AuditEvent, User.name, Invoice.number)
        .outerjoin(User, User.id == AuditEvent.actor_user_id)
        .outerjoin(Invoice, invoice)
        .where(AuditEvent.firm_id == firm_id, about, AuditEvent.action != "pre_bill.issued")
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        TimelineEvent(
            event.id, event.action, event.subject_kind, event.subject_id, number, event.before or {}, event.after or {}, who or "", event.at
        )
        for event, who, number in session.execute(query)
    ]
