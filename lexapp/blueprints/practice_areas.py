"""Practice areas: the list that matters choose from."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import PracticeArea
from lexapp.queries.practice_areas import areas_with_matters
from lexapp.services import practice_areas as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import CommandForm, TextField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("practice_areas", __name__)
NEEDED = "Write the name of the practice area."


class NewAreaForm(CommandForm):
    name = TextField("New practice area", longest=100, needed=NEEDED)


class AreaForm(VersionedForm):
    name = TextField("Name", longest=100, needed=NEEDED, hint="Stands on its matters and in reports at once")


@blueprint.get("/settings/practice-areas")
@requires("settings.edit")
def index() -> Response:
    return _list(NewAreaForm(None))


@blueprint.post("/settings/practice-areas")
@requires("settings.edit")
def create() -> Response:
    form = NewAreaForm()
    if form.validate_on_submit():
        try:
            service.add_practice_area(db.session(), actor=current_actor(), name=form.name.data or "", key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{form.name.data} added")
            return redirect_after(url_for(".index"))
    return _list(form)


def _list(form: NewAreaForm) -> Response:
    rows = areas_with_matters(db.session(), firm_id=current_actor().firm_id)
    return render(page="practice_areas/index.html", fragment="practice_areas/_list.html", status=form.status, form=form, rows=rows)


@blueprint.get("/settings/practice-areas/<int:practice_area_id>")
@requires("settings.edit")
def edit(practice_area_id: int) -> Response:
    area = load(PracticeArea, practice_area_id)
    return _form_page(AreaForm(None, obj=area), area)


@blueprint.post("/settings/practice-areas/<int:practice_area_id>")
@requires("settings.edit")
def rename(practice_area_id: int) -> Response:
    load(PracticeArea, practice_area_id)
    form, status = AreaForm(), None
    if form.validate_on_submit():
        try:
            values = {"version": form.version_seen, "name": form.name.data or "", "key": form.key.data}
            service.rename_practice_area(db.session(), actor=current_actor(), practice_area_id=practice_area_id, **values)
        except Refused as error:
            form.refuse(error)
            if isinstance(error, Conflict):
                form.compare(AreaForm(None, obj=load(PracticeArea, practice_area_id)))
                status = 409
        else:
            toast("Practice area renamed")
            return redirect_after(url_for(".index"))
    return _form_page(form, load(PracticeArea, practice_area_id), status)


def _form_page(form: AreaForm, area: PracticeArea, status: int | None = None) -> Response:
    page = {"page": "practice_areas/form.html", "fragment": "practice_areas/_area_form.html"}
    return render(**page, status=status or form.status, form=form, area=area)


@blueprint.post("/settings/practice-areas/<int:practice_area_id>/retirement")
@requires("settings.edit")
def retire(practice_area_id: int) -> Response:
    area = load(PracticeArea, practice_area_id)
    service.retire_practice_area(db.session(), actor=current_actor(), practice_area_id=practice_area_id)
    toast(f"{area.name} is offered no more", undo=url_for(".bring_back", practice_area_id=practice_area_id))
    return redirect_after(url_for(".index"))


@blueprint.post("/settings/practice-areas/<int:practice_area_id>/return")
@requires("settings.edit")
def bring_back(practice_area_id: int) -> Response:
    area = load(PracticeArea, practice_area_id)
    service.bring_back_practice_area(db.session(), actor=current_actor(), practice_area_id=practice_area_id)
    toast(f"{area.name} is offered again")
    return redirect_after(url_for(".index"))
