"""Templates of fee agreements, by practice area: the list, a new one, changes, removal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.agreements import read_terms
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import FeeTemplate
from lexapp.queries.fee_agreements import fee_templates
from lexapp.queries.practice_areas import areas_with_matters
from lexapp.services import fee_templates as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.fee_terms import TermsForm, asked_act, offered_kinds, terms_form, typed_terms
from lexapp.web.forms import RecordField, TextField, sent_version
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("fee_templates", __name__)


class TemplateForm(TermsForm):
    name = TextField("Called", longest=200, needed="Write what it is called, such as: Trademark filing.")
    practice_area_id = RecordField("Practice area", empty="For any matter")

    def facts(self) -> service.TemplateFacts:
        """What was typed, as the service takes it. Only after validation."""
        return service.TemplateFacts(name=self.name.data or "", practice_area_id=self.practice_area_id.data, terms=self.terms())


@blueprint.get("/settings/fee-templates")
@requires("rate.edit")
def index() -> Response:
    return render(page="fee_templates/index.html", rows=fee_templates(db.session(), firm_id=current_actor().firm_id))


@blueprint.get("/settings/fee-templates/new")
@requires("rate.edit")
def new() -> Response:
    return _form_page(terms_form(TemplateForm, {"term_1_kind": "flat"}, ids="template"))


@blueprint.post("/settings/fee-templates")
@requires("rate.edit")
def create() -> Response:
    typed, is_act = asked_act()
    form = terms_form(TemplateForm, typed, ids="template")
    if not is_act and form.validate():
        try:
            service.add_template(db.session(), actor=current_actor(), facts=form.facts(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Template added. Agreements may begin from it.")
            return redirect_after(url_for(".index"))
    return _form_page(form)


@blueprint.get("/settings/fee-templates/<int:fee_template_id>")
@requires("rate.edit")
def edit(fee_template_id: int) -> Response:
    row = _standing(fee_template_id)
    return _form_page(_filled(row), row)


@blueprint.post("/settings/fee-templates/<int:fee_template_id>")
@requires("rate.edit")
def update(fee_template_id: int) -> Response:
    row, (typed, is_act), status = _standing(fee_template_id), asked_act(), None
    form = terms_form(TemplateForm, typed, ids="template")
    if not is_act and form.validate():
        try:
            given = {"version": form.version_seen, "facts": form.facts(), "key": form.key.data}
            service.change_template(db.session(), actor=current_actor(), template_id=row.id, **given)
        except Refused as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else None
        else:
            toast("Template saved. What was agreed with it stays.")
            return redirect_after(url_for(".index"))
    return _form_page(form, row, status)


@blueprint.post("/settings/fee-templates/<int:fee_template_id>/removal")
@requires("rate.edit")
def remove(fee_template_id: int) -> Response:
    row = _standing(fee_template_id)
    service.remove_template(db.session(), actor=current_actor(), template_id=row.id, version=sent_version())
    toast("Template removed. What was agreed with it stays.")
    return redirect_after(url_for(".index"))


def _standing(fee_template_id: int) -> FeeTemplate:
    row = load(FeeTemplate, fee_template_id)
    return row if row.removed_at is None else abort(404)


def _filled(row: FeeTemplate) -> Any:
    typed = {"name": row.name, "practice_area_id": str(row.practice_area_id or ""), "version": str(row.version)}
    return terms_form(TemplateForm, {**typed, **typed_terms(read_terms(row.terms["terms"]))}, ids="template")


def _form_page(form: Any, row: FeeTemplate | None = None, status: int | None = None) -> Response:
    areas = areas_with_matters(db.session(), firm_id=current_actor().firm_id)
    form.practice_area_id.pairs = [(area.id, area.name) for area in areas if not area.is_retired]
    page = {"page": "fee_templates/form.html", "fragment": "fee_templates/_template_form.html", "status": status or form.status}
    return render(**page, form=form, row=row, kinds=offered_kinds())
