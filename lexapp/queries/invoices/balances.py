"""The pieces that every question about open invoices is put together from, as of a date."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, case, func, or_, select

from lexapp.models import Allocation, Invoice


class Open(NamedTuple):
    """A subquery of applied sums to join on, and what is paid and open per invoice (minor units). What is credited is neither."""

    sums: FromClause
    on: ColumnElement[bool]
    paid: ColumnElement[int]
    open: ColumnElement[int]
    is_void: ColumnElement[bool]


def open_as_of(firm_id: int, on: date) -> Open:
    """Allocations and voids that took effect after `on` do not count yet; a void invoice has nothing open."""
    paid = case((Allocation.payment_id.is_not(None), Allocation.amount_minor), else_=0)
    sums = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor).label("applied"), func.sum(paid).label("paid"))
        .where(Allocation.firm_id == firm_id, Allocation.effective_on <= on)
        .group_by(Allocation.invoice_id)
        .subquery()
    )
    applied = func.coalesce(sums.c.applied, 0)
    is_void = and_(Invoice.voided_on.is_not(None), Invoice.voided_on <= on)
    is_live = or_(Invoice.voided_on.is_(None), Invoice.voided_on > on)
    money = func.coalesce(sums.c.paid, 0)
    return Open(sums, sums.c.invoice_id == Invoice.id, money, case((is_live, Invoice.total_minor - applied), else_=0), is_void)
