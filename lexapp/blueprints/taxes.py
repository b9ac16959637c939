"""Taxes: what is charged, where, from when and until when."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, url_for
from wtforms import ValidationError

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.tax import parse_rate, parse_regions
from lexapp.models import Firm, Tax
from lexapp.queries.taxes import rule_of, taxes_of
from lexapp.services import taxes as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.ending import EndForm
from lexapp.web.forms import ChoiceField, CommandForm, FirstDayField, FlagField, LastDayField, TextField, sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("taxes", __name__)

PRICES = (("on_top", "Added to the prices"), ("included", "Contained in the prices"))


class TaxForm(CommandForm):
    name = TextField("Name", longest=60, needed="Write how the tax is called, such as GST or VAT.", hint="As it stands on invoices")
    rate = TextField("Rate", longest=20, needed="Write the rate in percent.")
    registration_number = TextField("Tax number", longest=60, hint="Printed beside the tax, where the firm has one for it")
    country = TextField("Country of the client", longest=2, hint="Two letters, such as CA. Empty: everywhere")
    regions = TextField("Regions", longest=250, hint="Such as BC, MB. Empty: the whole country")
    on_fees = FlagField("Fees", default=True, hint="Time and fixed fees")
    on_expenses = FlagField("Expenses", hint="Costs that are billed on")
    is_included = ChoiceField("The tax is", choices=PRICES, default="on_top")
    on_top_of = ChoiceField("Charged on top of", empty="The price alone", hint="Then that tax is part of what this one is charged on")
    effective_from = FirstDayField("From", needed="Write the first day.", hint="Invoices dated from this day on charge it")
    effective_to = LastDayField("Until", hint="Empty: until a new rate starts")

    def offer(self) -> None:
        """Offer the names of the firm's taxes, to be charged on top of."""
        names = sorted({tax.name for tax in taxes_of(db.session(), firm_id=current_actor().firm_id)})
        self.on_top_of.pairs = [(name, f"The price and {name}") for name in names]

    def validate_rate(self, field: TextField) -> None:
        try:
            parse_rate(field.data or "")
        except Refused as error:
            raise ValidationError(str(error)) from error

    def validate_regions(self, field: TextField) -> None:
        try:
            parse_regions(field.data or "")
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
            effective_to=self.effective_to.data,
            registration_number=self.registration_number.data or "",
            country=(self.country.data or "").upper(),
            regions=parse_regions(self.regions.data or ""),
            on_top_of=self.on_top_of.data or "",
            is_included=self.is_included.data == "included",
        )


class EndTaxForm(EndForm):
    effective_to = LastDayField("Last day", needed="Write the last day on which the tax is charged.")


@blueprint.get("/settings/taxes")
@requires("settings.edit")
def index() -> Response:
    rows = [(tax, rule_of(tax), state(tax, today_here())) for tax in taxes_of(db.session(), firm_id=current_actor().firm_id)]
    return render(page="taxes/index.html", rows=rows, firm=db.session().get_one(Firm, current_actor().firm_id))


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
    form.offer()
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
    form.offer()
    return render(page="taxes/form.html", fragment="taxes/_tax_form.html", status=form.status, form=form)


@blueprint.get("/settings/taxes/<int:tax_id>/ending")
@requires("settings.edit")
def end_form(tax_id: int) -> Response:
    tax = load(Tax, tax_id)
    return _end_page(EndTaxForm.shown(tax), tax)


@blueprint.post("/settings/taxes/<int:tax_id>/ending")
@requires("settings.edit")
def end(tax_id: int) -> Response:
    load(Tax, tax_id)
    form = EndTaxForm()
    if form.validate_on_submit():
        try:
            values = {"tax_id": tax_id, "version": form.version_seen, "effective_to": form.effective_to.data, "key": form.key.data}
            service.end_tax(db.session(), actor=current_actor(), **values)
        except Refused as error:
            form.refuse_ending(error, Tax, tax_id)
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
    service.remove_tax(db.session(), actor=current_actor(), tax_id=tax_id, version=sent_version(), key=sent_key())
    toast(f"{name} removed")
    return redirect_after(url_for(".index"))
