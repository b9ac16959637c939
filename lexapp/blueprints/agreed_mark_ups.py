"""The mark-up that is agreed now, put on unbilled expenses: what it would charge for each, then the command."""

from __future__ import annotations

from flask import Blueprint, Response, abort, url_for
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Conflict
from lexapp.models import Matter
from lexapp.services.agreed_mark_ups import apply_mark_ups, preview_mark_ups
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import CommandForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("agreed_mark_ups", __name__)
EFFECTS_SHOWN = 500


class MarkUpForm(CommandForm):
    """What the page showed: how many expenses, and by how much they change in all."""

    expenses = HiddenField()
    difference = HiddenField()


@blueprint.get("/matters/<int:matter_id>/fee-agreement/expenses")
@requires("rate.edit")
def show(matter_id: int) -> Response:
    return _page(_billed(matter_id), MarkUpForm(None))


@blueprint.post("/matters/<int:matter_id>/fee-agreement/expenses")
@requires("rate.edit")
def apply(matter_id: int) -> Response:
    matter, form, status = _billed(matter_id), MarkUpForm(), None
    if form.validate_on_submit():
        try:
            given = {"expenses": _number(form.expenses), "difference_minor": _number(form.difference), "key": form.key.data}
            changed = apply_mark_ups(db.session(), actor=current_actor(), matter_id=matter_id, **given)
        except Conflict as error:
            form.refuse(error)
            status = 409
        else:
            toast(f"The agreed mark-up stands on {changed} {'expense' if changed == 1 else 'expenses'}")
            return redirect_after(url_for("fee_agreements.of_matter", matter_id=matter_id))
    return _page(matter, form, status)


def _billed(matter_id: int) -> Matter:
    matter = load(Matter, matter_id)
    return abort(404) if matter.is_internal else matter


def _page(matter: Matter, form: MarkUpForm, status: int | None = None) -> Response:
    found = preview_mark_ups(db.session(), actor=current_actor(), matter_id=matter.id)
    form.expenses.data, form.difference.data = str(len(found.effects)), str(found.difference_minor)
    page = {"page": "agreed_mark_ups/show.html", "fragment": "agreed_mark_ups/_effects.html", "status": status or form.status}
    return render(**page, form=form, matter=matter, found=found, effects=found.effects[:EFFECTS_SHOWN])


def _number(field: HiddenField) -> int:
    """A number that the page itself wrote; anything else matches no effect and so asks to look again."""
    text = field.data or ""
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 19 else -1
