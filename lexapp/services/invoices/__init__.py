"""Commands on invoices: issue approved pre-bills, one or many, send, void."""

from lexapp.services.invoices.commands import issue_invoices, send_invoice, void_invoice
from lexapp.services.invoices.runs import issue_next_chunk, start_issue_run

__all__ = ["issue_invoices", "issue_next_chunk", "send_invoice", "start_issue_run", "void_invoice"]
