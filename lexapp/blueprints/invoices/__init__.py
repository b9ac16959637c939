"""Invoices: the list, issuing, one invoice with its files, sending and voiding it."""

from lexapp.blueprints.invoices import acts, files, issuing  # noqa: F401 - they add their routes
from lexapp.blueprints.invoices.listing import blueprint

__all__ = ["blueprint"]
