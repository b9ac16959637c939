"""The mail that brings an invoice: text and HTML, the PDF, and the address of the client's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from lexapp.domain.placeholders import fill
from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.integrations.documents.balances import early_sentence
from lexapp.integrations.documents.wording import Figures, plain
from lexapp.integrations.letters.envelope import mailbox, one_line, sender

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "emails"
# Many mail servers refuse more than 10 MB, and the encoding adds a third.
LARGEST_ATTACHMENT_BYTES = 7_000_000
USUAL_SUBJECT = "Invoice {number} from {firm}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the mail."""

    file_name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class InvoiceLetter:
    """What the mail says. `open_minor` is what is still to be paid; `link` is empty where there is no page to show.

    `subject` and `body` are the firm's own texts, with places to fill in; empty means the usual words.
    """

    snapshot: InvoiceSnapshot
    recipients: tuple[tuple[str, str], ...]
    open_minor: int
    link: str
    mail_from: str
    message_id: str
    sent_at: datetime
    pdf: Attachment
    subject: str = ""
    body: str = ""


def message_id(*, firm_id: int, invoice_id: int, outbox_id: int, snapshot_sha256: str, mail_from: str) -> str:
    """The Message-ID of this mail at every attempt: from its outbox row and the invoice as frozen, at the sender's domain."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<invoice-{firm_id}-{invoice_id}-{outbox_id}.{snapshot_sha256[:16]}@{domain}>"


def invoice_message(letter: InvoiceLetter) -> EmailMessage:
    """The mail, ready for the server. Raises InvalidInput for an address that no server takes."""
    snapshot = letter.snapshot
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(snapshot.firm.name, letter.mail_from)
    message["To"] = tuple(mailbox(one_line(name), email) for name, email in letter.recipients)
    if snapshot.firm.email:
        message["Reply-To"] = mailbox(one_line(snapshot.firm.name), snapshot.firm.email)
    message["Subject"] = one_line(fill(letter.subject or USUAL_SUBJECT, filled_in(letter)))
    message["Date"] = format_datetime(letter.sent_at)
    message["Message-ID"] = letter.message_id
    words = _words(letter)
    message.set_content(letter_templates().get_template("invoice.txt").render(words))
    message.add_alternative(letter_templates().get_template("invoice.html").render(words), subtype="html")
    if _is_attached(letter):
        message.add_attachment(letter.pdf.data, maintype="application", subtype="pdf", filename=letter.pdf.file_name)
    return message


def filled_in(letter: InvoiceLetter) -> dict[str, str]:
    """What the places in the firm's texts stand for, by the names of `domain.placeholders`."""
    snapshot, figures = letter.snapshot, Figures(letter.snapshot.locale, letter.snapshot.currency)
    return {
        "number": snapshot.number,
        "payer": plain(snapshot.payer.attention or snapshot.payer.name),
        "client": plain(snapshot.client.name),
        "matter": ", ".join(plain(f"{matter.number} {matter.name}") for matter in snapshot.matters),
        "total": figures.signed(snapshot.totals.total_minor),
        "to_pay": figures.signed(letter.open_minor),
        "due": figures.long_date(snapshot.due_on),
        "firm": plain(snapshot.firm.name),
        "link": letter.link,
    }


def _is_attached(letter: InvoiceLetter) -> bool:
    return len(letter.pdf.data) <= LARGEST_ATTACHMENT_BYTES


def _words(letter: InvoiceLetter) -> dict[str, object]:
    snapshot, figures = letter.snapshot, Figures(letter.snapshot.locale, letter.snapshot.currency)
    total = snapshot.totals.total_minor
    return {
        "firm": snapshot.firm,
        "greeting": plain(snapshot.payer.attention or snapshot.payer.name),
        "number": snapshot.number,
        "matters": [plain(f"{matter.number} {matter.name}") for matter in snapshot.matters],
        "billed_from": figures.long_date(snapshot.billed_from),
        "billed_through": figures.long_date(snapshot.billed_through),
        "total": figures.signed(total),
        "paid": figures.signed(total - letter.open_minor) if letter.open_minor != total else "",
        "to_pay": figures.signed(letter.open_minor),
        "is_paid": letter.open_minor <= 0,
        "due_on": figures.long_date(snapshot.due_on),
        "early": early_sentence(snapshot, figures) if letter.open_minor == total else "",
        "link": letter.link,
        "is_attached": _is_attached(letter),
        "body": fill(letter.body, filled_in(letter)).strip(),
    }


@cache
def letter_templates() -> ImmutableSandboxedEnvironment:
    """The texts of mails: HTML is escaped, a name that does not exist fails."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
