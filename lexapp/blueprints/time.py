"""Time entries: the list with its filters, and what may be done with an entry."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, request, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.day_lines import MINUTES_OF_DAY
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import TimeEntry
from lexapp.queries.clock_notes import ClockNote, clock_notes
from lexapp.queries.entry_history import entry_history
from lexapp.queries.recurring_entries import count_waiting
from lexapp.queries.rounding_rules import rounding_of_entry
from lexapp.queries.time_entries import TimeLine, time_line
from lexapp.queries.timer_overlaps import timer_overlaps
from lexapp.queries.timers import matter_option, matter_options, one_timer
from lexapp.services import time_entries as service
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.entry_forms import TimeForm, entry_work, today
from lexapp.web.forms import sent_version
from lexapp.web.htmx import fragments, redirect_after, render, toast, wants_fragment
from lexapp.web.lists import asked_day, asked_id, asked_text, list_stands_at, search_words
from lexapp.web.matter_page import tabs_of_matter
from lexapp.web.narrative_hints import entry_findings, saved
from lexapp.web.paths import came_from
from lexapp.web.rounding_reasons import rounding_rows
from lexapp.web.sentences import SentenceForm, corrected, empty_line
from lexapp.web.time_lists import asked_time, kept_filters, listed_time

blueprint = Blueprint("time", __name__)
# Which form was sent, by its field `quick`: the fields above a list, or what a sentence filled in.
FORMS = {"y": "quick", "s": "understood"}


@blueprint.get("/time")
@requires("matter.view")
def index() -> Response:
    waits = 0 if wants_fragment() or not may("time.record") else count_waiting(db.session(), actor=current_actor())
    key = str(uuid4())
    line = {"key": key, "line": lambda: {"line": empty_line(key)}}
    return render(page="time/index.html", fragment="time/_list.html", recurring_waiting=waits, **line, **_list())


@blueprint.get("/time/new")
@requires("time.record")
def new() -> Response:
    minutes = asked_id("minutes") or 0
    form = _blank("new", worked_on=asked_day("on") or today(), recorded_seconds=min(minutes, MINUTES_OF_DAY) * 60 or None)
    form.matter_id.data = asked_id("matter")
    return render(page="time/new.html", form=form, kept=kept_filters())


@blueprint.post("/time")
@requires("time.record")
def create() -> Response:
    ids = FORMS.get(request.form.get("quick", ""), "new")
    form = TimeForm(actor=current_actor(), ids=ids)
    entry = _record(form) if form.validate() else None
    if entry is None:
        return _asked_again(form, ids)
    toast(saved("Time recorded", entry), undo=url_for(".discard", entry_id=entry.id, version=entry.version))
    if ids == "new":
        return redirect_after(_home())
    if ids == "understood":
        return _list_after("sentences/_line.html", line=SentenceForm(None), found=None, first=True)
    return _list_after("time/_quick.html", form=_blank("quick", worked_on=form.worked_on.data, matter_id=asked_id("matter")))


@blueprint.get("/time/<int:entry_id>")
@requires("matter.view")
def show(entry_id: int) -> Response:
    return _shown(entry_id, "time/_entry.html")


@blueprint.get("/time/<int:entry_id>/acts")
@requires("time.record")
def acts(entry_id: int) -> Response:
    return _shown(entry_id, "time/_acts.html")


@blueprint.get("/time/<int:entry_id>/hours")
@requires("matter.view")
def hours(entry_id: int) -> Response:
    return _shown(entry_id, "time/_hours.html")


@blueprint.get("/time/<int:entry_id>/rate")
@requires("rate.see")
def rate(entry_id: int) -> Response:
    return _shown(entry_id, "time/_rate.html")


@blueprint.get("/time/<int:entry_id>/edit")
@requires("time.record")
def edit(entry_id: int) -> Response:
    entry = _load(entry_id)
    return render(page="time/edit.html", fragment="time/_entry_edit.html", entry=entry, form=_form_of(entry), kept=kept_filters())


@blueprint.post("/time/<int:entry_id>")
@requires("time.record")
def update(entry_id: int) -> Response:
    entry = _load(entry_id)
    form = TimeForm(actor=current_actor(), ids=f"entry-{entry_id}")
    if not form.validate():
        return _edit_again(entry, form, 422)
    try:
        work = entry_work(form, load(TimeEntry, entry_id))
        changed = service.edit_time(
            db.session(), actor=current_actor(), entry_id=entry_id, version=form.shown_version, work=work, key=form.key.data
        )
    except Refused as error:
        form.refuse(error)
        return _edit_again(_load(entry_id), form, 409 if isinstance(error, Conflict) else 422)
    toast(saved("Time saved", changed))
    return _list_after()


@blueprint.post("/time/<int:entry_id>/duplicate")
@requires("time.record")
def duplicate(entry_id: int) -> Response:
    entry = service.duplicate_time(db.session(), actor=current_actor(), entry_id=entry_id)
    toast("Copied to today", undo=url_for(".discard", entry_id=entry.id, version=entry.version))
    return _list_after()


@blueprint.post("/time/<int:entry_id>/discard")
@requires("time.record")
def discard(entry_id: int) -> Response:
    _load(entry_id)
    entry = service.discard_time(db.session(), actor=current_actor(), entry_id=entry_id, version=sent_version())
    toast("Time discarded", undo=url_for(".restore", entry_id=entry_id, version=entry.version))
    return _list_after()


@blueprint.post("/time/<int:entry_id>/restoration")
@requires("time.record")
def restore(entry_id: int) -> Response:
    _load(entry_id)
    service.restore_time(db.session(), actor=current_actor(), entry_id=entry_id, version=sent_version())
    toast("Time is back")
    return _list_after()


@blueprint.get("/time/matter-options")
@requires("matter.view")
def matter_search() -> Response:
    actor = current_actor()
    words = search_words(asked_text())
    mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id, "user_id": actor.user_id}
    options = matter_options(db.session(), **mine, words=words)
    return render(page="time/_matter_options.html", options=options, may_be_none=request.args.get("none") == "y")


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def _list() -> dict[str, Any]:
    asked = asked_time(today())
    return listed_time(asked) | {"matter": _asked_matter(asked.chosen.matter_id)}


def _list_again() -> dict[str, Any]:
    list_stands_at(url_for(".index"))
    return _list()


def _list_after(*others: str, first: bool = False, **context: Any) -> Response:
    """After a write: the list as it is filtered, the timer bar, and what else changed, which may be what the target is for."""
    if not wants_fragment():
        return redirect_after(_home())
    tabs = tabs_of_matter("matters.time")
    shown = ("matters/_tabs.html",) if tabs else ()
    parts = (*others, "time/_list.html", "timers/_bar.html", *shown) if first else ("time/_list.html", "timers/_bar.html", *shown, *others)
    return fragments(*parts, otherwise=_home(), **context | _list_again() | tabs)


def _home() -> str:
    """The list as it was filtered; where an entry was changed on the page of its matter, that page. A form that is done is no way back."""
    listed, before = url_for(".index", **kept_filters()), came_from("")
    if before.partition("?")[0].endswith(("/time/new", "/edit", "/sentence")):
        before = ""
    return listed if request.args and not before.startswith("/matters/") else before or listed


def _asked_again(form: TimeForm, ids: str) -> Response:
    if ids == "new":
        return render(page="time/new.html", fragment="time/_form.html", status=422, form=form, kept=kept_filters())
    if ids == "understood":
        return corrected(form, status=422)
    rest = {"kept": kept_filters()} if wants_fragment() else _list_again()
    response = render(page="time/index.html", fragment="time/_quick.html", status=422, form=form, **rest)
    response.headers["HX-Retarget"] = "#quick"
    return response


def _asked_matter(matter_id: int | None) -> Any:
    return matter_option(db.session(), firm_id=current_actor().firm_id, matter_id=matter_id) if matter_id else None


# ── one entry ────────────────────────────────────────────────────────────────────────────────────


def _load(entry_id: int) -> TimeLine:
    return time_line(db.session(), actor=current_actor(), currency=current_user.currency, entry_id=entry_id) or abort(404)


def _shown(entry_id: int, fragment: str) -> Response:
    """A part of the entry for htmx, else its page, which says and offers all of them."""
    entry = _load(entry_id)
    found: dict[str, Any] = {"entry": entry, "kept": kept_filters()}
    if fragment != "time/_acts.html":
        found["rounded"] = rounding_rows(rounding_of_entry(db.session(), firm_id=current_actor().firm_id, entry_id=entry_id))
    if not wants_fragment() or fragment == "time/_entry.html":
        found["twice"] = timer_overlaps(db.session(), firm_id=current_actor().firm_id, entries=[entry])
    if not wants_fragment():
        found["history"] = entry_history(db.session(), firm_id=current_actor().firm_id, subject_kind="time_entry", subject_id=entry_id)
        found |= {"timer": _timer_of(entry), "clock": _clock_of(entry), "findings": entry_findings(entry)}
    return render(page="time/show.html", fragment=fragment, **found)


def _timer_of(entry: TimeLine) -> Any:
    if entry.timer_id is None:
        return None
    actor = current_actor()
    return one_timer(db.session(), firm_id=actor.firm_id, timekeeper_id=entry.timekeeper_id, timer_id=entry.timer_id)


def _clock_of(entry: TimeLine) -> list[ClockNote]:
    return clock_notes(db.session(), firm_id=current_actor().firm_id, timer_id=entry.timer_id) if entry.timer_id is not None else []


def _blank(ids: str, **values: Any) -> TimeForm:
    return TimeForm(None, actor=current_actor(), ids=ids, data=values or None)


def _form_of(entry: TimeLine) -> TimeForm:
    names = ("worked_on", "matter_id", "recorded_seconds", "task_code", "activity_code", "billing_status", "narrative", "version")
    values = {name: getattr(entry, name) for name in names} | {"timekeeper_id": str(entry.timekeeper_id)}
    stored = load(TimeEntry, entry.id)
    typed = entry.rate if stored.rate_is_typed else None
    form = TimeForm(None, actor=current_actor(), ids=f"entry-{entry.id}", data=values | {"rate_minor": typed})
    form.rounding_reason = stored.rounding_reason
    return form


def _record(form: TimeForm) -> TimeEntry | None:
    try:
        return service.record_time(db.session(), actor=current_actor(), work=entry_work(form), key=form.key.data)
    except Refused as error:
        form.refuse(error)
        return None


def _edit_again(entry: TimeLine, form: TimeForm, status: int) -> Response:
    """The row's form with what was typed. After a conflict it carries the version of now, and the row stands above it."""
    if status == 409:
        form.version.data, form.version.raw_data = str(entry.version), None
    found = {"entry": entry, "form": form, "kept": kept_filters(), "is_stale": status == 409}
    response = render(page="time/edit.html", fragment="time/_entry_edit.html", status=status, **found)
    response.headers["HX-Retarget"] = f"#entry-edit-{entry.id}"
    return response
