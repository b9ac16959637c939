"""Recoveries of a matter: the page of its contingency fee, a new recovery, its statement, corrections."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.contingency import after
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.money import Money
from lexapp.models import Matter, Recovery
from lexapp.queries.contingency import contingency_of_matter
from lexapp.services import contingency as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.contingency_forms import RecoveryForm, StageForm
from lexapp.web.contingency_words import STATES, terms_shown
from lexapp.web.dates import today_here
from lexapp.web.forms import sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("contingency", __name__)


def client_matter(matter_id: int) -> Matter:
    """A matter of a client: the firm's own has no contingency fee."""
    matter = load(Matter, matter_id)
    return abort(404) if matter.is_internal else matter


def standing(recovery_id: int) -> Recovery:
    """A recovery that was not taken back."""
    row = load(Recovery, recovery_id)
    return row if row.removed_at is None else abort(404)


def matter_page(matter: Matter, stage_form: StageForm | None = None) -> Response:
    """Terms, stages and recoveries of a matter."""
    today = today_here()
    found = contingency_of_matter(db.session(), firm_id=matter.firm_id, matter_id=matter.id)
    form = stage_form or StageForm(None, ids="stage", data={"reached_on": today, "stage": after(found.stage(today)).value})
    shown: dict[str, Any] = {"matter": matter, "found": found, "today": today, "form": form, "states": STATES}
    agreements = [terms_shown(one) for one in found.agreements]
    return render(
        page="contingency/matter.html", status=form.status, agreements=agreements, holding=found.holding(today), new_key=new_key, **shown
    )


@blueprint.get("/matters/<int:matter_id>/contingency")
@requires("pre_bill.view")
def of_matter(matter_id: int) -> Response:
    return matter_page(client_matter(matter_id))


@blueprint.get("/matters/<int:matter_id>/recoveries/new")
@requires("pre_bill.edit")
def new(matter_id: int) -> Response:
    matter, today = client_matter(matter_id), today_here()
    found = contingency_of_matter(db.session(), firm_id=matter.firm_id, matter_id=matter.id)
    form = RecoveryForm(None, ids="recovery", data={"received_on": today, "stage": found.stage(today).value})
    return _form_page(form, matter, None)


@blueprint.post("/matters/<int:matter_id>/recoveries")
@requires("pre_bill.edit")
def create(matter_id: int) -> Response:
    matter, form = client_matter(matter_id), RecoveryForm(ids="recovery")
    if form.validate_on_submit():
        try:
            row = service.record_recovery(db.session(), actor=current_actor(), matter_id=matter_id, facts=form.facts(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            return redirect_after(url_for(".show", recovery_id=row.id))
    return _form_page(form, matter, None)


@blueprint.get("/recoveries/<int:recovery_id>/edit")
@requires("pre_bill.edit")
def edit(recovery_id: int) -> Response:
    row = standing(recovery_id)
    return _form_page(_filled(row), load(Matter, row.matter_id), row)


@blueprint.post("/recoveries/<int:recovery_id>")
@requires("pre_bill.edit")
def update(recovery_id: int) -> Response:
    row, form, status = standing(recovery_id), RecoveryForm(ids="recovery"), None
    if form.validate_on_submit():
        named = {"recovery_id": recovery_id, "version": form.version_seen, "key": form.key.data}
        try:
            service.edit_recovery(db.session(), actor=current_actor(), facts=form.facts(), **named)
        except Refused as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else None
            if status:
                form.compare(_filled(standing(recovery_id)))
        else:
            return redirect_after(url_for(".show", recovery_id=recovery_id))
    return _form_page(form, load(Matter, row.matter_id), row, status)


@blueprint.post("/recoveries/<int:recovery_id>/removal")
@requires("pre_bill.edit")
def remove(recovery_id: int) -> Response:
    row = standing(recovery_id)
    service.remove_recovery(db.session(), actor=current_actor(), recovery_id=recovery_id, version=sent_version(), key=sent_key())
    toast("Recovery removed. Its costs are free for another one.")
    return redirect_after(url_for(".of_matter", matter_id=row.matter_id))


def _filled(row: Recovery) -> RecoveryForm:
    amount = Money(row.amount_minor, current_currency())
    return RecoveryForm(None, obj=row, ids="recovery", data={"amount": amount, "version": str(row.version)})


def new_key() -> str:
    """The key of a command that a button without fields sends."""
    return str(uuid4())


def current_currency() -> str:
    """The currency of the firm's books."""
    return str(current_user.currency)


def _form_page(form: RecoveryForm, matter: Matter, row: Recovery | None, status: int | None = None) -> Response:
    page = {"page": "contingency/recovery_form.html", "fragment": "contingency/_recovery_form.html", "status": status or form.status}
    return render(**page, form=form, matter=matter, row=row)
