"""What is agreed about a contingency fee, and the stages of the case."""

from __future__ import annotations

from flask import Response, url_for

from lexapp.blueprints.contingency.recoveries import blueprint, client_matter, current_currency, matter_page
from lexapp.database import db
from lexapp.domain.contingency import STATUTES, Stage
from lexapp.domain.errors import Refused
from lexapp.models import ContingencyAgreement, Matter
from lexapp.services import contingency as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.contingency_forms import StageForm, TermsForm
from lexapp.web.dates import today_here
from lexapp.web.forms import sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast


@blueprint.get("/matters/<int:matter_id>/contingency/terms/new")
@requires("rate.edit")
def new_terms(matter_id: int) -> Response:
    matter = client_matter(matter_id)
    return _form_page(TermsForm(None, ids="terms", data={"effective_from": today_here()}), matter)


@blueprint.post("/matters/<int:matter_id>/contingency/terms")
@requires("rate.edit")
def agree(matter_id: int) -> Response:
    matter, form = client_matter(matter_id), TermsForm(ids="terms")
    if form.validate_on_submit():
        try:
            agreed = form.agreed(current_currency())
            service.agree_contingency(db.session(), actor=current_actor(), matter_id=matter_id, agreed=agreed, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Terms added. Recoveries from their first day on follow them.")
            return redirect_after(url_for(".of_matter", matter_id=matter_id))
    return _form_page(form, matter)


@blueprint.post("/contingency/terms/<int:contingency_agreement_id>/removal")
@requires("rate.edit")
def remove_terms(contingency_agreement_id: int) -> Response:
    row = load(ContingencyAgreement, contingency_agreement_id)
    named = {"agreement_id": row.id, "version": sent_version(), "key": sent_key()}
    service.remove_contingency(db.session(), actor=current_actor(), **named)
    toast("Terms removed. Statements that are approved keep theirs.")
    return redirect_after(url_for(".of_matter", matter_id=row.matter_id))


@blueprint.post("/matters/<int:matter_id>/stages")
@requires("matter.edit")
def reach(matter_id: int) -> Response:
    matter, form = client_matter(matter_id), StageForm(ids="stage")
    if form.validate_on_submit():
        reached = {"stage": Stage(form.stage.data), "reached_on": form.reached_on.data, "key": form.key.data}
        try:
            service.reach_stage(db.session(), actor=current_actor(), matter_id=matter_id, **reached)
        except Refused as error:
            form.refuse(error)
        else:
            return redirect_after(url_for(".of_matter", matter_id=matter_id))
    return matter_page(matter, form)


def _form_page(form: TermsForm, matter: Matter) -> Response:
    page = {"page": "contingency/terms_form.html", "fragment": "contingency/_terms_form.html", "status": form.status}
    return render(**page, form=form, matter=matter, statutes=STATUTES.values())
