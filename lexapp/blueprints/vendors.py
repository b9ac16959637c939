"""Vendors: who was paid, called otherwise, and two that are one put together."""

from __future__ import annotations

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import Vendor
from lexapp.queries.expense_categories import vendor_names
from lexapp.queries.vendors import VendorRow, count_vendors, vendor_row, vendor_rows
from lexapp.services import vendors as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import TextField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import page_of

blueprint = Blueprint("vendors", __name__)


class NameForm(VersionedForm):
    name = TextField("Name", longest=service.LONGEST_NAME, needed="Write the name of the vendor.")


class MergeForm(VersionedForm):
    into = TextField("Is the same as", longest=service.LONGEST_NAME, needed="Pick the other vendor out of the list.")


@blueprint.get("/settings/vendors")
@requires("settings.edit")
def index() -> Response:
    firm_id = current_actor().firm_id
    page = page_of(count_vendors(db.session(), firm_id=firm_id))
    rows = vendor_rows(db.session(), firm_id=firm_id, limit=page.limit, offset=page.offset)
    return render(page="vendors/index.html", rows=rows, shown=page)


@blueprint.get("/settings/vendors/<int:vendor_id>")
@requires("settings.edit")
def edit(vendor_id: int) -> Response:
    return _page(_shown(vendor_id))


@blueprint.post("/settings/vendors/<int:vendor_id>")
@requires("settings.edit")
def rename(vendor_id: int) -> Response:
    row, form = _shown(vendor_id), NameForm(ids="rename")
    if form.validate_on_submit():
        try:
            given = {"version": form.version_seen, "name": form.name.data or "", "key": form.key.data}
            service.rename_vendor(db.session(), actor=current_actor(), vendor_id=vendor_id, **given)
        except Refused as error:
            return _refused(form, error, row, naming=form)
        toast("Vendor renamed, on its expenses too")
        return redirect_after(url_for(".index"))
    return _page(row, naming=form, status=form.status)


@blueprint.post("/settings/vendors/<int:vendor_id>/merger")
@requires("settings.edit")
def merge(vendor_id: int) -> Response:
    row, form = _shown(vendor_id), MergeForm(ids="merge")
    if form.validate_on_submit():
        try:
            given = {"version": form.version_seen, "into": form.into.data or "", "key": form.key.data}
            moved = service.merge_vendor(db.session(), actor=current_actor(), vendor_id=vendor_id, **given)
        except Refused as error:
            return _refused(form, error, row, merging=form)
        toast(f"{row.name} merged: {moved} {'expense' if moved == 1 else 'expenses'} moved")
        return redirect_after(url_for(".index"))
    return _page(row, merging=form, status=form.status)


def _shown(vendor_id: int) -> VendorRow:
    load(Vendor, vendor_id)
    return vendor_row(db.session(), firm_id=current_actor().firm_id, vendor_id=vendor_id) or abort(404)


def _refused(form: VersionedForm, error: Refused, row: VendorRow, **forms: VersionedForm) -> Response:
    """Beside its field; where somebody changed it meanwhile, beside what stands now."""
    form.refuse(error)
    if isinstance(error, Conflict):
        row = _shown(row.id)
        form.compare(type(form)(None, data={"name": row.name, "version": row.version}))
    return _page(row, **forms, status=409 if isinstance(error, Conflict) else form.status)


def _page(row: VendorRow, *, naming: VersionedForm | None = None, merging: VersionedForm | None = None, status: int = 200) -> Response:
    others = [name for id_, name in vendor_names(db.session(), firm_id=current_actor().firm_id) if id_ != row.id]
    naming = naming or NameForm(None, ids="rename", data={"name": row.name, "version": row.version})
    merging = merging or MergeForm(None, ids="merge", data={"version": row.version})
    return render(page="vendors/show.html", status=status, row=row, naming=naming, merging=merging, others=others)
