"""Explain this cent: any amount of a pre-bill or an invoice as the steps by which it came about."""

from lexapp.queries.derivations.invoices import InvoiceDerivation, derive_invoice, lines_behind
from lexapp.queries.derivations.lines import LineDerivation, derive_lines

__all__ = ["InvoiceDerivation", "LineDerivation", "derive_invoice", "derive_lines", "lines_behind"]
