"""Sending an invoice: its document first, then a row for the mail, then the mail server, then the date on the row."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.domain.errors import NotAllowed
from lexapp.domain.recipients import no_address
from lexapp.integrations.letters import Attachment, InvoiceLetter, invoice_message, message_id
from lexapp.integrations.signed_links import invoice_address
from lexapp.queries.frozen_invoices import FrozenInvoice, frozen_invoice, invoice_recipients, live_link, open_minor
from lexapp.queries.mail_servers import mail_texts
from lexapp.services.mails import NewMail
from lexapp.workflows.invoice_documents import make_invoice_document
from lexapp.workflows.outside import Outside
from lexapp.workflows.sending import send_once


def mail_invoice(session: Session, outside: Outside, *, firm_id: int, invoice_id: int, outbox_id: int, confirm: Callable[[], None]) -> str:
    """Send the invoice to its payer; as `send_once`."""
    letter = _write(session, outside, firm_id=firm_id, invoice_id=invoice_id, outbox_id=outbox_id)
    message = invoice_message(letter)
    mail = NewMail(letter.message_id, "invoice", "invoice", invoice_id, _to(letter), str(message["Subject"]))
    return send_once(session, outside, firm_id=firm_id, mail=mail, write=lambda: message, confirm=confirm)


def _write(session: Session, outside: Outside, *, firm_id: int, invoice_id: int, outbox_id: int) -> InvoiceLetter:
    """Everything the mail says, read before anything is sent; no read stays open."""
    scope_to_firm(session, firm_id)
    invoice = frozen_invoice(session, firm_id=firm_id, invoice_id=invoice_id)
    if invoice.voided_on is not None:
        raise NotAllowed(f"{invoice.number} is voided and is not sent any more.")
    recipients = _recipients(session, invoice)
    document = make_invoice_document(session, outside, firm_id=firm_id, invoice_id=invoice_id)
    pdf = Attachment(document.file_name, outside.storage.get(document.sha256, firm_id=firm_id))
    subject, body = mail_texts(session, firm_id=firm_id)
    still_open = open_minor(session, firm_id=firm_id, invoice_id=invoice_id)
    link = live_link(session, firm_id=firm_id, invoice_id=invoice_id) if still_open else None
    session.rollback()
    return InvoiceLetter(
        snapshot=invoice.snapshot,
        recipients=tuple(recipients),
        open_minor=still_open,
        link=invoice_address(link, base_url=outside.base_url, secret_key=outside.secret_key) if link else "",
        mail_from=outside.mail_from,
        message_id=_message_id(outside, invoice, outbox_id),
        sent_at=outside.now(),
        pdf=pdf,
        subject=subject,
        body=body,
    )


def _message_id(outside: Outside, invoice: FrozenInvoice, outbox_id: int) -> str:
    return message_id(
        firm_id=invoice.firm_id,
        invoice_id=invoice.id,
        outbox_id=outbox_id,
        snapshot_sha256=invoice.snapshot_sha256,
        mail_from=outside.mail_from,
    )


def _recipients(session: Session, invoice: FrozenInvoice) -> list[tuple[str, str]]:
    found = invoice_recipients(session, firm_id=invoice.firm_id, payer_id=invoice.payer_id)
    if not found:
        name = invoice.snapshot.payer.name
        raise no_address(name, "retry")
    return found


def _to(letter: InvoiceLetter) -> str:
    """The recipients as the row keeps them: as many as fit, and how many more there were."""
    addresses = [email for _, email in letter.recipients]
    shown = ", ".join(addresses)
    return shown if len(shown) <= 255 else f"{addresses[0][:200]} and {len(addresses) - 1} more"
