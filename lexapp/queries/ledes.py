"""Issued invoices as LEDES 1998B files."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lexapp.domain.ledes import invoices_from_snapshot, write_1998b
from lexapp.models import Invoice
from lexapp.queries.frozen_invoices import frozen_invoice


def ledes_1998b(session: Session, *, invoice: Invoice) -> str:
    """The file for one invoice, from its snapshot alone. Raises InvalidInput where the format cannot hold what it says."""
    frozen = frozen_invoice(session, firm_id=invoice.firm_id, invoice_id=invoice.id)
    return write_1998b(invoices_from_snapshot(frozen.snapshot))
