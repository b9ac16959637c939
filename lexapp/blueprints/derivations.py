"""Explain this cent: how the amount of an entry, a pre-bill line or an invoice came about, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response

from lexapp.database import db
from lexapp.domain.derivations import Step, comes_to
from lexapp.models import ExpenseEntry, FixedFeeEntry, Invoice, Matter, PreBill, PreBillLine, TimeEntry
from lexapp.queries.derivations import derive_entry, derive_invoice, derive_lines, expense_steps, fixed_fee_steps, time_steps
from lexapp.web.access import current_actor, load, requires
from lexapp.web.htmx import render

blueprint = Blueprint("derivations", __name__)


@blueprint.get("/pre-bill-lines/<int:line_id>/derivation")
@requires("pre_bill.view")
def line(line_id: int) -> Response:
    found = load(PreBillLine, line_id)
    pre_bill = load(PreBill, found.pre_bill_id)
    (derived,) = derive_lines(db.session(), firm_id=current_actor().firm_id, condition=PreBillLine.id == line_id)
    shown = {"line": found, "steps": derived.steps, "amount": comes_to(derived.steps), "pre_bill": pre_bill}
    return render(page="derivations/line.html", fragment="derivations/_line_steps.html", **shown)


@blueprint.get("/time/<int:time_entry_id>/derivation")
@requires("pre_bill.view")
def time_entry(time_entry_id: int) -> Response:
    found = load(TimeEntry, time_entry_id)
    return _entry(found, derive_entry(time_steps, found), found.worked_on, found.narrative)


@blueprint.get("/expenses/<int:expense_entry_id>/derivation")
@requires("pre_bill.view")
def expense_entry(expense_entry_id: int) -> Response:
    found = load(ExpenseEntry, expense_entry_id)
    return _entry(found, derive_entry(expense_steps, found), found.incurred_on, found.description)


@blueprint.get("/fixed-fees/<int:fixed_fee_entry_id>/derivation")
@requires("pre_bill.view")
def fixed_fee_entry(fixed_fee_entry_id: int) -> Response:
    found = load(FixedFeeEntry, fixed_fee_entry_id)
    return _entry(found, derive_entry(fixed_fee_steps, found), found.charged_on, found.description)


def _entry(entry: Any, steps: Sequence[Step], on: date, text: str) -> Response:
    shown = {"entry": entry, "on": on, "text": text, "steps": steps, "amount": comes_to(steps), "matter": load(Matter, entry.matter_id)}
    return render(page="derivations/entry.html", fragment="derivations/_entry_steps.html", **shown)


@blueprint.get("/invoices/<int:invoice_id>/derivation")
@requires("invoice.view")
def invoice(invoice_id: int) -> Response:
    found = load(Invoice, invoice_id)
    derived = derive_invoice(db.session(), invoice=found)
    shown = {"invoice": found, "derived": derived, "amount": comes_to(derived.steps)}
    return render(page="derivations/invoice.html", fragment="derivations/_invoice_steps.html", **shown)
