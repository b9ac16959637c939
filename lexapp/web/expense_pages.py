"""What the pages of expense entries ask and do; the list stands on a matter's page too."""

from __future__ import annotations

from typing import Any

from lexapp.database import db
from lexapp.queries.expense_categories import category_names, vendor_names
from lexapp.queries.expense_entries import CostLine, expense_line, expense_lines, expense_totals
from lexapp.services import expense_entries as service
from lexapp.web.access import current_actor
from lexapp.web.cost_pages import CostPages
from lexapp.web.expense_forms import ExpenseForm
from lexapp.web.filters import as_money
from lexapp.web.stored_files import storage
from lexapp.web.time_lists import EXPENSE_STATUSES
from lexapp.workflows.expense_receipts import store_receipt


def _shown(entry: CostLine) -> dict[str, Any]:
    names = ("kind", "code", "vendor", "unit_rate_name")
    differs = entry.kind == "hard" and entry.cost != entry.unit.times_hundredths(entry.quantity_hundredths)
    money = {"unit_minor": entry.unit, "cost_minor": entry.cost if differs else None}
    counted = {"quantity_hundredths": entry.units_hundredths or entry.quantity_hundredths, "description": entry.own_words}
    if entry.unit_rate_name:
        money["unit_minor"] = None
    if entry.paid_units_hundredths is not None:
        counted["quantity_hundredths"] = entry.paid_units_hundredths
        money = {"unit_minor": as_money(entry.paid_unit_minor), "cost_minor": None}
    kept = {"incurred_on": entry.dated_on, "category_id": str(entry.category_id or "")}
    return {name: getattr(entry, name) for name in names} | money | counted | kept


def _facts(form: ExpenseForm) -> dict[str, Any]:
    expense = service.Expense(
        matter_id=form.matter_id.data,
        incurred_on=form.incurred_on.data,
        unit_minor=form.unit_minor.data.minor if form.unit_minor.data is not None else 0,
        quantity_hundredths=form.quantity_hundredths.data,
        kind=form.kind.data or "",
        category_id=int(form.category_id.data) if form.category_id.data else None,
        code=form.code.data or "",
        description=form.description.data or "",
        vendor=form.vendor.data or "",
        billing_status=form.billing_status.data,
        timekeeper_id=current_actor().timekeeper_id,
        unit_rate_name=form.unit_rate_name.data or "",
        cost_minor=form.cost_minor.data.minor if form.cost_minor.data is not None else None,
    )
    data = form.receipt.content
    receipt = store_receipt(storage(), actor=current_actor(), data=data) if data is not None else None
    return {"expense": expense, "receipt": receipt}


def _vendors() -> list[tuple[int, str]]:
    return vendor_names(db.session(), firm_id=current_actor().firm_id)


def _categories() -> list[tuple[int, str]]:
    return category_names(db.session(), firm_id=current_actor().firm_id)


EXPENSES = CostPages(
    blueprint="expenses",
    noun="expense",
    see="matter.view",
    permission="expense.record",
    form=ExpenseForm,
    line=expense_line,
    lines=expense_lines,
    totals=expense_totals,
    facts=_facts,
    shown=_shown,
    record=service.record_expense,
    edit=service.edit_expense,
    discard=service.discard_expense,
    restore=service.restore_expense,
    statuses=EXPENSE_STATUSES,
    vendors=_vendors,
    categories=_categories,
)
