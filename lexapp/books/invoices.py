"""What issued invoices still owe, per matter, and the lock under which that may change.

Every command that applies money to an invoice, takes it back, or voids the invoice locks it here before anything else.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import NotFound
from lexapp.models import Allocation, Invoice, InvoiceMatter

# (invoice id, matter id)
Place = tuple[int, int]


def lock_invoices(session: Session, *, firm_id: int, invoice_ids: Iterable[int]) -> dict[int, Invoice]:
    """The invoices by id, locked in id order until the transaction ends. Raises NotFound for an id that is not the firm's."""
    wanted = sorted(set(invoice_ids))
    query = select(Invoice).where(Invoice.firm_id == firm_id, Invoice.id.in_(wanted)).order_by(Invoice.id)
    found = {row.id: row for row in session.scalars(query.with_for_update(of=Invoice).execution_options(populate_existing=True))}
    if len(found) != len(wanted):
        raise NotFound("There is no such invoice. Choose one of the list.")
    return found


def charged_amounts(session: Session, *, firm_id: int, invoice_ids: Iterable[int]) -> dict[Place, int]:
    """What each invoice charges for each of its matters, in minor units; a voided invoice charges nothing."""
    query = (
        select(InvoiceMatter.invoice_id, InvoiceMatter.matter_id, InvoiceMatter.total_minor, Invoice.voided_on)
        .join(Invoice, (Invoice.firm_id == firm_id) & (Invoice.id == InvoiceMatter.invoice_id))
        .where(InvoiceMatter.firm_id == firm_id, InvoiceMatter.invoice_id.in_(set(invoice_ids)))
        .order_by(InvoiceMatter.invoice_id, InvoiceMatter.matter_id)
    )
    return {(invoice, matter): total if voided_on is None else 0 for invoice, matter, total, voided_on in session.execute(query)}


def applied_amounts(session: Session, *, firm_id: int, invoice_ids: Iterable[int]) -> dict[Place, int]:
    """What is applied to each invoice and matter, less what was unapplied, in minor units: only places where something stands.

    An invoice that appears here has live allocations and may not be voided.
    """
    query = (
        select(Allocation.invoice_id, Allocation.matter_id, func.sum(Allocation.amount_minor))
        .where(Allocation.firm_id == firm_id, Allocation.invoice_id.in_(set(invoice_ids)))
        .group_by(Allocation.invoice_id, Allocation.matter_id)
    )
    return {(invoice, matter): int(amount) for invoice, matter, amount in session.execute(query) if amount}


def open_amounts(session: Session, *, firm_id: int, invoice_ids: Iterable[int]) -> dict[Place, int]:
    """What each invoice still owes for each of its matters, in minor units; 0 where it is paid or the invoice is void."""
    wanted = set(invoice_ids)
    applied = applied_amounts(session, firm_id=firm_id, invoice_ids=wanted)
    charged = charged_amounts(session, firm_id=firm_id, invoice_ids=wanted)
    return {place: max(total - applied.get(place, 0), 0) for place, total in charged.items()}
