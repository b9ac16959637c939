"""The links that open an invoice for its payer: one is made at issue; a new one takes the place of those before it."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, lock_invoices, record_command, succeed
from lexapp.database import transaction
from lexapp.domain.errors import NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.models import InvoiceLink, OutboxMessage


def renew_invoice_link(
    session: Session, *, actor: Actor, invoice_id: int, key: str | None = None, now: datetime | None = None
) -> InvoiceLink:
    """Give out a new link and revoke every earlier one, for instance when a mail went to the wrong address."""
    actor.require("invoice.send")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="invoice_link.renew", inputs={"invoice_id": invoice_id}, key=key, now=now)
        if command.result is not None:
            return session.get_one(InvoiceLink, command.result["invoice_link_id"])
        invoice = lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[invoice_id])[invoice_id]
        if invoice.voided_on is not None:
            raise NotAllowed(f"{invoice.number} is voided; nobody can open it by a link.")
        revoked = _revoke(session, command, invoice_id)
        link = InvoiceLink(
            firm_id=actor.firm_id, invoice_id=invoice_id, public_id=secrets.token_urlsafe(32), created_at=command.at, revoked_at=None
        )
        session.add(link)
        session.flush()
        _tell(session, command, "invoice_link.renewed", invoice_id, revoked)
        succeed(session, command, invoice_link_id=link.id)
    return link


def revoke_invoice_links(session: Session, *, actor: Actor, invoice_id: int, key: str | None = None, now: datetime | None = None) -> int:
    """Close every link of an invoice; returns how many were open."""
    actor.require("invoice.send")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="invoice_link.revoke", inputs={"invoice_id": invoice_id}, key=key, now=now)
        if command.result is not None:
            return int(command.result["revoked"])
        lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[invoice_id])
        revoked = _revoke(session, command, invoice_id)
        _tell(session, command, "invoice_link.revoked", invoice_id, revoked)
        succeed(session, command, revoked=revoked)
    return revoked


def ask_for_document(session: Session, *, firm_id: int, invoice_id: int, now: datetime) -> None:
    """Owe the PDF of an invoice to whoever holds its link, once however often it is asked for.

    Nobody is signed in, so there is no command: the row in the outbox is what tells of it.
    """
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    owed = {"kind": "invoice.document", "dedupe_key": f"invoice.document:{invoice_id}", "payload": {"invoice_id": invoice_id}}
    row = make(OutboxMessage).values(firm_id=firm_id, **owed, not_before=now, created_at=now)
    with transaction(session, firm_id):
        session.execute(row.on_conflict_do_nothing(index_elements=["firm_id", "dedupe_key"]))


def _revoke(session: Session, command: CommandRecord, invoice_id: int) -> int:
    mine = (InvoiceLink.firm_id == command.actor.firm_id) & (InvoiceLink.invoice_id == invoice_id)
    live = select(InvoiceLink.id).where(mine, InvoiceLink.revoked_at.is_(None))
    ids = session.scalars(live).all()
    session.execute(update(InvoiceLink).where(InvoiceLink.id.in_(ids)).values(revoked_at=command.at))
    return len(ids)


def _tell(session: Session, command: CommandRecord, action: str, invoice_id: int, revoked: int) -> None:
    audit(session, command, action=action, subject_kind="invoice", subject_id=invoice_id, after={"revoked": revoked})
