"""Vendors with what was paid to them, as far as the reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.models import ExpenseEntry, Vendor


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A vendor, how many expenses it has, what was paid (minor units), and when last."""

    id: int
    name: str
    version: int
    expenses: int
    paid_minor: int
    last_on: date


def count_vendors(session: Session, *, firm_id: int) -> int:
    """How many vendors have expenses that the reader may see. One query."""
    return session.scalar(select(func.count()).select_from(_vendors(firm_id).subquery())) or 0


def vendor_rows(session: Session, *, firm_id: int, limit: int, offset: int = 0) -> list[VendorRow]:
    """Vendors of expenses that the reader may see, by name. One query."""
    rows = session.execute(_vendors(firm_id).order_by(Vendor.folded, Vendor.id).limit(limit).offset(offset))
    return [_row(row) for row in rows]


def vendor_row(session: Session, *, firm_id: int, vendor_id: int) -> VendorRow | None:
    """One of them; None where there is none, where it was merged, and where the reader may see none of its expenses. One query."""
    row = session.execute(_vendors(firm_id).where(Vendor.id == vendor_id)).one_or_none()
    return _row(row) if row is not None else None


def _vendors(firm_id: int) -> Any:
    expense = ExpenseEntry
    paid = (expense.firm_id == Vendor.firm_id) & (expense.vendor_id == Vendor.id) & expense.discarded_at.is_(None)
    sums = (func.count(expense.id), func.coalesce(func.sum(expense.cost_minor), 0), func.max(expense.incurred_on))
    query = select(Vendor.id, Vendor.name, Vendor.version, *sums).join(expense, paid)
    return query.where(Vendor.firm_id == firm_id, Vendor.merged_into_id.is_(None)).group_by(Vendor.id)


def _row(row: Any) -> VendorRow:
    id_, name, version, expenses, paid, last_on = row
    return VendorRow(id_, name, version, int(expenses), int(paid), last_on)
