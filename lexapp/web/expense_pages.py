"""What the pages of expense entries ask and do; the list stands on a matter's page too."""

from __future__ import annotations

from typing import Any

from lexapp.queries.expense_entries import CostLine, expense_line, expense_lines, expense_totals
from lexapp.services import expense_entries as service
from lexapp.web.access import current_actor
from lexapp.web.cost_pages import CostPages
from lexapp.web.entry_forms import ExpenseForm


def _shown(entry: CostLine) -> dict[str, Any]:
    names = ("kind", "code", "vendor", "quantity_hundredths")
    marked_up = entry.kind == "hard" and entry.cost != entry.unit.times_hundredths(entry.quantity_hundredths)
    money = {"unit_minor": entry.unit, "cost_minor": entry.cost if marked_up else None}
    return {name: getattr(entry, name) for name in names} | money | {"incurred_on": entry.dated_on}


def _facts(form: ExpenseForm) -> dict[str, Any]:
    expense = service.Expense(
        matter_id=form.matter_id.data,
        incurred_on=form.incurred_on.data,
        unit_minor=form.unit_minor.data.minor,
        quantity_hundredths=form.quantity_hundredths.data,
        kind=form.kind.data,
        code=form.code.data or "",
        description=form.description.data or "",
        vendor=form.vendor.data or "",
        billing_status=form.billing_status.data,
        timekeeper_id=current_actor().timekeeper_id,
        cost_minor=form.cost_minor.data.minor if form.cost_minor.data is not None else None,
    )
    return {"expense": expense}


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
)
