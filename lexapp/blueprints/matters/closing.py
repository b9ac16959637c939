"""A matter's way from pending to open to closed, with what still stands on it before it closes."""

from flask import Response, url_for

from lexapp.blueprints.matters.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import Matter
from lexapp.queries.matters import invoices_of, ledgers_of
from lexapp.queries.standing import standing_of_matters
from lexapp.services import matters as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import FlagField, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.standing import shown_figures


class ClosureForm(VersionedForm):
    anyway = FlagField("Close anyway", hint="What is not billed or not paid stays as it is and can still be billed and paid")


@blueprint.get("/matters/<int:matter_id>/closure")
@requires("matter.edit")
def closing(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    return _page(ClosureForm(None, obj=matter), matter)


@blueprint.post("/matters/<int:matter_id>/closure")
@requires("matter.edit")
def close(matter_id: int) -> Response:
    matter, form, status = load(Matter, matter_id), ClosureForm(), None
    if form.validate_on_submit():
        try:
            seen = form.version_seen if form.version.raw_data else 0
            values = {"version": seen, "anyway": form.anyway.data, "key": form.key.data}
            closed = service.change_matter_status(db.session(), actor=current_actor(), matter_id=matter_id, action="close", **values)
        except Refused as error:
            form.refuse(error)
            matter = load(Matter, matter_id)
            if isinstance(error, Conflict):
                form.version.data, status = str(matter.version), 409
        else:
            toast("Matter closed", undo=url_for(".reopen", matter_id=matter_id, version=closed.version))
            return redirect_after(url_for(".show", matter_id=matter_id))
    return _page(form, matter, status)


def _page(form: ClosureForm, matter: Matter, status: int | None = None) -> Response:
    session, mine, shown = db.session(), {"firm_id": matter.firm_id, "matter_id": matter.id}, shown_figures()
    invoices = [one for one in invoices_of(session, **mine) if one.open_minor] if shown.invoices else []
    return render(
        page="matters/closure.html",
        fragment="matters/_closure_form.html",
        status=status or form.status,
        form=form,
        matter=matter,
        standing=standing_of_matters(session, firm_id=matter.firm_id, matter_ids=[matter.id], shown=shown)[matter.id],
        invoices=invoices,
        ledgers=[one for one in ledgers_of(session, **mine) if one.balance_minor] if shown.trust else [],
    )


@blueprint.post("/matters/<int:matter_id>/opening")
@requires("matter.edit")
def take_on(matter_id: int) -> Response:
    return _move(matter_id, "open", "Matter opened")


@blueprint.post("/matters/<int:matter_id>/reopening")
@requires("matter.edit")
def reopen(matter_id: int) -> Response:
    return _move(matter_id, "reopen", "Matter reopened")


def _move(matter_id: int, action: str, told: str) -> Response:
    load(Matter, matter_id)
    service.change_matter_status(db.session(), actor=current_actor(), matter_id=matter_id, action=action, version=sent_version())
    toast(told)
    return redirect_after(url_for(".show", matter_id=matter_id))
