"""Money that goes back: what is not applied is refunded, a payment that bounced or was a mistake is reversed."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from lexapp.blueprints.payments.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.models import Client, Payment
from lexapp.queries.payments import PaymentDetail, payment_detail
from lexapp.services.payments import refund_payment, reverse_payment
from lexapp.web.access import current_actor, load, requires
from lexapp.web.bank_fields import PAYMENT_WORDS, method_words, methods_in
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, MoneyField, NoteField, TextField
from lexapp.web.htmx import redirect_after, render, toast


class RefundForm(CommandForm):
    amount = MoneyField("Amount", needed="Type the amount that goes back.")
    refunded_on = DateField("Date", needed="Type the date when the money goes back.")
    method = ChoiceField("How it goes back", choices=methods_in)
    reference = TextField("Reference", hint="Check number or the bank’s reference")
    memo = NoteField("Note", longest=1000)


class ReversalForm(CommandForm):
    reversed_on = DateField("Date", needed="Type the date of the reversal.")
    reason = NoteField("Reason", longest=500, needed="Say why the payment is reversed.")


def _page(name: str, form: CommandForm, payment: Payment, detail: PaymentDetail | None = None) -> Response:
    shown: dict[str, Any] = {"payment": payment, "payer": load(Client, payment.payer_id), "methods": method_words(), "kinds": PAYMENT_WORDS}
    shown["detail"] = detail or payment_detail(db.session(), payment=payment)
    return render(page=f"payments/{name}.html", fragment=f"payments/_{name}_form.html", status=form.status, form=form, **shown)


@blueprint.get("/payments/<int:payment_id>/refunds/new")
@requires("payment.refund")
def new_refund(payment_id: int) -> Response:
    payment = load(Payment, payment_id)
    detail = payment_detail(db.session(), payment=payment)
    left = Money(detail.unapplied_minor, payment.currency) if detail.unapplied_minor > 0 else None
    method = payment.method if payment.method != "trust" else "transfer"
    form = RefundForm(formdata=None, data={"amount": left, "refunded_on": today_here(), "method": method})
    return _page("refund", form, payment, detail)


@blueprint.post("/payments/<int:payment_id>/refunds")
@requires("payment.refund")
def refund(payment_id: int) -> Response:
    payment, form = load(Payment, payment_id), RefundForm()
    if not form.validate_on_submit():
        return _page("refund", form, payment)
    given = {name: form[name].data for name in ("amount", "refunded_on", "method", "reference", "memo", "key")}
    try:
        made = refund_payment(db.session(), actor=current_actor(), payment_id=payment_id, **given)
    except Refused as error:
        form.refuse(error)
        return _page("refund", form, load(Payment, payment_id))
    toast("Refund recorded")
    return redirect_after(url_for(".show", payment_id=made.id))


@blueprint.get("/payments/<int:payment_id>/reversal/new")
@requires("payment.record")
def new_reversal(payment_id: int) -> Response:
    return _page("reversal", ReversalForm(formdata=None, data={"reversed_on": today_here()}), load(Payment, payment_id))


@blueprint.post("/payments/<int:payment_id>/reversal")
@requires("payment.record")
def reverse(payment_id: int) -> Response:
    payment, form = load(Payment, payment_id), ReversalForm()
    if not form.validate_on_submit():
        return _page("reversal", form, payment)
    given = {"reversed_on": form.reversed_on.data, "reason": form.reason.data, "key": form.key.data}
    try:
        reverse_payment(db.session(), actor=current_actor(), payment_id=payment_id, **given)
    except Refused as error:
        form.refuse(error)
        return _page("reversal", form, load(Payment, payment_id))
    toast("Payment reversed")
    return redirect_after(url_for(".show", payment_id=payment_id))
