"""Discounts agreed with a client on all its matters: by volume and for early payment; agreeing, ending, taking back."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import Client, ClientDiscount
from lexapp.services import client_discounts as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.client_discount_forms import DiscountForm, EarlyForm, VolumeForm
from lexapp.web.dates import today_here
from lexapp.web.ending import EndForm
from lexapp.web.forms import LastDayField, sent_version
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("client_discounts", __name__)


class EndDiscountForm(EndForm):
    effective_to = LastDayField("Last day", needed="Write the last day on which the discount holds.")


@blueprint.get("/clients/<int:client_id>/volume-discounts/new")
@requires("rate.edit")
def new_volume(client_id: int) -> Response:
    first_day = today_here().replace(month=1, day=1)
    return _form_page(VolumeForm(None, data={"effective_from": first_day}), load(Client, client_id), "volume")


@blueprint.post("/clients/<int:client_id>/volume-discounts")
@requires("rate.edit")
def create_volume(client_id: int) -> Response:
    return _agree(VolumeForm(), load(Client, client_id), "volume")


@blueprint.get("/clients/<int:client_id>/early-payment-discounts/new")
@requires("rate.edit")
def new_early(client_id: int) -> Response:
    return _form_page(EarlyForm(None, data={"effective_from": today_here()}), load(Client, client_id), "early")


@blueprint.post("/clients/<int:client_id>/early-payment-discounts")
@requires("rate.edit")
def create_early(client_id: int) -> Response:
    return _agree(EarlyForm(), load(Client, client_id), "early")


def _agree(form: DiscountForm, client: Client, kind: str) -> Response:
    client_id = client.id
    if form.validate_on_submit():
        try:
            service.agree_discount(db.session(), actor=current_actor(), discount=form.discount(client_id), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Discount agreed. Issued invoices keep what they charge.")
            return redirect_after(_home(client_id))
    return _form_page(form, load(Client, client_id), kind)


def _form_page(form: DiscountForm, client: Client, kind: str) -> Response:
    page = {"page": f"client_discounts/{kind}.html", "fragment": f"client_discounts/_{kind}_form.html", "status": form.status}
    return render(**page, form=form, client=client, back=_home(client.id))


def _home(client_id: int) -> str:
    return url_for("clients.discounts", client_id=client_id)


@blueprint.get("/client-discounts/<int:client_discount_id>/ending")
@requires("rate.edit")
def end_form(client_discount_id: int) -> Response:
    row = load(ClientDiscount, client_discount_id)
    return _end_page(EndDiscountForm.shown(row), row)


@blueprint.post("/client-discounts/<int:client_discount_id>/ending")
@requires("rate.edit")
def end(client_discount_id: int) -> Response:
    row, form = load(ClientDiscount, client_discount_id), EndDiscountForm()
    client_id = row.client_id
    if form.validate_on_submit():
        try:
            values = {"version": form.version_seen, "effective_to": form.effective_to.data, "key": form.key.data}
            service.end_discount(db.session(), actor=current_actor(), discount_id=row.id, **values)
        except Refused as error:
            form.refuse_ending(error, ClientDiscount, client_discount_id)
        else:
            toast("Discount ended")
            return redirect_after(_home(client_id))
    return _end_page(form, load(ClientDiscount, client_discount_id))


def _end_page(form: EndDiscountForm, row: ClientDiscount) -> Response:
    page = {"page": "client_discounts/end.html", "fragment": "client_discounts/_end_discount_form.html", "status": form.status}
    return render(**page, form=form, row=row, client=load(Client, row.client_id), back=_home(row.client_id))


@blueprint.post("/client-discounts/<int:client_discount_id>/removal")
@requires("rate.edit")
def remove(client_discount_id: int) -> Response:
    row = load(ClientDiscount, client_discount_id)
    client_id = row.client_id
    service.remove_discount(db.session(), actor=current_actor(), discount_id=row.id, version=sent_version())
    toast("Discount removed. Invoices keep what they were given.")
    return redirect_after(_home(client_id))
