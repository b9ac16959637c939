"""A credit note: printed once and kept by its hash, and mailed to the payer."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.errors import NotAllowed
from lexapp.domain.numbering import file_stem
from lexapp.domain.recipients import no_address
from lexapp.domain.snapshots.credit_notes import CreditNoteSnapshot
from lexapp.integrations.documents import credit_note_pdf
from lexapp.integrations.letters import Attachment, Envelope, credit_note_message, own_message_id
from lexapp.models import Invoice, StoredDocument
from lexapp.queries.credit_notes import KIND, frozen_note, stored_note
from lexapp.queries.frozen_invoices import invoice_recipients
from lexapp.services.documents import record_document
from lexapp.services.mails import NewMail
from lexapp.workflows.outside import Outside
from lexapp.workflows.sending import send_once


def make_credit_note_document(session: Session, outside: Outside, *, firm_id: int, note_id: int) -> StoredDocument:
    """The note's PDF, made if it is not there yet."""
    scope_to_firm(session, firm_id)
    existing = stored_note(session, firm_id=firm_id, note_id=note_id)
    if existing is not None:
        return existing
    found = frozen_note(session, firm_id=firm_id, note_id=note_id)
    snapshot, issued_at = found.snapshot, found.note.issued_at
    session.rollback()  # a read left open would keep writers out on SQLite for as long as the page is set

    def read_logo(digest: str) -> bytes:
        return outside.storage.get(digest, firm_id=firm_id)

    data = credit_note_pdf(snapshot, issued_at, read_logo=read_logo)
    return record_document(
        session,
        firm_id=firm_id,
        kind=KIND,
        subject=("credit_note", note_id),
        file_name=f"{file_stem(snapshot.number, 'credit-note')}.pdf",
        media_type="application/pdf",
        size_bytes=len(data),
        sha256=outside.storage.put(data, firm_id=firm_id),
        created_at=issued_at,
        now=outside.now(),
    )


def mail_credit_note(session: Session, outside: Outside, *, firm_id: int, note_id: int, outbox_id: int, confirm: Callable[[], None]) -> str:
    """Send the note to the payer; as `mail_invoice`."""
    note, letter = _write(session, outside, firm_id=firm_id, note_id=note_id, outbox_id=outbox_id)
    message = credit_note_message(note, letter)
    to = ", ".join(email for _, email in letter.recipients)
    mail = NewMail(letter.message_id, "credit_note", "credit_note", note_id, to, str(message["Subject"]))
    return send_once(session, outside, firm_id=firm_id, mail=mail, write=lambda: message, confirm=confirm)


def _write(session: Session, outside: Outside, *, firm_id: int, note_id: int, outbox_id: int) -> tuple[CreditNoteSnapshot, Envelope]:
    """Everything the mail says, read before anything is sent; no read stays open."""
    scope_to_firm(session, firm_id)
    found = frozen_note(session, firm_id=firm_id, note_id=note_id)
    if found.note.voided_on is not None:
        raise NotAllowed(f"{found.note.number} is void and is not sent any more.")
    payer_id = session.get_one(Invoice, found.note.invoice_id).payer_id
    recipients = invoice_recipients(session, firm_id=firm_id, payer_id=payer_id)
    if not recipients:
        raise no_address(found.snapshot.payer.name, "retry")
    document = make_credit_note_document(session, outside, firm_id=firm_id, note_id=note_id)
    pdf = Attachment(document.file_name, outside.storage.get(document.sha256, firm_id=firm_id))
    session.rollback()
    own_id = own_message_id("credit-note", firm_id, note_id, outbox_id, mail_from=outside.mail_from)
    return found.snapshot, Envelope(tuple(recipients), outside.mail_from, own_id, outside.now(), pdf)
