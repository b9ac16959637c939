"""The mail that brings the receipt of a payment."""

from __future__ import annotations

from email.message import EmailMessage

from lexapp.domain.snapshots.receipts import ReceiptSnapshot
from lexapp.integrations.documents.wording import Figures, plain
from lexapp.integrations.letters.enclosing import Envelope, enclose


def receipt_message(receipt: ReceiptSnapshot, envelope: Envelope) -> EmailMessage:
    """The mail, ready for the server. Raises InvalidInput for an address that no server takes."""
    subject = f"Receipt {receipt.number} from {receipt.firm.name}"
    return enclose(envelope, receipt.firm, subject=subject, template="receipt", words=_words(receipt))


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
