"""How the firm stands: what it billed and collected month by month; and what a new firm has yet to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, literal, literal_column, select, union_all
from sqlalchemy.orm import Session

from lexapp.domain.periods import month_of
from lexapp.models import Allocation, BankAccount, Client, Invoice, Matter, Membership, Rate, TimeEntry
from lexapp.queries.credited import IS_MONEY


@dataclass(frozen=True, slots=True)
class MonthSums:
    """What was invoiced in a month, less what was voided and credited in it, and what was applied to invoices; minor units."""

    month: date
    billed_minor: int = 0
    collected_minor: int = 0


def money_months(session: Session, *, firm_id: int, months: list[date], through: date) -> list[MonthSums]:
    """Each of these months (first days, ascending), through a day. One query."""
    since = months[0]
    billed = _sums("billed", Invoice.issued_on, Invoice.total_minor, Invoice.firm_id == firm_id, since, through)
    voided = _sums("billed", Invoice.voided_on, -Invoice.total_minor, Invoice.firm_id == firm_id, since, through)
    notes = Allocation.credit_note_id.is_not(None)
    credited = _sums("billed", Allocation.effective_on, -Allocation.amount_minor, (Allocation.firm_id == firm_id) & notes, since, through)
    money = (Allocation.firm_id == firm_id) & IS_MONEY
    collected = _sums("collected", Allocation.effective_on, Allocation.amount_minor, money, since, through)
    found: dict[tuple[str, date], int] = {}
    for kind, day, minor in session.execute(union_all(billed, voided, credited, collected)):
        found[kind, month_of(day)] = found.get((kind, month_of(day)), 0) + int(minor)
    return [MonthSums(month, found.get(("billed", month), 0), found.get(("collected", month), 0)) for month in months]


def _sums(kind: str, day: Any, amount: Any, mine: Any, since: date, through: date) -> Any:
    return select(literal(kind), day, func.sum(amount)).where(mine, day.between(since, through)).group_by(day)


def first_steps(session: Session, *, firm_id: int) -> dict[str, bool]:
    """Which of the first steps a firm has taken: a client, a matter, a rate, a time entry, an operating account, an invoice, a colleague.

    One query.
    """
    models: dict[str, Any] = {"client": Client, "matter": Matter, "rate": Rate, "time": TimeEntry, "invoice": Invoice}
    mine: dict[str, Any] = {name: select(literal_column("1")).where(model.firm_id == firm_id) for name, model in models.items()}
    mine["matter"] = mine["matter"].where(Matter.is_internal.is_(False))
    mine["account"] = select(literal_column("1")).where(BankAccount.firm_id == firm_id, BankAccount.kind == "operating")
    members: Any = select(literal_column("1")).select_from(Membership).where(Membership.firm_id == firm_id)
    mine["colleague"] = members.offset(1).limit(1)
    row = session.execute(select(*(query.exists() for query in mine.values()))).one()
    return dict(zip(mine, (bool(found) for found in row), strict=True))
