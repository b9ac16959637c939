"""Mail to clients, made from frozen data and prepared texts alone: no request, no database."""

from lexapp.integrations.letters.invoice import Attachment, InvoiceLetter, invoice_message, message_id
from lexapp.integrations.letters.receipt import ReceiptLetter, receipt_message, receipt_message_id

__all__ = [
    "Attachment",
    "InvoiceLetter",
    "ReceiptLetter",
    "invoice_message",
    "message_id",
    "receipt_message",
    "receipt_message_id",
]
