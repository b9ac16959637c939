"""Taxes: what is charged, from when and until when."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, url_for
from wtforms import ValidationError

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.tax import parse_rate
from lexapp.models import Tax
from lexapp.queries.taxes import rule_of, taxes_of
from lexapp.services import taxes as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm, DateField, FlagField, TextField, sent_key
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("taxes", __name__)


class TaxForm(CommandForm):
    name = TextField("Name", longest=60, needed="Write how the tax is called, such as GST or VAT.", hint="As it stands on invoices")
    rate = TextField("Rate", longest=20, needed="Write the rate in percent.")
    registration_number = TextField("Tax number", longest=60, hint="Printed beside the tax, where the firm has one for it")
    on_fees = FlagField("Fees", default=True, hint="Time and fixed fees")
    on_expenses = FlagField("Expenses", hint="Costs that are billed on")
    effective_from = DateField("From", needed="Write the first day.", hint="Invoices dated from this day on charge it")

    def validate_rate(self, field: TextField) -> None:
        try:
            parse_rate(field.data or "")
        except Refused as error:
            raise ValidationError(str(error)) from error

    def new_tax(self) -> service.NewTax:
        """What was typed, as the service takes it. Only after validation."""
        return service.NewTax(
            name=self.name.data or "",
            rate_millionths=parse_rate(self.rate.data or ""),
            on_fees=self.on_fees.data,
            on_expenses=self.on_expenses.data,
            effective_from=self.effective_from.data,
            registration_number=self.registration_number.data or "",
        )


class EndTaxForm(CommandForm):
    effective_to = DateField("Last day", needed="Write the last day on which the tax is charged.")


@blueprint.get("/settings/taxes")
@requires("settings.edit")
def index() -> Response:
    rows = [(tax, rule_of(tax), state(tax, today_here())) for tax in taxes_of(db.session(), firm_id=current_actor().firm_id)]
    return render(page="taxes/index.html", rows=rows)


def state(tax: Tax, today: date) -> str:
    if rule_of(tax).is_in_force(today):
        return "now"
    return "later" if tax.effective_from > today else "past"


@blueprint.get("/settings/taxes/new")
@requires("settings.edit")
def new() -> Response:
    return _form_page(TaxForm(None, data={"effective_from": today_here(), "on_fees": True}))


@blueprint.post("/settings/taxes")
@requires("settings.edit")
def create() -> Response:
    form = TaxForm()
    if form.validate_on_submit():
        try:
            tax = service.add_tax(db.session(), actor=current_actor(), tax=form.new_tax(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{tax.name} added")
            return redirect_after(url_for(".index"))
    return _form_page(form)


def _form_page(form: TaxForm) -> Response:
    return render(page="taxes/form.html", fragment="taxes/_tax_form.html", status=form.status, form=form)


@blueprint.get("/settings/taxes/<int:tax_id>/ending")
@requires("settings.edit")
def end_form(tax_id: int) -> Response:
    return _end_page(EndTaxForm(None, data={"effective_to": today_here()}), load(Tax, tax_id))


@blueprint.post("/settings/taxes/<int:tax_id>/ending")
@requires("settings.edit")
def end(tax_id: int) -> Response:
    load(Tax, tax_id)
    form = EndTaxForm()
    if form.validate_on_submit():
        try:
            values = {"tax_id": tax_id, "effective_to": form.effective_to.data, "key": form.key.data}
            service.end_tax(db.session(), actor=current_actor(), **values)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Tax ended")
            return redirect_after(url_for(".index"))
    return _end_page(form, load(Tax, tax_id))


def _end_page(form: EndTaxForm, tax: Tax) -> Response:
    return render(page="taxes/end.html", fragment="taxes/_end_tax_form.html", status=form.status, form=form, tax=tax)


@blueprint.post("/settings/taxes/<int:tax_id>/removal")
@requires("settings.edit")
def remove(tax_id: int) -> Response:
    tax = load(Tax, tax_id)
    name = tax.name
    service.remove_tax(db.session(), actor=current_actor(), tax_id=tax_id, key=sent_key())
    toast(f"{name} removed")
    return redirect_after(url_for(".index"))
