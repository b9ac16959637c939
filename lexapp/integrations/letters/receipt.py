"""The mail that brings the receipt of a payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from lexapp.domain.snapshots.receipts import ReceiptSnapshot
from lexapp.integrations.documents.wording import Figures, plain
from lexapp.integrations.letters.envelope import mailbox, one_line, sender
from lexapp.integrations.letters.invoice import Attachment, letter_templates


@dataclass(frozen=True, slots=True)
class ReceiptLetter:
    """What the mail says, and the receipt that goes with it."""

    receipt: ReceiptSnapshot
    recipients: tuple[tuple[str, str], ...]
    mail_from: str
    message_id: str
    sent_at: datetime
    pdf: Attachment


def receipt_message_id(*, firm_id: int, payment_id: int, outbox_id: int, mail_from: str) -> str:
    """The Message-ID of this mail at every attempt, at the sender's domain."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<receipt-{firm_id}-{payment_id}-{outbox_id}@{domain}>"


def receipt_message(letter: ReceiptLetter) -> EmailMessage:
    """The mail, ready for the server. Raises InvalidInput for an address that no server takes."""
    firm = letter.receipt.firm
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(firm.name, letter.mail_from)
    message["To"] = tuple(mailbox(one_line(name), email) for name, email in letter.recipients)
    if firm.email:
        message["Reply-To"] = mailbox(one_line(firm.name), firm.email)
    message["Subject"] = one_line(f"Receipt {letter.receipt.number} from {firm.name}")
    message["Date"] = format_datetime(letter.sent_at)
    message["Message-ID"] = letter.message_id
    words = _words(letter.receipt)
    message.set_content(letter_templates().get_template("receipt.txt").render(words))
    message.add_alternative(letter_templates().get_template("receipt.html").render(words), subtype="html")
    message.add_attachment(letter.pdf.data, maintype="application", subtype="pdf", filename=letter.pdf.file_name)
    return message


def _words(receipt: ReceiptSnapshot) -> dict[str, object]:
    figures = Figures(receipt.locale, receipt.currency)
    return {
        "firm": receipt.firm,
        "greeting": plain(receipt.received_from.attention or receipt.received_from.name),
        "number": receipt.number,
        "amount": figures.signed(receipt.amount_minor),
        "received_on": figures.long_date(receipt.received_on),
        "method": receipt.method,
        "lines": [(line.number, figures.signed(line.paid_minor), figures.signed(line.open_after_minor)) for line in receipt.lines],
        "credit": figures.signed(receipt.credit_minor) if receipt.credit_minor else "",
    }
