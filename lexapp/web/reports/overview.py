"""The questions of REPORTS with today's answers in small: one query each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lexapp.database import db
from lexapp.domain.periods import Period, month_of, named_period
from lexapp.domain.productivity import share_per_mille
from lexapp.queries.budgets import count_budgeted
from lexapp.queries.reports.aging import open_items
from lexapp.queries.reports.collections import collected_by, sum_collected
from lexapp.queries.reports.credits import collected_fees
from lexapp.queries.reports.hours import hours_by, sum_hours
from lexapp.queries.reports.income import accrual_income, sum_income
from lexapp.queries.reports.productivity import utilization
from lexapp.queries.reports.scope import Scope
from lexapp.queries.reports.trust_listing import held_in_all
from lexapp.queries.reports.wip import wip_parts
from lexapp.web.access import current_actor, may
from lexapp.web.dates import today_here
from lexapp.web.reports.figures import amount, counted, month_name, prose_hours
from lexapp.web.reports.names import BUDGETS, COLLECTED, CREDIT, HOURS, INCOME, OUTSTANDING, PRODUCTIVITY, TRUST, WIP, Named


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the figure that answers it today, and what stands behind that figure."""

    report: Named
    kind: str
    value: Any
    note: str


def overview() -> list[Question]:
    scope, today = Scope(current_actor()), today_here()
    month = Period(month_of(today), today)
    return [make(scope, month) for make in _QUESTIONS]


def _hours(scope: Scope, month: Period) -> Question:
    total = sum_hours(hours_by(db.session(), scope=scope, period=month, by="month"))
    note = f"{prose_hours(total.billable)} of {prose_hours(total.total)} billable in {month_name(month.first)}"
    return Question(HOURS, "percent", total.billable_per_mille, note)


def _outstanding(scope: Scope, month: Period) -> Question:
    items = open_items(db.session(), scope=scope, on=month.last)
    late = sum(item.open_minor for item in items if item.due_on < month.last)
    note = f"{amount(late)} of it late, on {counted(len({item.invoice_id for item in items}), 'invoice')}"
    value = sum(item.open_minor for item in items)
    return Question(OUTSTANDING, "money", value, note)


def _collected(scope: Scope, month: Period) -> Question:
    total = sum_collected(collected_by(db.session(), scope=scope, period=month, by="month"))
    note = f"in {month_name(month.first)}, {amount(total.fees_minor)} of it fees"
    return Question(COLLECTED, "money", total.total_minor, note)


def _credit(scope: Scope, month: Period) -> Question:
    fees = collected_fees(db.session(), scope=scope, period=month)
    return Question(CREDIT, "money", fees, f"of fees collected in {month_name(month.first)}, by originating and responsible timekeeper")


def _productivity(scope: Scope, month: Period) -> Question:
    year = named_period("year", month.last) or month
    billable, available = utilization(db.session(), scope=scope, period=year)
    share = share_per_mille(billable, available)
    note = f"utilization this year: {prose_hours(billable)} of {prose_hours(available)} available"
    return Question(PRODUCTIVITY, "percent", share, note)


def _wip(scope: Scope, month: Period) -> Question:
    parts = wip_parts(db.session(), scope=scope, on=month.last)
    worth, hours = sum(part.worth for part in parts), sum(part.quantity for part in parts)
    old = sum(part.worth for part in parts if part.age)
    if not may("rate.see"):
        return Question(WIP, "hours", hours, "billable and not on an invoice")
    return Question(WIP, "money", worth, f"{amount(old)} of it older than 30 days")


def _budgets(scope: Scope, month: Period) -> Question:
    count, reached = count_budgeted(db.session(), scope=scope, month=month)
    return Question(BUDGETS, "count", count, f"matters with a budget or cap; {counted(reached, 'warning')} in {month_name(month.first)}")


def _trust(scope: Scope, month: Period) -> Question:
    held = held_in_all(db.session(), scope=scope, on=month.last)
    return Question(TRUST, "money", held, "client money, by ledger")


def _income(scope: Scope, month: Period) -> Question:
    total = sum_income(accrual_income(db.session(), scope=scope, period=month))
    note = f"invoiced in {month_name(month.first)}; on cash basis inside"
    return Question(INCOME, "money", total.income_minor, note)


_QUESTIONS: tuple[Callable[[Scope, Period], Question], ...] = (
    _hours,
    _outstanding,
    _collected,
    _credit,
    _productivity,
    _wip,
    _budgets,
    _trust,
    _income,
)
