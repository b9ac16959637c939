"""The mail that brings a credit note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from lexapp.domain.snapshots.credit_notes import CreditNoteSnapshot
from lexapp.integrations.documents.wording import Figures, plain
from lexapp.integrations.letters.envelope import mailbox, one_line, sender
from lexapp.integrations.letters.invoice import Attachment, letter_templates


@dataclass(frozen=True, slots=True)
class CreditNoteLetter:
    """What the mail says, and the note that goes with it."""

    note: CreditNoteSnapshot
    recipients: tuple[tuple[str, str], ...]
    mail_from: str
    message_id: str
    sent_at: datetime
    pdf: Attachment


def credit_note_message_id(*, firm_id: int, note_id: int, outbox_id: int, mail_from: str) -> str:
    """The Message-ID of this mail at every attempt, at the sender's domain."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<credit-note-{firm_id}-{note_id}-{outbox_id}@{domain}>"


def credit_note_message(letter: CreditNoteLetter) -> EmailMessage:
    """The mail, ready for the server. Raises InvalidInput for an address that no server takes."""
    firm = letter.note.firm
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(firm.name, letter.mail_from)
    message["To"] = tuple(mailbox(one_line(name), email) for name, email in letter.recipients)
    if firm.email:
        message["Reply-To"] = mailbox(one_line(firm.name), firm.email)
    message["Subject"] = one_line(f"Credit note {letter.note.number} from {firm.name}")
    message["Date"] = format_datetime(letter.sent_at)
    message["Message-ID"] = letter.message_id
    words = _words(letter.note)
    message.set_content(letter_templates().get_template("credit_note.txt").render(words))
    message.add_alternative(letter_templates().get_template("credit_note.html").render(words), subtype="html")
    message.add_attachment(letter.pdf.data, maintype="application", subtype="pdf", filename=letter.pdf.file_name)
    return message


def _words(note: CreditNoteSnapshot) -> dict[str, object]:
    figures = Figures(note.locale, note.currency)
    return {
        "firm": note.firm,
        "greeting": plain(note.payer.attention or note.payer.name),
        "number": note.number,
        "amount": figures.signed(note.total_minor),
        "issued_on": figures.long_date(note.issued_on),
        "invoice": note.invoice_number,
        "reason": plain(note.reason),
        "left": figures.signed(note.open_after_minor) if note.open_after_minor else "",
    }
