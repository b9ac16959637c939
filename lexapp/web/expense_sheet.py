"""The list of expenses as a file."""

from __future__ import annotations

from flask_login import current_user

from lexapp.database import db
from lexapp.queries.expense_categories import category_names
from lexapp.queries.expense_entries import CostLine, expense_lines
from lexapp.web.access import current_actor
from lexapp.web.dates import today_here
from lexapp.web.lists import Order, Page
from lexapp.web.reports.sheet import Column, Sheet
from lexapp.web.time_lists import EXPENSE_STATUSES, asked_time

MOST_ROWS = 50_000
STATES = {"unbilled": "Unbilled", "on_pre_bill": "On a pre-bill", "billed": "Billed"}
HOLDS = dict(EXPENSE_STATUSES)


def expense_sheet() -> Sheet:
    """What the filters in the address find, newest first. Two queries."""
    asked = asked_time(today_here(), default_period="year", statuses=EXPENSE_STATUSES)
    mine = {"actor": current_actor(), "currency": current_user.currency}
    rows = expense_lines(db.session(), **mine, chosen=asked.chosen, limit=MOST_ROWS)
    names = dict(category_names(db.session(), firm_id=current_actor().firm_id))
    return Sheet("Expenses", _columns(names), rows, None, Order("date", True), Page(1, len(rows), MOST_ROWS))


def _columns(names: dict[int, str]) -> list[Column]:
    return [
        Column("date", "Date", "date", lambda one: one.dated_on),
        Column("matter", "Matter", "text", lambda one: one.title),
        Column("category", "Category", "text", lambda one: names.get(one.category_id or 0, "")),
        Column("code", "Code", "text", lambda one: one.code),
        Column("kind", "Kind", "text", lambda one: "Hard cost" if one.kind == "hard" else "Soft cost"),
        Column("vendor", "Paid to", "text", lambda one: one.vendor),
        Column("description", "Description", "text", lambda one: one.description),
        Column("paid", "Paid", "money", lambda one: one.cost.minor),
        Column("mark_up", "Mark-up", "money", lambda one: one.mark_up_minor),
        Column("amount", "Amount", "money", lambda one: one.amount.minor),
        Column("receipt", "Receipt", "text", lambda one: "yes" if one.receipt_id else ""),
        Column("state", "Status", "text", _state),
    ]


def _state(one: CostLine) -> str:
    return HOLDS[one.hold] if one.hold and one.state == "unbilled" else STATES[one.state]
