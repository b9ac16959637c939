"""The mail that brings a credit note."""

from __future__ import annotations

from email.message import EmailMessage

from lexapp.domain.snapshots.credit_notes import CreditNoteSnapshot
from lexapp.integrations.documents.wording import Figures, plain
from lexapp.integrations.letters.enclosing import Envelope, enclose


def credit_note_message(note: CreditNoteSnapshot, envelope: Envelope) -> EmailMessage:
    """The mail, ready for the server. Raises InvalidInput for an address that no server takes."""
    subject = f"Credit note {note.number} from {note.firm.name}"
    return enclose(envelope, note.firm, subject=subject, template="credit_note", words=_words(note))


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
