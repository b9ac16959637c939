"""The receipt of a payment: owed as a file, or as a mail to the payer. The worker makes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import audit, enqueue, record_command, succeed
from lexapp.database import transaction
from lexapp.domain.permissions import Actor
from lexapp.domain.recipients import no_address
from lexapp.models import Client
from lexapp.queries.frozen_invoices import invoice_recipients
from lexapp.queries.payments.receipts import payment_receipt


def print_receipt(session: Session, *, actor: Actor, payment_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Owe the PDF of a payment's receipt. Asking again while it is being made changes nothing."""
    actor.require("payment.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="receipt.print", inputs={"payment_id": payment_id}, key=key, now=now)
        payment_receipt(session, firm_id=actor.firm_id, payment_id=payment_id)
        if command.result is None:
            payload = {"payment_id": payment_id}
            enqueue(session, command, kind="receipt.document", dedupe_key=f"receipt.document:{payment_id}", payload=payload)
            audit(session, command, action="receipt.printed", subject_kind="payment", subject_id=payment_id)
            succeed(session, command, payment_id=payment_id)


def send_receipt(session: Session, *, actor: Actor, payment_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Owe a mail with the receipt to the payer, also when it was sent before."""
    actor.require("payment.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="receipt.send", inputs={"payment_id": payment_id}, key=key, now=now)
        if command.result is not None:
            return
        receipt = payment_receipt(session, firm_id=actor.firm_id, payment_id=payment_id)
        recipients = invoice_recipients(session, firm_id=actor.firm_id, payer_id=receipt.payer_id)
        if not recipients:
            name = session.scalar(select(Client.name).where(Client.firm_id == actor.firm_id, Client.id == receipt.payer_id))
            raise no_address(name or "The payer", "send again")
        payload = {"payment_id": payment_id}
        enqueue(session, command, kind="receipt.mail", dedupe_key=f"receipt.mail:{payment_id}:{command.id}", payload=payload)
        after = {"to": [email for _, email in recipients]}
        audit(session, command, action="receipt.sent", subject_kind="payment", subject_id=payment_id, after=after)
        succeed(session, command, payment_id=payment_id)
