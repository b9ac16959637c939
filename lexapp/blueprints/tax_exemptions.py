"""Who is not charged a tax: the exemptions and reverse charges of a client or of a matter, each with its words and dates."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.tax.sets import LEGAL_WORDS
from lexapp.models import Client, Matter, TaxExemption
from lexapp.queries.taxes import exemptions_of, taxes_of
from lexapp.services import tax_exemptions as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.ending import EndForm
from lexapp.web.forms import ChoiceField, CommandForm, FirstDayField, LastDayField, TextField, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id

blueprint = Blueprint("tax_exemptions", __name__)

KINDS = (("exempt", "Exempt"), ("reverse_charge", "Reverse charge: the client owes the tax"), ("taxed", "Taxed all the same"))


class ExemptionForm(CommandForm):
    matter = HiddenField()
    client = HiddenField()
    kind = ChoiceField("Treatment", choices=KINDS, default="exempt")
    tax_name = ChoiceField("Tax", empty="Every tax")
    words = TextField("Words on the invoice", longest=service.LONGEST_WORDS, hint="The reason, as the law asks for it")
    client_tax_number = TextField("Client’s tax number", longest=60, hint="Printed on the invoice; a reverse charge needs it")
    effective_from = FirstDayField("From", needed="Write the first day.", hint="Invoices dated from this day on")
    effective_to = LastDayField("Until", hint="Empty: until a new one starts")

    def offer(self, place: dict[str, Any]) -> None:
        """The names of the firm's taxes; `taxed` only for a matter, which it takes out of its client's exemption."""
        self.tax_name.pairs = [(one, one) for one in sorted({tax.name for tax in taxes_of(db.session(), firm_id=current_actor().firm_id)})]
        self.kind.pairs = list(KINDS if place["matter"] else KINDS[:2])

    def new_exemption(self, place: dict[str, Any]) -> service.NewExemption:
        """What was typed, as the service takes it. Only after validation."""
        names = ("kind", "tax_name", "words", "client_tax_number")
        dates = {"effective_from": self.effective_from.data, "effective_to": self.effective_to.data}
        return service.NewExemption(**{name: self[name].data or "" for name in names}, **dates, **_ids(place))


class EndExemptionForm(EndForm):
    effective_to = LastDayField("Last day", needed="Write the last day on which it holds.")


def _place(matter_id: int | None, client_id: int | None) -> dict[str, Any]:
    """The matter or client that the page is about, checked to be the firm's."""
    matter = load(Matter, matter_id) if matter_id else None
    client = load(Client, client_id) if client_id and not matter else None
    return {"matter": matter, "client": client} if matter or client else abort(404)


def _ids(place: dict[str, Any]) -> dict[str, int | None]:
    return {f"{name}_id": record.id if record else None for name, record in place.items()}


def _posted_id(field: HiddenField) -> int | None:
    text = field.data or ""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else abort(404)


def _back(place: dict[str, Any]) -> str:
    ids = _ids(place)
    return url_for(".index", matter=ids["matter_id"], client=ids["client_id"])


@blueprint.get("/tax-exemptions")
@requires("rate.see")
def index() -> Response:
    place = _place(asked_id("matter"), asked_id("client"))
    rows = exemptions_of(db.session(), firm_id=current_actor().firm_id, **_ids(place))
    inherited = _inherited(place["matter"])
    return render(page="tax_exemptions/index.html", rows=rows, inherited=inherited, today=today_here(), kinds=dict(KINDS), **place)


def _inherited(matter: Matter | None) -> list[TaxExemption]:
    """What the matter's client is exempt from: it holds for the matter where that has none of its own."""
    if matter is None or matter.client_id is None:
        return []
    return exemptions_of(db.session(), firm_id=matter.firm_id, client_id=matter.client_id)


@blueprint.get("/tax-exemptions/new")
@requires("rate.edit")
def new() -> Response:
    place = _place(asked_id("matter"), asked_id("client"))
    ids = _ids(place)
    kept = {"matter": ids["matter_id"] or "", "client": ids["client_id"] or ""}
    return _form_page(ExemptionForm(None, data=kept | {"effective_from": today_here()}), place)


@blueprint.post("/tax-exemptions")
@requires("rate.edit")
def create() -> Response:
    form = ExemptionForm()
    place = _place(_posted_id(form.matter), _posted_id(form.client))
    form.offer(place)
    if form.validate_on_submit():
        try:
            service.add_exemption(db.session(), actor=current_actor(), exemption=form.new_exemption(place), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Saved. Invoices that were issued keep what they charge.")
            return redirect_after(_back(place))
    return _form_page(form, place)


def _form_page(form: ExemptionForm, place: dict[str, Any]) -> Response:
    form.offer(place)
    page = {"page": "tax_exemptions/form.html", "fragment": "tax_exemptions/_exemption_form.html", "status": form.status}
    return render(**page, form=form, back=_back(place), legal_words=LEGAL_WORDS, **place)


@blueprint.get("/tax-exemptions/<int:tax_exemption_id>/ending")
@requires("rate.edit")
def end_form(tax_exemption_id: int) -> Response:
    row = load(TaxExemption, tax_exemption_id)
    return _end_page(EndExemptionForm.shown(row), row)


@blueprint.post("/tax-exemptions/<int:tax_exemption_id>/ending")
@requires("rate.edit")
def end(tax_exemption_id: int) -> Response:
    row = load(TaxExemption, tax_exemption_id)
    form = EndExemptionForm()
    if form.validate_on_submit():
        try:
            values = {"version": form.version_seen, "effective_to": form.effective_to.data, "key": form.key.data}
            service.end_exemption(db.session(), actor=current_actor(), exemption_id=row.id, **values)
        except Refused as error:
            form.refuse_ending(error, TaxExemption, tax_exemption_id)
        else:
            toast("Exemption ended")
            return redirect_after(url_for(".index", matter=row.matter_id, client=row.client_id))
    return _end_page(form, load(TaxExemption, tax_exemption_id))


def _end_page(form: EndExemptionForm, row: TaxExemption) -> Response:
    back = url_for(".index", matter=row.matter_id, client=row.client_id)
    page = {"page": "tax_exemptions/end.html", "fragment": "tax_exemptions/_end_exemption_form.html", "status": form.status}
    return render(**page, form=form, row=row, back=back)


@blueprint.post("/tax-exemptions/<int:tax_exemption_id>/removal")
@requires("rate.edit")
def remove(tax_exemption_id: int) -> Response:
    row = load(TaxExemption, tax_exemption_id)
    place = {"matter": row.matter_id, "client": row.client_id}
    service.remove_exemption(db.session(), actor=current_actor(), exemption_id=tax_exemption_id, version=sent_version())
    toast("Exemption removed")
    return redirect_after(url_for(".index", **place))
