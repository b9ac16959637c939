"""The PDF of a credit note: owed as a file, or as a mail to the payer. The worker makes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.books import audit, enqueue, record_command, succeed
from lexapp.database import transaction
from lexapp.domain.errors import NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.domain.recipients import no_address
from lexapp.models import Invoice
from lexapp.queries.credit_notes import frozen_note
from lexapp.queries.frozen_invoices import invoice_recipients


def print_credit_note(session: Session, *, actor: Actor, note_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Owe the PDF of a credit note again, where it could not be made. Asking while it is being made changes nothing."""
    actor.require("invoice.send")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="credit_note.print", inputs={"note_id": note_id}, key=key, now=now)
        found = frozen_note(session, firm_id=actor.firm_id, note_id=note_id)
        if command.result is None:
            payload = {"note_id": note_id, "invoice_id": found.note.invoice_id}
            enqueue(session, command, kind="credit_note.document", dedupe_key=f"credit_note.document:{note_id}", payload=payload)
            after = {"number": found.note.number}
            audit(session, command, action="credit_note.printed", subject_kind="invoice", subject_id=found.note.invoice_id, after=after)
            succeed(session, command, credit_note_id=note_id)


def send_credit_note(session: Session, *, actor: Actor, note_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Owe a mail with the credit note to its payer, also when it was sent before."""
    actor.require("invoice.send")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="credit_note.send", inputs={"note_id": note_id}, key=key, now=now)
        if command.result is not None:
            return
        found = frozen_note(session, firm_id=actor.firm_id, note_id=note_id)
        if found.note.voided_on is not None:
            raise NotAllowed(f"{found.note.number} is void and is not sent any more.")
        payer_id = session.get_one(Invoice, found.note.invoice_id).payer_id
        recipients = invoice_recipients(session, firm_id=actor.firm_id, payer_id=payer_id)
        if not recipients:
            raise no_address(found.snapshot.payer.name, "send again")
        dedupe_key = f"credit_note.mail:{note_id}:{command.id}"
        payload = {"note_id": note_id, "invoice_id": found.note.invoice_id}
        enqueue(session, command, kind="credit_note.mail", dedupe_key=dedupe_key, payload=payload)
        after = {"number": found.note.number, "to": [email for _, email in recipients]}
        audit(session, command, action="credit_note.sent", subject_kind="invoice", subject_id=found.note.invoice_id, after=after)
        succeed(session, command, credit_note_id=note_id)
