"""The week as a grid of hours, typed cell by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from lexapp.books.time_entries import work_of
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.utbms import ACTIVITIES, LITIGATION_TASKS
from lexapp.models import TimeEntry
from lexapp.services.time_entries import Work, discard_time, edit_time, record_time
from lexapp.web.access import current_actor, load, requires
from lexapp.web.entry_forms import BillingField, CodeField, VersionedForm
from lexapp.web.forms import ChoiceField, DateField, DurationField, NoteField, RecordField
from lexapp.web.htmx import fragments, redirect_after, render, toast, wants_fragment
from lexapp.web.lists import asked_id
from lexapp.web.no_timekeeper import nobody
from lexapp.web.weeks import Cell, Week, asked_on, asked_timekeeper, asked_week, cell_key, timekeeper_here

blueprint = Blueprint("weeks", __name__)


class CellForm(VersionedForm):
    """What a cell sends; empty time takes its entry away. Narrative, codes and billing come from the panel only."""

    matter_id = RecordField("Matter", needed="Reload the page: this cell has lost its matter.")
    worked_on = DateField("Date", needed="Reload the page: this cell has lost its day.")
    entry_id = RecordField("Entry")
    recorded_seconds = DurationField("Time")
    narrative = NoteField("Narrative", longest=4000)
    task_code = CodeField("Task", LITIGATION_TASKS)
    activity_code = CodeField("Activity", ACTIVITIES)
    billing_status = BillingField("Billing")
    panel = ChoiceField("Panel", choices=[("y", "Yes")], empty="No")


@blueprint.get("/time/week")
@requires("time.record")
def show() -> Response:
    if timekeeper_here() is None:
        return nobody("Week")
    week = _week()
    return render(page="weeks/show.html", fragment="weeks/_week.html", week=week, key=cell_key, opened=None)


@blueprint.get("/time/week/cell")
@requires("time.record")
def cell() -> Response:
    """The panel of one cell: its hours, what was done, and why it cannot be changed where it cannot."""
    week = _week(also=[asked_id("cell_matter") or 0], on=asked_on("cell_on") if "cell_on" in request.args else None)
    found = week.cell(asked_id("cell_matter") or 0, week.on) or abort(404)
    return render(page="weeks/show.html", fragment="weeks/_panel.html", week=week, key=cell_key, opened=found, form=_panel_form(found))


@blueprint.post("/time/week/cell")
@requires("time.record")
def save() -> Response:
    form = CellForm(ids="cell")
    if not form.validate_on_submit():
        return _again(form)
    try:
        _save(form, asked_timekeeper())
    except Refused as error:
        form.refuse(error)
        return _again(form, is_stale=isinstance(error, Conflict))
    week = _week(also=[form.matter_id.data], on=form.worked_on.data)
    if not wants_fragment():
        return redirect_after(url_for(".show", **week.kept()))
    return _saved(week, form.matter_id.data, form.worked_on.data)


def _week(*, also: Any = (), on: date | None = None) -> Week:
    return asked_week(timekeeper_id=asked_timekeeper(), on=on or asked_on(), also=[one for one in also if one])


def _save(form: CellForm, timekeeper_id: int) -> None:
    """Record, change or discard, as the cell says: each is its own command, with the version that was shown."""
    session, actor, seconds = db.session(), current_actor(), form.recorded_seconds.data
    entry = load(TimeEntry, form.entry_id.data) if form.entry_id.data else None
    if entry is None and seconds is None:
        return
    if entry is None:
        work = Work(form.matter_id.data, timekeeper_id, form.worked_on.data, seconds, **_words(form))
        record_time(session, actor=actor, work=work, alone=True, key=form.key.data)
    elif seconds is None:
        gone = discard_time(session, actor=actor, entry_id=entry.id, version=form.shown_version, key=form.key.data)
        toast("Time discarded", undo=url_for("time.restore", entry_id=gone.id, version=gone.version))
    else:
        edit_time(session, actor=actor, entry_id=entry.id, version=form.shown_version, work=_changed(form, entry), key=form.key.data)


def _changed(form: CellForm, entry: TimeEntry) -> Work:
    work = replace(work_of(entry), recorded_seconds=form.recorded_seconds.data)
    if form.panel.data:
        work = replace(work, **_words(form))
    return work


def _words(form: CellForm) -> dict[str, str]:
    names = ("narrative", "task_code", "activity_code", *(("billing_status",) if form.billing_status.raw_data else ()))
    return {name: form[name].data or "" for name in names}


def _panel_form(found: Cell) -> CellForm:
    entry = found.entry
    values: dict[str, Any] = {"matter_id": found.matter_id, "worked_on": found.on, "panel": "y"}
    if entry:
        names = ("recorded_seconds", "narrative", "task_code", "activity_code", "billing_status", "version")
        values |= {name: getattr(entry, name) for name in names} | {"entry_id": entry.id}
    return CellForm(None, ids="panel", data=values)


def _saved(week: Week, matter_id: int, on: date) -> Response:
    """The cell for its place, and everything that adds up with it."""
    found = week.cell(matter_id, on) or abort(404)
    return _with_sums(week, found, "weeks/_panel.html", "timers/_bar.html")


def _with_sums(week: Week, found: Cell, *more: str, **shown: Any) -> Response:
    row = next(row for row in week.rows if row.matter_id == found.matter_id)
    day = next(day for day in week.days if day.on == found.on)
    parts = ("weeks/_cell.html", "weeks/_row_total.html", "weeks/_day_total.html", "weeks/_total.html", "weeks/_facts.html")
    shown |= {"week": week, "cell": found, "row": row, "day": day, "key": cell_key, "opened": None}
    response = fragments(*parts, *more, otherwise=url_for(".show", **week.kept()), **shown)
    response.headers["HX-Retarget"] = f"#cell-{found.id}"
    return response


def _again(form: CellForm, *, is_stale: bool = False) -> Response:
    """The cell with what was typed and why it was not taken; where somebody was quicker, as it stands now beside what was typed."""
    week = _week(also=[form.matter_id.data or 0], on=form.worked_on.data)
    found = week.cell(form.matter_id.data or 0, form.worked_on.data or week.on) or abort(404)
    if form.billing_status.errors and not form.panel.data:
        form = _panel_for(found, form)
    response = _panel_again(week, found, form, is_stale) if form.panel.data else _cell_again(week, found, form, is_stale)
    response.status_code = 409 if is_stale else 422
    return response


def _panel_for(found: Cell, typed: CellForm) -> CellForm:
    """The panel of a cell whose time was refused for a budget: how it is billed is chosen there, with the time as it was typed."""
    form = _panel_form(found)
    form.recorded_seconds.data, form.billing_status.errors = typed.recorded_seconds.data, typed.billing_status.errors
    return form


def _panel_again(week: Week, found: Cell, form: CellForm, is_stale: bool) -> Response:
    if is_stale:
        form.worked_on.raw_data = None  # the panel sends the day as no person writes it
        form.compare(_panel_form(found))
    shown = {"week": week, "key": cell_key, "opened": found, "form": form}
    response = render(page="weeks/show.html", fragment="weeks/_panel.html", **shown)
    response.headers["HX-Retarget"] = "#panel"
    return response


def _cell_again(week: Week, found: Cell, form: CellForm, is_stale: bool) -> Response:
    error = " ".join([*(str(text) for texts in form.errors.values() for text in texts)])
    typed = form.recorded_seconds._value()
    told = f"{error} You typed: {typed or 'nothing'}." if is_stale else error
    wrong = {"wrong": found.id, "error": told, "typed": found.text if is_stale else typed}
    if is_stale and wants_fragment():
        return _with_sums(week, found, **wrong)
    shown = {"week": week, "cell": found, "key": cell_key, "opened": None, **wrong}
    response = render(page="weeks/show.html", fragment="weeks/_cell.html", **shown)
    response.headers["HX-Retarget"] = f"#cell-{found.id}"
    return response
