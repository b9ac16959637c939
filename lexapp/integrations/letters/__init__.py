"""Mail to clients and to the firm's people, made from frozen data and prepared texts alone: no request, no database."""

from lexapp.integrations.letters.credit_note import CreditNoteLetter, credit_note_message, credit_note_message_id
from lexapp.integrations.letters.invoice import Attachment, InvoiceLetter, invoice_message, message_id
from lexapp.integrations.letters.notice import Notice, notice_id, notice_message
from lexapp.integrations.letters.receipt import ReceiptLetter, receipt_message, receipt_message_id

__all__ = [
    "Attachment",
    "CreditNoteLetter",
    "InvoiceLetter",
    "Notice",
    "ReceiptLetter",
    "credit_note_message",
    "credit_note_message_id",
    "invoice_message",
    "message_id",
    "notice_id",
    "notice_message",
    "receipt_message",
    "receipt_message_id",
]
