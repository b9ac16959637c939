"""Expenses that wait for somebody's approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.models import Client, ExpenseCategory, ExpenseEntry, Matter, User
from lexapp.queries.expense_states import HOLDS
from lexapp.queries.matter_titles import matter_title

MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class WaitingExpense:
    """An expense to approve; `paid` is what it cost, or what an own one is worth. `is_own`: the reader recorded it."""

    id: int
    version: int
    incurred_on: date
    title: str
    description: str
    category: str
    vendor: str
    recorded_by: str
    is_own: bool
    paid: Money
    receipt_id: int | None
    lacks_receipt: bool


def waiting_expenses(session: Session, *, firm_id: int, user_id: int, currency: str) -> list[WaitingExpense]:
    """Those that wait, the oldest first. One query."""
    entry = ExpenseEntry
    query = (
        select(entry, Matter.name, Client.name, ExpenseCategory.name, User.name)
        .join(Matter, and_(Matter.firm_id == entry.firm_id, Matter.id == entry.matter_id))
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .outerjoin(ExpenseCategory, and_(ExpenseCategory.firm_id == entry.firm_id, ExpenseCategory.id == entry.category_id))
        .outerjoin(User, User.id == entry.recorded_by_user_id)
        .where(entry.firm_id == firm_id, entry.discarded_at.is_(None), HOLDS["waiting"]())
        .order_by(entry.incurred_on, entry.id)
        .limit(MOST_WAITING)
    )
    return [_waiting(*row, user_id=user_id, currency=currency) for row in session.execute(query)]


def _waiting(
    entry: ExpenseEntry, matter: str, client: str | None, category: str | None, who: str | None, *, user_id: int, currency: str
) -> WaitingExpense:
    return WaitingExpense(
        entry.id,
        entry.version,
        entry.incurred_on,
        matter_title(client, matter),
        entry.description,
        category or "",
        entry.vendor,
        who or "",
        entry.recorded_by_user_id == user_id,
        Money(entry.cost_minor if entry.kind == "hard" else entry.amount_minor, currency),
        entry.receipt_id,
        entry.needs_receipt and entry.receipt_id is None,
    )
