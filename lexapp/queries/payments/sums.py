"""What of each receipt is given back and applied: the pieces that every question about payments is put together from."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, case, func, select

from lexapp.models import Allocation, Payment


class Left(NamedTuple):
    """Two subqueries to outer-join on `payment_id`, and what is given back, applied and left of a receipt (minor units)."""

    back: FromClause
    applications: FromClause
    given_back: ColumnElement[int]
    applied: ColumnElement[int]
    unapplied: ColumnElement[int]


def left_of(firm_id: int) -> Left:
    """Join `back` and `applications` to `Payment.id`; refunds and reversals themselves have nothing left."""
    back = (
        select(Payment.original_payment_id.label("payment_id"), func.sum(Payment.amount_minor).label("amount"))
        .where(Payment.firm_id == firm_id, Payment.original_payment_id.is_not(None))
        .group_by(Payment.original_payment_id)
        .subquery()
    )
    applications = (
        select(Allocation.payment_id, func.sum(Allocation.amount_minor).label("amount"))
        .where(Allocation.firm_id == firm_id, Allocation.is_discount.is_(False))
        .group_by(Allocation.payment_id)
        .subquery()
    )
    given_back = func.coalesce(back.c.amount, 0)
    applied = func.coalesce(applications.c.amount, 0)
    unapplied = case((Payment.kind == "receipt", Payment.amount_minor - given_back - applied), else_=0)
    return Left(back, applications, given_back, applied, unapplied)
