"""Explain this cent: how the amount of a pre-bill line or of an invoice came about, step by step."""

from __future__ import annotations

from flask import Blueprint, Response

from lexapp.database import db
from lexapp.domain.derivations import comes_to
from lexapp.models import Invoice, PreBill, PreBillLine
from lexapp.queries.derivations import derive_invoice, derive_lines
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


@blueprint.get("/invoices/<int:invoice_id>/derivation")
@requires("invoice.view")
def invoice(invoice_id: int) -> Response:
    found = load(Invoice, invoice_id)
    derived = derive_invoice(db.session(), invoice=found)
    shown = {"invoice": found, "derived": derived, "amount": comes_to(derived.steps)}
    return render(page="derivations/invoice.html", fragment="derivations/_invoice_steps.html", **shown)
