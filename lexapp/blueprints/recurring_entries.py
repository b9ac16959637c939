"""Recurring time: the days that wait to be confirmed, and the rules that make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.recurrences import ticked_weekdays
from lexapp.models import RecurringEntry, RecurringEntryDay
from lexapp.queries.recurring_entries import recurring_rules, waiting_days
from lexapp.services import recurring_entries as service
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.entry_forms import today
from lexapp.web.forms import sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.recurring_entries import RecurringForm

blueprint = Blueprint("recurring_entries", __name__)


@blueprint.get("/time/recurring")
@requires("time.record")
def index() -> Response:
    session, actor = db.session(), current_actor()
    shown = {"waiting": waiting_days(session, actor=actor), "rules": recurring_rules(session, actor=actor), "today": today()}
    return render(page="recurring_entries/index.html", **shown)


@blueprint.get("/time/recurring/new")
@requires("time.record")
def new() -> Response:
    return _form_page(RecurringForm(None, data={"weekdays": [today().weekday() + 1], "first_on": today()}), None)


@blueprint.post("/time/recurring")
@requires("time.record")
def create() -> Response:
    form = RecurringForm()
    if form.validate_on_submit():
        try:
            rule = service.add_recurring(db.session(), actor=current_actor(), work=form.work(), key=form.key.data)
            service.make_days(db.session(), actor=current_actor(), rule_id=rule.id)
        except Refused as error:
            form.refuse(error)
        else:
            toast("It comes again from now on")
            return redirect_after(url_for(".index"))
    return _form_page(form, None)


@blueprint.get("/time/recurring/<int:rule_id>")
@requires("time.record")
def edit(rule_id: int) -> Response:
    rule = _load(rule_id)
    return _form_page(_form_of(rule), rule)


@blueprint.post("/time/recurring/<int:rule_id>")
@requires("time.record")
def update(rule_id: int) -> Response:
    form, rule, status = RecurringForm(), _load(rule_id), None
    if form.validate_on_submit():
        try:
            given = {"rule_id": rule_id, "version": form.shown_version, "work": form.work(rule), "key": form.key.data}
            service.change_recurring(db.session(), actor=current_actor(), **given)
        except Refused as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else None
        else:
            toast("Saved. Days that were made stay as they are.")
            return redirect_after(url_for(".index"))
    return _form_page(form, _load(rule_id), status)


@blueprint.post("/time/recurring/<int:rule_id>/pause")
@requires("time.record")
def pause(rule_id: int) -> Response:
    return _turned(service.pause_recurring, rule_id, "Paused. Days in between are not made up for.")


@blueprint.post("/time/recurring/<int:rule_id>/resumption")
@requires("time.record")
def resume(rule_id: int) -> Response:
    return _turned(service.resume_recurring, rule_id, "It comes again from today on")


@blueprint.post("/time/recurring/<int:rule_id>/end")
@requires("time.record")
def end(rule_id: int) -> Response:
    return _turned(service.end_recurring, rule_id, "Ended. What was made stays.")


@blueprint.post("/time/recurring/days/<int:day_id>/entry")
@requires("time.record")
def record(day_id: int) -> Response:
    """What is refused is said above the list; the day waits on."""
    load(RecurringEntryDay, day_id)
    try:
        entry = service.record_day(db.session(), actor=current_actor(), day_id=day_id, key=sent_key())
    except Refused as error:
        toast(str(error), tone="wrong")
    else:
        toast("Time recorded", undo=url_for("time.discard", entry_id=entry.id, version=entry.version))
    return redirect_after(url_for(".index"))


@blueprint.post("/time/recurring/days/<int:day_id>/skip")
@requires("time.record")
def skip(day_id: int) -> Response:
    service.skip_day(db.session(), actor=current_actor(), day_id=day_id)
    toast("Skipped", undo=url_for(".unskip", day_id=day_id))
    return redirect_after(url_for(".index"))


@blueprint.post("/time/recurring/days/<int:day_id>/return")
@requires("time.record")
def unskip(day_id: int) -> Response:
    service.unskip_day(db.session(), actor=current_actor(), day_id=day_id)
    toast("The day waits again")
    return redirect_after(url_for(".index"))


def _turned(command: Callable[..., RecurringEntry], rule_id: int, said: str) -> Response:
    _load(rule_id)
    rule = command(db.session(), actor=current_actor(), rule_id=rule_id, version=sent_version())
    if command is service.resume_recurring:
        service.make_days(db.session(), actor=current_actor(), rule_id=rule.id)
    toast(said)
    return redirect_after(url_for(".index"))


def _load(rule_id: int) -> RecurringEntry:
    """One's own, or anybody's for who records for others; a colleague's is not there."""
    rule = load(RecurringEntry, rule_id)
    return rule if may("time.record_others") or rule.timekeeper_id == current_actor().timekeeper_id else abort(404)


def _form_of(rule: RecurringEntry) -> RecurringForm:
    same = ("matter_id", "recorded_seconds", "activity_code", "billing_status", "narrative", "first_on", "last_on", "version")
    values: dict[str, Any] = {name: getattr(rule, name) for name in same}
    values |= {"timekeeper_id": str(rule.timekeeper_id), "month_day": str(rule.month_day or "")}
    values |= {"weekdays": [place + 1 for place in ticked_weekdays(rule.weekdays)], "asks": "asks" if rule.asks else "records"}
    return RecurringForm(None, data=values)


def _form_page(form: RecurringForm, rule: RecurringEntry | None, status: int | None = None) -> Response:
    page = {"page": "recurring_entries/form.html", "fragment": "recurring_entries/_rule_form.html"}
    return render(**page, status=status or form.status, form=form, rule=rule)
