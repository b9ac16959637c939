"""How old what is open is, as of a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from lexapp.models import Allocation, Invoice, InvoiceMatter
from lexapp.queries.invoices.balances import open_as_of

# (name, days late at most); the last has no end
BUCKETS = (("Not due", 0), ("1–30 days late", 30), ("31–60", 60), ("Over 60", None))


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """Open invoices that are late by so many days; amount in minor units."""

    label: str
    count: int
    open_minor: int


def age_buckets(session: Session, *, firm_id: int, on: date) -> list[AgeBucket]:
    """What is open on a date by how late it is: not due, 1-30 days, 31-60, over 60. Always all four."""
    amounts = open_as_of(firm_id, on)
    ends = [(Invoice.due_on >= on - timedelta(days=days), literal(place)) for place, (_, days) in enumerate(BUCKETS) if days is not None]
    bucket = case(*ends, else_=literal(len(BUCKETS) - 1)).label("bucket")
    query = (
        select(bucket, func.count(), func.sum(amounts.open))
        .select_from(Invoice)
        .outerjoin(amounts.sums, amounts.on)
        .where(Invoice.firm_id == firm_id, Invoice.issued_on <= on, amounts.open > 0)
        .group_by(bucket)
    )
    found = {place: (count, int(total)) for place, count, total in session.execute(query)}
    return [AgeBucket(label, *found.get(place, (0, 0))) for place, (label, _) in enumerate(BUCKETS)]


def open_by_payer_and_matter(session: Session, *, firm_id: int, matter_ids: Sequence[int], on: date) -> dict[tuple[int, int], int]:
    """(payer, matter) -> what they owe on a date, in minor units; only where something is open."""
    part = InvoiceMatter
    live = and_(Invoice.firm_id == part.firm_id, Invoice.id == part.invoice_id, Invoice.voided_on.is_(None))
    charged = (
        select(Invoice.payer_id, part.matter_id, func.sum(part.total_minor))
        .join(Invoice, live)
        .where(part.firm_id == firm_id, part.matter_id.in_(matter_ids), Invoice.issued_on <= on)
        .group_by(Invoice.payer_id, part.matter_id)
    )
    paid = (
        select(Invoice.payer_id, Allocation.matter_id, func.sum(Allocation.amount_minor))
        .join(Invoice, and_(Invoice.firm_id == Allocation.firm_id, Invoice.id == Allocation.invoice_id))
        .where(Allocation.firm_id == firm_id, Allocation.matter_id.in_(matter_ids), Allocation.effective_on <= on)
        .group_by(Invoice.payer_id, Allocation.matter_id)
    )
    owed = {(payer, matter): int(amount) for payer, matter, amount in session.execute(charged)}
    for payer, matter, amount in session.execute(paid):
        owed[payer, matter] = owed.get((payer, matter), 0) - int(amount)
    return {place: amount for place, amount in owed.items() if amount}
