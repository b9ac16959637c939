"""A mail that brings one printed paper: a receipt, a credit note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from lexapp.domain.snapshots.parties import Letterhead
from lexapp.integrations.letters.envelope import mailbox, one_line, sender
from lexapp.integrations.letters.invoice import Attachment, letter_templates


@dataclass(frozen=True, slots=True)
class Envelope:
    """To whom the mail goes, from whom and when, and the paper in it."""

    recipients: tuple[tuple[str, str], ...]
    mail_from: str
    message_id: str
    sent_at: datetime
    pdf: Attachment


def own_message_id(*names: str | int, mail_from: str) -> str:
    """The Message-ID of a mail at every attempt, at the sender's domain."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<{'-'.join(map(str, names))}@{domain}>"


def enclose(envelope: Envelope, firm: Letterhead, *, subject: str, template: str, words: dict[str, object]) -> EmailMessage:
    """The mail, ready for the server. Raises InvalidInput for an address that no server takes."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(firm.name, envelope.mail_from)
    message["To"] = tuple(mailbox(one_line(name), email) for name, email in envelope.recipients)
    if firm.email:
        message["Reply-To"] = mailbox(one_line(firm.name), firm.email)
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(envelope.sent_at)
    message["Message-ID"] = envelope.message_id
    message.set_content(letter_templates().get_template(f"{template}.txt").render(words))
    message.add_alternative(letter_templates().get_template(f"{template}.html").render(words), subtype="html")
    message.add_attachment(envelope.pdf.data, maintype="application", subtype="pdf", filename=envelope.pdf.file_name)
    return message
