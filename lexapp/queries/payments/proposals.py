"""What a payer's money could pay: open invoices, the oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from lexapp.models import Allocation, Client, Invoice, InvoiceMatter, Matter, Payment
from lexapp.queries.payments.sums import left_of
from lexapp.queries.walls import open_payments


@dataclass(frozen=True, slots=True)
class OwedInvoice:
    """An invoice of the payer with what it still owes; minor units.

    `early_minor` may be kept of it if all the rest comes through `early_until_on`: of an invoice that offers it and has nothing paid.
    """

    id: int
    number: str
    issued_on: date
    due_on: date
    matter_names: str
    total_minor: int
    open_minor: int
    early_minor: int = 0
    early_until_on: date | None = None


def owed_invoices(session: Session, *, firm_id: int, payer_id: int, also: Iterable[int] = ()) -> list[OwedInvoice]:
    """The payer's invoices that owe something, by due date; and those of `also` that are the firm's, so that a form can show them again."""
    applied = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor).label("amount"))
        .where(Allocation.firm_id == firm_id)
        .group_by(Allocation.invoice_id)
        .subquery()
    )
    still = case((Invoice.voided_on.is_(None), Invoice.total_minor - func.coalesce(applied.c.amount, 0)), else_=0)
    wanted = or_(and_(Invoice.payer_id == payer_id, still > 0), Invoice.id.in_(list(also)))
    early = (Invoice.early_discount_minor, Invoice.early_discount_until_on)
    query = (
        select(Invoice.id, Invoice.number, Invoice.issued_on, Invoice.due_on, Invoice.total_minor, still, *early)
        .outerjoin(applied, applied.c.invoice_id == Invoice.id)
        .where(Invoice.firm_id == firm_id, wanted)
        .order_by(Invoice.due_on, Invoice.id)
    )
    rows = session.execute(query).all()
    names = _matter_names(session, firm_id, [row.id for row in rows])
    return [_owed(names.get(row.id, ""), *row) for row in rows]


def _owed(
    matters: str, id_: int, number: str, issued: date, due: date, total: int, still: int, early: int, until_on: date | None
) -> OwedInvoice:
    offered = (early, until_on) if total == still and until_on else (0, None)
    return OwedInvoice(id_, number, issued, due, matters, total, int(still), *offered)


def _matter_names(session: Session, firm_id: int, invoice_ids: Sequence[int]) -> dict[int, str]:
    query = (
        select(InvoiceMatter.invoice_id, Matter.name)
        .join(Matter, and_(Matter.firm_id == firm_id, Matter.id == InvoiceMatter.matter_id))
        .where(InvoiceMatter.firm_id == firm_id, InvoiceMatter.invoice_id.in_(invoice_ids))
        .order_by(InvoiceMatter.invoice_id, Matter.number)
    )
    names: dict[int, list[str]] = {}
    for invoice_id, name in session.execute(query):
        names.setdefault(invoice_id, []).append(name)
    return {invoice_id: ", ".join(found) for invoice_id, found in names.items()}


@dataclass(frozen=True, slots=True)
class OwingPayer:
    """A payer with open invoices; minor units."""

    id: int
    name: str
    invoices: int
    oldest_due_on: date
    open_minor: int


def payers_owing(session: Session, *, firm_id: int, limit: int = 200) -> list[OwingPayer]:
    """Who owes something, whoever is latest first. One statement."""
    applied = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor).label("amount"))
        .where(Allocation.firm_id == firm_id)
        .group_by(Allocation.invoice_id)
        .subquery()
    )
    still = Invoice.total_minor - func.coalesce(applied.c.amount, 0)
    query = (
        select(Client.id, Client.name, func.count(), func.min(Invoice.due_on), func.sum(still))
        .join(Invoice, and_(Invoice.firm_id == Client.firm_id, Invoice.payer_id == Client.id))
        .outerjoin(applied, applied.c.invoice_id == Invoice.id)
        .where(Client.firm_id == firm_id, Invoice.voided_on.is_(None), still > 0)
        .group_by(Client.id, Client.name)
        .order_by(func.min(Invoice.due_on), Client.id)
        .limit(limit)
    )
    return [OwingPayer(id_, name, count, due, int(amount)) for id_, name, count, due, amount in session.execute(query)]


def oldest_first(invoices: Iterable[OwedInvoice], amount_minor: int) -> dict[int, int]:
    """Invoice id -> amount: each is paid whole, in order, until the money runs out."""
    proposed: dict[int, int] = {}
    for invoice in invoices:
        part = min(invoice.open_minor, amount_minor)
        if part > 0:
            proposed[invoice.id] = part
            amount_minor -= part
    return proposed


def credit_of(session: Session, *, firm_id: int, payer_id: int) -> int:
    """What the payer has paid that is not applied yet, in minor units."""
    left = left_of(firm_id)
    query = (
        select(func.coalesce(func.sum(left.unapplied), 0))
        .select_from(Payment)
        .outerjoin(left.back, left.back.c.payment_id == Payment.id)
        .outerjoin(left.applications, left.applications.c.payment_id == Payment.id)
        .where(Payment.firm_id == firm_id, Payment.payer_id == payer_id, open_payments(session))
    )
    return int(session.scalar(query) or 0)
