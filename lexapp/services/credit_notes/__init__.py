"""Commands on credit notes: take an amount off an issued invoice for good, and take a note back that was a mistake."""

from lexapp.services.credit_notes.commands import credit_invoice, void_credit_note
from lexapp.services.credit_notes.printing import print_credit_note, send_credit_note

__all__ = ["credit_invoice", "print_credit_note", "send_credit_note", "void_credit_note"]
