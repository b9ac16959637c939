"""Commands on invoices: issue approved pre-bills, one or many, print, send, void."""

from lexapp.services.invoices.commands import issue_invoices, print_invoice, send_invoice, void_invoice
from lexapp.services.invoices.runs import issue_next_chunk, start_issue_run

__all__ = ["issue_invoices", "issue_next_chunk", "print_invoice", "send_invoice", "start_issue_run", "void_invoice"]
