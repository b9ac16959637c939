"""Worked sets of taxes: shown with their rates, sources and an example, adopted with one press."""

from __future__ import annotations

from flask import Blueprint, Response, abort, url_for
from flask_login import current_user
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.tax.sets import LEGAL_WORDS, TAX_SETS, TaxSet, tax_set
from lexapp.queries.taxes import tax_rules
from lexapp.services import taxes as service
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.tax_examples import set_shown

blueprint = Blueprint("tax_sets", __name__)


class AdoptionForm(CommandForm):
    code = HiddenField()


@blueprint.get("/settings/tax-sets")
@requires("settings.edit")
def index() -> Response:
    return _page(None, AdoptionForm(None))


@blueprint.post("/settings/tax-sets")
@requires("settings.edit")
def adopt() -> Response:
    form = AdoptionForm()
    found = tax_set(form.code.data or "") or abort(404)
    if form.validate_on_submit():
        try:
            count = service.adopt_tax_set(db.session(), actor=current_actor(), code=found.code, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(_done(found, count))
            return redirect_after(url_for("taxes.index"))
    return _page(found, form)


def _done(found: TaxSet, count: int) -> str:
    if found.ends_all:
        return "No tax is charged from today on" if count else "There was no tax to end"
    return f"{count} {'rate' if count == 1 else 'rates'} of {found.name} added" if count else "The firm has all of these rates already"


def _page(refused: TaxSet | None, form: AdoptionForm) -> Response:
    """Each set with a form of its own; the one that was refused says why."""
    rules = tax_rules(db.session(), firm_id=current_actor().firm_id)
    shown = [(set_shown(one, rules, today_here(), current_user.currency), _form(one, refused, form)) for one in TAX_SETS]
    return render(page="tax_sets/index.html", status=form.status, sets=shown, legal_words=LEGAL_WORDS)


def _form(one: TaxSet, refused: TaxSet | None, form: AdoptionForm) -> AdoptionForm:
    return form if one is refused else AdoptionForm(None, data={"code": one.code})
