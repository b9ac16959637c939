"""Expense entries: the list, a new one, changes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.queries.expense_entries import CostLine, expense_line, expense_lines, expense_totals
from lexapp.queries.timers import matter_option
from lexapp.services import expense_entries as service
from lexapp.web.access import current_actor, requires
from lexapp.web.entry_forms import ExpenseForm, today
from lexapp.web.htmx import fragments, redirect_after, render, toast, wants_fragment
from lexapp.web.lists import asked_id, list_stands_at, page_of
from lexapp.web.paths import came_from
from lexapp.web.time_lists import PERIODS, STATUSES, asked_time, kept_filters

blueprint = Blueprint("expenses", __name__)


@blueprint.get("/expenses")
@requires("matter.view")
def index() -> Response:
    return render(page="expenses/index.html", fragment="expenses/_list.html", **_list())


@blueprint.get("/expenses/new")
@requires("expense.record")
def new() -> Response:
    form = ExpenseForm(None, ids="expense")
    form.matter_id.data = asked_id("matter")
    return _page(form)


@blueprint.post("/expenses")
@requires("expense.record")
def create() -> Response:
    form = ExpenseForm(ids="expense")
    if form.validate():
        try:
            entry = service.record_expense(db.session(), actor=current_actor(), expense=_expense(form), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Expense recorded", undo=url_for(".discard", entry_id=entry.id))
            return redirect_after(url_for(".index", **kept_filters()))
    return _page(form, status=422)


@blueprint.get("/expenses/<int:entry_id>")
@requires("expense.record")
def edit(entry_id: int) -> Response:
    entry = _load(entry_id)
    return _page(_form_of(entry), entry=entry)


@blueprint.post("/expenses/<int:entry_id>")
@requires("expense.record")
def update(entry_id: int) -> Response:
    _load(entry_id)
    form, status = ExpenseForm(ids="expense"), 422
    if form.validate():
        try:
            values = {"version": form.shown_version, "expense": _expense(form), "key": form.key.data}
            service.edit_expense(db.session(), actor=current_actor(), entry_id=entry_id, **values)
        except Refused as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            toast("Expense saved")
            return redirect_after(url_for(".index", **kept_filters()))
    return _page(form, entry=_load(entry_id), status=status)


@blueprint.post("/expenses/<int:entry_id>/discard")
@requires("expense.record")
def discard(entry_id: int) -> Response:
    service.discard_expense(db.session(), actor=current_actor(), entry_id=entry_id)
    toast("Expense discarded", undo=url_for(".restore", entry_id=entry_id))
    return _after()


@blueprint.post("/expenses/<int:entry_id>/restoration")
@requires("expense.record")
def restore(entry_id: int) -> Response:
    service.restore_expense(db.session(), actor=current_actor(), entry_id=entry_id)
    toast("Expense is back")
    return _after()


def _list() -> dict[str, Any]:
    actor, session, currency = current_actor(), db.session(), current_user.currency
    asked = asked_time(today(), default_period="year")
    mine = {"actor": actor, "currency": currency, "chosen": asked.chosen}
    totals = expense_totals(session, **mine)
    page = page_of(totals.count)
    lines = expense_lines(session, **mine, limit=page.limit, offset=page.offset)
    chosen = asked.chosen.matter_id
    matter = matter_option(session, firm_id=actor.firm_id, matter_id=chosen) if chosen else None
    found = {"asked": asked, "totals": totals, "shown": page, "lines": lines, "matter": matter, "kept": kept_filters()}
    return found | {"periods": PERIODS, "statuses": STATUSES[:3]}


def _after() -> Response:
    if not wants_fragment():
        return redirect_after(came_from(url_for(".index")))
    list_stands_at(url_for(".index"))
    return fragments("expenses/_list.html", otherwise=url_for(".index"), **_list())


def _page(form: ExpenseForm, *, entry: CostLine | None = None, status: int = 200) -> Response:
    if status == 409 and entry:
        form.version.data, form.version.raw_data = str(entry.version), None
    return render(page="expenses/form.html", fragment="expenses/_form.html", status=status, form=form, entry=entry, kept=kept_filters())


def _load(entry_id: int) -> CostLine:
    return expense_line(db.session(), actor=current_actor(), currency=current_user.currency, entry_id=entry_id) or abort(404)


def _form_of(entry: CostLine) -> ExpenseForm:
    names = ("matter_id", "kind", "code", "vendor", "quantity_hundredths", "billing_status", "description", "version")
    values = {name: getattr(entry, name) for name in names} | {"incurred_on": entry.dated_on, "unit_minor": entry.unit}
    marked_up = entry.kind == "hard" and entry.cost != entry.unit.times_hundredths(entry.quantity_hundredths)
    return ExpenseForm(None, ids="expense", data=values | {"cost_minor": entry.cost if marked_up else None})


def _expense(form: ExpenseForm) -> service.Expense:
    return service.Expense(
        matter_id=form.matter_id.data,
        incurred_on=form.incurred_on.data,
        unit_minor=form.unit_minor.data.minor,
        quantity_hundredths=form.quantity_hundredths.data,
        kind=form.kind.data,
        code=form.code.data or "",
        description=form.description.data or "",
        vendor=form.vendor.data or "",
        billing_status=form.billing_status.data,
        timekeeper_id=current_actor().timekeeper_id,
        cost_minor=form.cost_minor.data.minor if form.cost_minor.data is not None else None,
    )
