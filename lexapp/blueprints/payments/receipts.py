"""The receipt of a payment: made, shown, sent to the payer."""

from __future__ import annotations

from flask import Response, abort, url_for

from lexapp.blueprints.payments.listing import blueprint
from lexapp.database import db
from lexapp.models import Payment
from lexapp.queries.payments.receipts import stored_receipt
from lexapp.services.payments import print_receipt, send_receipt
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import sent_key
from lexapp.web.htmx import redirect_after, toast
from lexapp.web.stored_files import send_document


@blueprint.get("/payments/<int:payment_id>/receipt")
@requires("payment.view")
def receipt(payment_id: int) -> Response:
    payment = load(Payment, payment_id)
    stored = stored_receipt(db.session(), firm_id=payment.firm_id, payment_id=payment.id)
    return send_document(stored or abort(404))


@blueprint.post("/payments/<int:payment_id>/receipt")
@requires("payment.record")
def make_receipt(payment_id: int) -> Response:
    payment = load(Payment, payment_id)
    print_receipt(db.session(), actor=current_actor(), payment_id=payment.id, key=sent_key())
    return redirect_after(url_for(".show", payment_id=payment_id))


@blueprint.post("/payments/<int:payment_id>/receipt/sendings")
@requires("payment.record")
def mail_receipt(payment_id: int) -> Response:
    payment = load(Payment, payment_id)
    send_receipt(db.session(), actor=current_actor(), payment_id=payment.id, key=sent_key())
    toast("The receipt is on its way")
    return redirect_after(url_for(".show", payment_id=payment_id))
