"""Money that came is recorded and applied to invoices; credit is applied later, or taken off again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, abort, request, url_for
from flask_login import current_user

from lexapp.blueprints.payments.listing import blueprint
from lexapp.database import db
from lexapp.domain.dates import day_text
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.models import Allocation, Client, Invoice, Payment
from lexapp.queries.payments import OwedInvoice, credit_of, oldest_first, owed_invoices, payers_owing, payment_detail
from lexapp.queries.trust import account_choices, client_choices
from lexapp.services.payments import allocate_payment, record_payment, unapply_allocation
from lexapp.web.access import current_actor, load, requires
from lexapp.web.bank_fields import methods_in
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, DateField, Form, MoneyField, NoteField, RecordField, TextField, sent_key
from lexapp.web.forms.allocations import AllocationForm, posted_id, posted_invoice_ids, with_boxes
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id
from lexapp.web.record_names import client_name


class PayerForm(Form):
    payer_id = RecordField("Payer", empty="Choose who paid…", named=client_name)


class PaymentForm(AllocationForm):
    amount = MoneyField("Amount", needed="Type the amount that came.")
    received_on = DateField("Date received", needed="Type the date when the money came.")
    method = ChoiceField("How it came", choices=methods_in, default="transfer")
    reference = TextField("Reference", hint="Check number or the bank’s reference")
    bank_account = RecordField("Into", empty="The usual account")
    memo = NoteField("Note", longest=1000)


class ApplyForm(AllocationForm):
    effective_on = DateField("As of", needed="Type the date from which the invoices count as paid.")


def _owed(payer_id: int) -> list[OwedInvoice]:
    """What the payer owes, and every invoice that the sent form has a box for: 404 where one is not the firm's."""
    posted = posted_invoice_ids(request.form)
    found = owed_invoices(db.session(), firm_id=current_actor().firm_id, payer_id=payer_id, also=posted)
    return found if {one.id for one in found} >= set(posted) else abort(404)


def _form(base: type[AllocationForm], invoices: list[OwedInvoice], **options: Any) -> Any:
    early = {one.id: _offer(one) for one in invoices if one.early_until_on}
    return with_boxes(base, {one.id: one.number for one in invoices}, early)(**options)


def _offer(one: OwedInvoice) -> str:
    kept = Money(one.early_minor, current_user.currency)
    return f"Keeps {kept} for paying through {day_text(one.early_until_on)}" if one.early_until_on else ""


def _payment_form(owed: list[OwedInvoice], **options: Any) -> Any:
    form = _form(PaymentForm, owed, **options)
    form.bank_account.pairs = account_choices(db.session(), firm_id=current_actor().firm_id, kind="operating")
    return form


@blueprint.get("/payments/new")
@requires("payment.record")
def new() -> Response:
    """Without a payer or an invoice it asks for the payer first. With an invoice, what it owes is filled in."""
    invoice_id, payer_id = asked_id("invoice_id"), asked_id("payer_id")
    if invoice_id is None and payer_id is None:
        owing = payers_owing(db.session(), firm_id=current_actor().firm_id)
        form = PayerForm(formdata=None)
        form.payer_id.pairs = client_choices(db.session(), firm_id=current_actor().firm_id)
        return render(page="payments/payer.html", form=form, owing=owing, today=today_here())
    payer = load(Client, load(Invoice, invoice_id).payer_id if invoice_id else payer_id or 0)
    owed = _owed(payer.id)
    form = _payment_form(owed, formdata=None, data={"received_on": today_here()})
    form.propose({one.id: one.open_minor for one in owed if one.id == invoice_id}, current_user.currency)
    return _page(form, payer, owed)


def _page(form: Any, payer: Client, owed: list[OwedInvoice]) -> Response:
    left = form.amount.data.minor - form.allocated_minor if form.amount.data else -form.allocated_minor
    credit = credit_of(db.session(), firm_id=payer.firm_id, payer_id=payer.id)
    shown = {"form": form, "payer": payer, "owed": owed, "left_minor": left, "credit_minor": credit, "today": today_here()}
    return render(page="payments/new.html", fragment="payments/_payment_form.html", status=form.status, **shown)


@blueprint.post("/payments")
@requires("payment.record")
def create() -> Response:
    payer = load(Client, posted_id("payer_id"))
    owed = _owed(payer.id)
    form = _payment_form(owed)
    is_valid = form.validate_on_submit()
    if _fills(form, owed, form.amount.data) or not is_valid:
        return _page(form, payer, owed)
    given = {name: form[name].data for name in ("amount", "received_on", "method", "reference", "memo")}
    more = {"payer_id": payer.id, "bank_account_id": form.bank_account.data, "allocations": form.allocations, "key": form.key.data}
    more["early"] = form.early
    payment = _done(form, lambda: record_payment(db.session(), actor=current_actor(), **given, **more))
    if payment is None:
        return _page(form, load(Client, payer.id), owed)
    toast("Payment recorded")
    return redirect_after(url_for(".show", payment_id=payment.id))


def _fills(form: AllocationForm, owed: list[OwedInvoice], amount: Money | None) -> bool:
    """The button that proposes amounts, the oldest invoice first, records nothing."""
    if "fill" not in request.form:
        return False
    form.fill(oldest_first(owed, amount.minor if amount else 0), current_user.currency)
    return True


def _done(form: AllocationForm, command: Callable[[], Payment]) -> Payment | None:
    """What the command gave, or None when it refused and the form says why."""
    try:
        return command()
    except Refused as error:
        form.refuse(error)
        return None


@blueprint.get("/payments/<int:payment_id>/allocations/new")
@requires("payment.record")
def new_allocation(payment_id: int) -> Response:
    payment = load(Payment, payment_id)
    owed = _owed(payment.payer_id)
    form = _form(ApplyForm, owed, formdata=None, data={"effective_on": today_here()})
    form.fill(oldest_first(owed, payment_detail(db.session(), payment=payment).unapplied_minor), payment.currency)
    return _apply_page(form, payment, owed)


def _apply_page(form: Any, payment: Payment, owed: list[OwedInvoice]) -> Response:
    detail = payment_detail(db.session(), payment=payment)
    left = detail.unapplied_minor - form.allocated_minor
    shown = {"form": form, "payment": payment, "detail": detail, "owed": owed, "left_minor": left, "payer": load(Client, payment.payer_id)}
    return render(page="payments/apply.html", fragment="payments/_apply_form.html", status=form.status, **shown, today=today_here())


@blueprint.post("/payments/<int:payment_id>/allocations")
@requires("payment.record")
def allocate(payment_id: int) -> Response:
    payment = load(Payment, payment_id)
    owed = _owed(payment.payer_id)
    form = _form(ApplyForm, owed)
    is_valid = form.validate_on_submit()
    left = Money(payment_detail(db.session(), payment=payment).unapplied_minor, payment.currency)
    if _fills(form, owed, left) or not is_valid:
        return _apply_page(form, payment, owed)
    given = {"payment_id": payment_id, "allocations": form.allocations, "effective_on": form.effective_on.data, "key": form.key.data}
    given["early"] = form.early
    if _done(form, lambda: allocate_payment(db.session(), actor=current_actor(), **given)) is None:
        return _apply_page(form, load(Payment, payment_id), owed)
    toast("Payment applied")
    return redirect_after(url_for(".show", payment_id=payment_id))


@blueprint.post("/payments/allocations/<int:allocation_id>/removal")
@requires("payment.record")
def unapply(allocation_id: int) -> Response:
    payment_id = load(Allocation, allocation_id).payment_id or abort(404)
    unapply_allocation(db.session(), actor=current_actor(), allocation_id=allocation_id, key=sent_key())
    toast("Taken off the invoice. The money is the payer’s credit")
    return redirect_after(url_for(".show", payment_id=payment_id))
