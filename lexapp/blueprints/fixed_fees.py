"""Fixed-fee entries: the list, a new one, changes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.queries.expense_entries import CostLine, fixed_fee_line, fixed_fee_lines, fixed_fee_totals
from lexapp.queries.timers import matter_option
from lexapp.services import fixed_fees as service
from lexapp.web.access import current_actor, requires
from lexapp.web.entry_forms import FixedFeeForm, today
from lexapp.web.htmx import fragments, redirect_after, render, toast, wants_fragment
from lexapp.web.lists import asked_id, list_stands_at, page_of
from lexapp.web.paths import came_from
from lexapp.web.time_lists import PERIODS, STATUSES, asked_time, kept_filters

blueprint = Blueprint("fixed_fees", __name__)


@blueprint.get("/fixed-fees")
@requires("pre_bill.view")
def index() -> Response:
    return render(page="fixed_fees/index.html", fragment="fixed_fees/_list.html", **_list())


@blueprint.get("/fixed-fees/new")
@requires("pre_bill.edit")
def new() -> Response:
    form = FixedFeeForm(None, ids="fee")
    form.matter_id.data = asked_id("matter")
    return _page(form)


@blueprint.post("/fixed-fees")
@requires("pre_bill.edit")
def create() -> Response:
    form = FixedFeeForm(ids="fee")
    if form.validate():
        try:
            entry = service.record_fixed_fee(db.session(), actor=current_actor(), fee=_fee(form), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Fixed fee recorded", undo=url_for(".discard", entry_id=entry.id))
            return redirect_after(url_for(".index", **kept_filters()))
    return _page(form, status=422)


@blueprint.get("/fixed-fees/<int:entry_id>")
@requires("pre_bill.edit")
def edit(entry_id: int) -> Response:
    entry = _load(entry_id)
    names = ("matter_id", "billing_status", "description", "version")
    values = {name: getattr(entry, name) for name in names} | {"charged_on": entry.dated_on, "amount_minor": entry.unit}
    return _page(FixedFeeForm(None, ids="fee", data=values), entry=entry)


@blueprint.post("/fixed-fees/<int:entry_id>")
@requires("pre_bill.edit")
def update(entry_id: int) -> Response:
    _load(entry_id)
    form, status = FixedFeeForm(ids="fee"), 422
    if form.validate():
        try:
            values = {"version": form.shown_version, "fee": _fee(form), "key": form.key.data}
            service.edit_fixed_fee(db.session(), actor=current_actor(), entry_id=entry_id, **values)
        except Refused as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            toast("Fixed fee saved")
            return redirect_after(url_for(".index", **kept_filters()))
    return _page(form, entry=_load(entry_id), status=status)


@blueprint.post("/fixed-fees/<int:entry_id>/discard")
@requires("pre_bill.edit")
def discard(entry_id: int) -> Response:
    service.discard_fixed_fee(db.session(), actor=current_actor(), entry_id=entry_id)
    toast("Fixed fee discarded", undo=url_for(".restore", entry_id=entry_id))
    return _after()


@blueprint.post("/fixed-fees/<int:entry_id>/restoration")
@requires("pre_bill.edit")
def restore(entry_id: int) -> Response:
    service.restore_fixed_fee(db.session(), actor=current_actor(), entry_id=entry_id)
    toast("Fixed fee is back")
    return _after()


def _list() -> dict[str, Any]:
    actor, session, currency = current_actor(), db.session(), current_user.currency
    asked = asked_time(today(), default_period="year")
    mine = {"actor": actor, "currency": currency, "chosen": asked.chosen}
    totals = fixed_fee_totals(session, **mine)
    page = page_of(totals.count)
    lines = fixed_fee_lines(session, **mine, limit=page.limit, offset=page.offset)
    chosen = asked.chosen.matter_id
    matter = matter_option(session, firm_id=actor.firm_id, matter_id=chosen) if chosen else None
    found = {"asked": asked, "totals": totals, "shown": page, "lines": lines, "matter": matter, "kept": kept_filters()}
    return found | {"periods": PERIODS, "statuses": STATUSES[:3]}


def _after() -> Response:
    if not wants_fragment():
        return redirect_after(came_from(url_for(".index")))
    list_stands_at(url_for(".index"))
    return fragments("fixed_fees/_list.html", otherwise=url_for(".index"), **_list())


def _page(form: FixedFeeForm, *, entry: CostLine | None = None, status: int = 200) -> Response:
    if status == 409 and entry:
        form.version.data, form.version.raw_data = str(entry.version), None
    found = {"form": form, "entry": entry, "kept": kept_filters()}
    return render(page="fixed_fees/form.html", fragment="fixed_fees/_form.html", status=status, **found)


def _load(entry_id: int) -> CostLine:
    return fixed_fee_line(db.session(), actor=current_actor(), currency=current_user.currency, entry_id=entry_id) or abort(404)


def _fee(form: FixedFeeForm) -> service.FixedFee:
    return service.FixedFee(
        matter_id=form.matter_id.data,
        charged_on=form.charged_on.data,
        amount_minor=form.amount_minor.data.minor,
        description=form.description.data or "",
        billing_status=form.billing_status.data,
    )
