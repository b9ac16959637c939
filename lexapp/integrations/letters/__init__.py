"""Mail to clients and to the firm's people, made from frozen data and prepared texts alone: no request, no database."""

from lexapp.integrations.letters.credit_note import credit_note_message
from lexapp.integrations.letters.enclosing import Envelope, own_message_id
from lexapp.integrations.letters.invoice import Attachment, InvoiceLetter, invoice_message, message_id
from lexapp.integrations.letters.notice import Notice, notice_id, notice_message
from lexapp.integrations.letters.receipt import receipt_message

__all__ = [
    "Attachment",
    "Envelope",
    "InvoiceLetter",
    "Notice",
    "credit_note_message",
    "invoice_message",
    "message_id",
    "notice_id",
    "notice_message",
    "own_message_id",
    "receipt_message",
]
