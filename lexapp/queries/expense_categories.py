"""Categories of expenses, with the rate that each is counted at, and vendors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lexapp.domain.unit_rates import UnitRate, resolve_unit_rate
from lexapp.models import ExpenseCategory, ExpenseEntry, Vendor
from lexapp.queries.unit_rates import unit_rates


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category for a list: what it is counted at on the day (`rate`), whether it has rates at all, how many expenses are in it."""

    category: ExpenseCategory
    rate: UnitRate | None
    is_counted: bool
    expenses: int = 0


def categories_with_use(session: Session, *, firm_id: int, on: date) -> list[CategoryRow]:
    """Every category, retired ones last, by name. Two queries."""
    used = func.count(ExpenseEntry.id)
    query = (
        select(ExpenseCategory, used)
        .outerjoin(ExpenseEntry, _of_category(firm_id))
        .where(ExpenseCategory.firm_id == firm_id)
        .group_by(ExpenseCategory.id)
        .order_by(ExpenseCategory.retired_at.is_not(None), ExpenseCategory.name)
    )
    rates = unit_rates(session, firm_id=firm_id)
    return [_row(category, rates, on, int(count)) for category, count in session.execute(query)]


def offered_categories(session: Session, *, firm_id: int, on: date, also_id: int | None = None) -> list[CategoryRow]:
    """Those that an expense can be put into, by name; and the one that it has. Two queries."""
    offered = ExpenseCategory.retired_at.is_(None) | (ExpenseCategory.id == (also_id or 0))
    rows = session.scalars(select(ExpenseCategory).where(ExpenseCategory.firm_id == firm_id, offered).order_by(ExpenseCategory.name))
    rates = unit_rates(session, firm_id=firm_id)
    return [_row(category, rates, on, 0) for category in rows]


def category_names(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """Id and name of every category, retired ones too, by name. One query."""
    query = select(ExpenseCategory.id, ExpenseCategory.name).where(ExpenseCategory.firm_id == firm_id).order_by(ExpenseCategory.name)
    return [(id_, name) for id_, name in session.execute(query)]


def vendor_names(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """Id and name of the vendors of expenses that the reader may see, by name. One query."""
    paid = (ExpenseEntry.firm_id == Vendor.firm_id) & (ExpenseEntry.vendor_id == Vendor.id) & ExpenseEntry.discarded_at.is_(None)
    query = select(Vendor.id, Vendor.name).join(ExpenseEntry, paid).where(Vendor.firm_id == firm_id)
    rows = session.execute(query.group_by(Vendor.id).order_by(Vendor.folded))
    return [(id_, name) for id_, name in rows]


def _row(category: ExpenseCategory, rates: Sequence[UnitRate], on: date, expenses: int) -> CategoryRow:
    own = [rate for rate in rates if rate.name == category.name]
    return CategoryRow(category, resolve_unit_rate(own, category.name, on), bool(own), expenses)


def _of_category(firm_id: int) -> ColumnElement[bool]:
    return (ExpenseEntry.firm_id == firm_id) & (ExpenseEntry.category_id == ExpenseCategory.id) & ExpenseEntry.discarded_at.is_(None)
