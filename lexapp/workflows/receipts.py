"""The receipt of a payment: printed once and kept by its hash, and mailed to the payer."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.recipients import no_address
from lexapp.domain.snapshots.receipts import ReceiptSnapshot
from lexapp.integrations.documents import receipt_pdf
from lexapp.integrations.letters import Attachment, Envelope, own_message_id, receipt_message
from lexapp.models import StoredDocument
from lexapp.queries.frozen_invoices import invoice_recipients
from lexapp.queries.payments.receipts import KIND, PaymentReceipt, payment_receipt, stored_receipt
from lexapp.services.documents import record_document
from lexapp.services.mails import NewMail
from lexapp.workflows.outside import Outside
from lexapp.workflows.sending import send_once


def make_receipt_document(session: Session, outside: Outside, *, firm_id: int, payment_id: int) -> StoredDocument:
    """The receipt's PDF, made if it is not there yet: it says what the payment had paid when it was first asked for."""
    scope_to_firm(session, firm_id)
    existing = stored_receipt(session, firm_id=firm_id, payment_id=payment_id)
    if existing is not None:
        return existing
    receipt = payment_receipt(session, firm_id=firm_id, payment_id=payment_id)
    receipt.snapshot.check()
    session.rollback()  # a read left open would keep writers out on SQLite for as long as the page is set
    data = _print(outside, firm_id, receipt)
    return record_document(
        session,
        firm_id=firm_id,
        kind=KIND,
        subject=("payment", payment_id),
        file_name=f"Receipt-{receipt.snapshot.number}.pdf",
        media_type="application/pdf",
        size_bytes=len(data),
        sha256=outside.storage.put(data, firm_id=firm_id),
        created_at=receipt.recorded_at,
        now=outside.now(),
    )


def _print(outside: Outside, firm_id: int, receipt: PaymentReceipt) -> bytes:
    def read_logo(digest: str) -> bytes:
        return outside.storage.get(digest, firm_id=firm_id)

    return receipt_pdf(receipt.snapshot, receipt.recorded_at, read_logo=read_logo)


def mail_receipt(session: Session, outside: Outside, *, firm_id: int, payment_id: int, outbox_id: int, confirm: Callable[[], None]) -> str:
    """Send the receipt to the payer; as `mail_invoice`."""
    receipt, letter = _write(session, outside, firm_id=firm_id, payment_id=payment_id, outbox_id=outbox_id)
    message = receipt_message(receipt, letter)
    to = ", ".join(email for _, email in letter.recipients)
    mail = NewMail(letter.message_id, "receipt", "payment", payment_id, to, str(message["Subject"]))
    return send_once(session, outside, firm_id=firm_id, mail=mail, write=lambda: message, confirm=confirm)


def _write(session: Session, outside: Outside, *, firm_id: int, payment_id: int, outbox_id: int) -> tuple[ReceiptSnapshot, Envelope]:
    """Everything the mail says, read before anything is sent; no read stays open."""
    scope_to_firm(session, firm_id)
    receipt = payment_receipt(session, firm_id=firm_id, payment_id=payment_id)
    recipients = invoice_recipients(session, firm_id=firm_id, payer_id=receipt.payer_id)
    if not recipients:
        name = receipt.snapshot.received_from.name
        raise no_address(name, "retry")
    document = make_receipt_document(session, outside, firm_id=firm_id, payment_id=payment_id)
    pdf = Attachment(document.file_name, outside.storage.get(document.sha256, firm_id=firm_id))
    session.rollback()
    own_id = own_message_id("receipt", firm_id, payment_id, outbox_id, mail_from=outside.mail_from)
    return receipt.snapshot, Envelope(tuple(recipients), outside.mail_from, own_id, outside.now(), pdf)
