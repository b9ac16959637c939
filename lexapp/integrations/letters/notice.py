"""Short mails to people who sign in: an invitation, a new password, a warning. One button at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from lexapp.integrations.letters.envelope import mailbox, one_line, sender
from lexapp.integrations.letters.invoice import letter_templates


@dataclass(frozen=True, slots=True)
class Notice:
    """What the mail says. `link` and `verb` go together, or are both empty; `afterword` stands below them."""

    firm_name: str
    to_name: str
    to_email: str
    subject: str
    paragraphs: tuple[str, ...]
    verb: str
    link: str
    afterword: str
    mail_from: str
    message_id: str
    sent_at: datetime


def notice_id(*, kind: str, firm_id: int, outbox_id: int, mail_from: str) -> str:
    """The Message-ID of a notice at every attempt."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<{kind}-{firm_id}-{outbox_id}@{domain}>"


def notice_message(notice: Notice) -> EmailMessage:
    """The mail, ready for the server. Raises InvalidInput for an address that no server takes."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(notice.firm_name, notice.mail_from)
    message["To"] = mailbox(one_line(notice.to_name), notice.to_email)
    message["Subject"] = one_line(notice.subject)
    message["Date"] = format_datetime(notice.sent_at)
    message["Message-ID"] = notice.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter_templates().get_template("notice.txt").render(notice=notice))
    message.add_alternative(letter_templates().get_template("notice.html").render(notice=notice), subtype="html")
    return message
