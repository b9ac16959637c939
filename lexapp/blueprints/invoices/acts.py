"""What happens to an issued invoice: it is printed, sent, or voided."""

from __future__ import annotations

from flask import Response, url_for

from lexapp.blueprints.invoices.listing import VoidForm, blueprint, page_of
from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import Invoice
from lexapp.services.invoices import print_invoice, send_invoice, void_invoice
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import sent_key
from lexapp.web.htmx import redirect_after, toast


@blueprint.post("/invoices/<int:invoice_id>/sendings")
@requires("invoice.send")
def send(invoice_id: int) -> Response:
    load(Invoice, invoice_id)
    invoice = send_invoice(db.session(), actor=current_actor(), invoice_id=invoice_id, key=sent_key())
    toast(f"{invoice.number} is on its way to the payer")
    return redirect_after(url_for(".show", invoice_id=invoice_id))


@blueprint.post("/invoices/<int:invoice_id>/document")
@requires("invoice.send")
def print_document(invoice_id: int) -> Response:
    """Ask for the PDF of an invoice that was not printed when it was issued."""
    load(Invoice, invoice_id)
    print_invoice(db.session(), actor=current_actor(), invoice_id=invoice_id)
    return redirect_after(url_for(".show", invoice_id=invoice_id))


@blueprint.post("/invoices/<int:invoice_id>/void")
@requires("invoice.void")
def void(invoice_id: int) -> Response:
    """Refused beside its reason, or above the form when payments stand in the way."""
    invoice, form = load(Invoice, invoice_id), VoidForm()
    if not form.validate_on_submit():
        return page_of(invoice, form)
    try:
        void_invoice(db.session(), actor=current_actor(), invoice_id=invoice_id, reason=form.reason.data, key=form.key.data)
    except Refused as error:
        form.refuse(error)
        return page_of(load(Invoice, invoice_id), form)
    toast(f"{load(Invoice, invoice_id).number} voided. Its work is unbilled again")
    return redirect_after(url_for(".show", invoice_id=invoice_id))
