"""The settlement statement of a recovery: worked out anew at every change, approved, settled, printed."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, url_for

from lexapp.blueprints.contingency.recoveries import blueprint, current_currency, new_key, standing
from lexapp.database import db
from lexapp.domain.contingency import Stage
from lexapp.domain.errors import Refused
from lexapp.models import Matter, Recovery
from lexapp.queries.contingency import cost_choices, settlement_steps, statement_document, statement_of, stored_statement
from lexapp.services import contingency as service
from lexapp.services.contingency import Consent
from lexapp.web.access import current_actor, load, requires
from lexapp.web.contingency_forms import ClaimForm, ConsentForm, CostsForm, SettlementForm
from lexapp.web.contingency_words import STATES, slices, steps_shown
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm, sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast, wants_fragment
from lexapp.web.stored_files import send_document


def statement_context(row: Recovery, *refused: CommandForm) -> dict[str, Any]:
    """What the page of a statement shows; a form that was refused keeps what was typed."""
    session, matter = db.session(), load(Matter, row.matter_id)
    statement = statement_of(session, row, on=today_here())
    shown: dict[str, Any] = {"recovery": row, "matter": matter, "statement": statement, "figures": statement.figures, "new_key": new_key}
    shown |= {"state": STATES[row.status], "stage": Stage(row.stage).label, "document": statement_document(session, row)}
    shown["slices"] = slices(statement.figures) if statement.figures else []
    shown["choices"] = cost_choices(session, row) if row.status == "draft" else []
    if statement.figures and row.status != "draft":
        steps = settlement_steps(session, row, statement.figures)
        shown["steps"] = steps_shown(steps, matter_id=row.matter_id, currency=current_currency())
    return shown | _forms(row, {type(form): form for form in refused})


def _forms(row: Recovery, refused: dict[type[CommandForm], CommandForm]) -> dict[str, CommandForm]:
    held = {"version": str(row.version), "consented_on": today_here(), "settled_on": today_here()}
    kinds = {"claim_form": ClaimForm, "costs_form": CostsForm, "consent_form": ConsentForm, "settle_form": SettlementForm}
    made = {name: refused.get(kind) or kind(None, ids=name.replace("_", "-"), data=held) for name, kind in kinds.items()}
    for form in made.values():
        form["version"].data = str(row.version)
    return made


def statement_page(row: Recovery, *refused: CommandForm) -> Response:
    """The statement as a page, or its fragment for htmx."""
    status = max([form.status for form in refused], default=200)
    page = {"page": "contingency/statement.html", "fragment": "contingency/_statement.html", "status": status}
    return render(**page, **statement_context(row, *refused))


@blueprint.get("/recoveries/<int:recovery_id>")
@requires("pre_bill.view")
def show(recovery_id: int) -> Response:
    return statement_page(standing(recovery_id))


@blueprint.get("/recoveries/<int:recovery_id>/printing")
@requires("pre_bill.view")
def printing(recovery_id: int) -> Response:
    """How far the PDF is: asked by the page until it is there."""
    row = standing(recovery_id)
    document = statement_document(db.session(), row)
    if not wants_fragment():
        return redirect_after(url_for(".show", recovery_id=recovery_id))
    return render(page="contingency/_statement_document.html", recovery=row, document=document)


@blueprint.post("/recoveries/<int:recovery_id>/approval")
@requires("pre_bill.approve")
def approve(recovery_id: int) -> Response:
    row, form = standing(recovery_id), ConsentForm(ids="consent-form")
    if form.validate_on_submit():
        given = Consent(form.consented_on.data, form.consent.data)
        named = {"recovery_id": recovery_id, "version": sent_version(), "given": given, "key": form.key.data}
        try:
            service.approve_statement(db.session(), actor=current_actor(), **named)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Statement approved. It stays as it is, and its PDF is being made.")
            return redirect_after(url_for(".show", recovery_id=recovery_id))
    return statement_page(standing(row.id), form)


@blueprint.post("/recoveries/<int:recovery_id>/reopening")
@requires("pre_bill.approve")
def reopen(recovery_id: int) -> Response:
    standing(recovery_id)
    service.reopen_statement(db.session(), actor=current_actor(), recovery_id=recovery_id, version=sent_version(), key=sent_key())
    toast("Statement reopened. The client has to consent anew.")
    return redirect_after(url_for(".show", recovery_id=recovery_id))


@blueprint.post("/recoveries/<int:recovery_id>/settlement")
@requires("pre_bill.edit")
def settle(recovery_id: int) -> Response:
    row, form = standing(recovery_id), SettlementForm(ids="settle-form")
    if form.validate_on_submit():
        named = {"recovery_id": recovery_id, "version": sent_version(), "settled_on": form.settled_on.data, "key": form.key.data}
        try:
            service.settle_statement(db.session(), actor=current_actor(), **named)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Settled. The fee is recorded and waits to be billed.")
            return redirect_after(url_for(".show", recovery_id=recovery_id))
    return statement_page(standing(row.id), form)


@blueprint.get("/recoveries/<int:recovery_id>/statement")
@requires("pre_bill.view")
def document(recovery_id: int) -> Response:
    return send_document(stored_statement(db.session(), standing(recovery_id)) or abort(404))
