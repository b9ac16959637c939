"""Explain this cent: any amount of an entry, a pre-bill or an invoice as the steps by which it came about."""

from lexapp.queries.derivations.entries import derive_entry, expense_steps, fixed_fee_steps, time_steps
from lexapp.queries.derivations.invoices import InvoiceDerivation, derive_invoice, lines_behind
from lexapp.queries.derivations.lines import LineDerivation, derive_lines

__all__ = [
    "InvoiceDerivation",
    "LineDerivation",
    "derive_entry",
    "derive_invoice",
    "derive_lines",
    "expense_steps",
    "fixed_fee_steps",
    "lines_behind",
    "time_steps",
]
