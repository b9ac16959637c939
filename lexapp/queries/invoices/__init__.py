"""Invoices as screens ask for them: lists with their derived state, ages of what is open, one invoice with everything around it."""

from lexapp.queries.invoices.aging import AgeBucket, age_buckets, open_by_payer_and_matter
from lexapp.queries.invoices.detail import AppliedPayment, InvoiceDetail, MailState, invoice_detail
from lexapp.queries.invoices.listing import InvoiceFilter, InvoicePage, InvoiceRow, list_invoices, payers_with_invoices

__all__ = [
    "AgeBucket",
    "AppliedPayment",
    "InvoiceDetail",
    "InvoiceFilter",
    "InvoicePage",
    "InvoiceRow",
    "MailState",
    "age_buckets",
    "invoice_detail",
    "list_invoices",
    "open_by_payer_and_matter",
    "payers_with_invoices",
]
