"""Time typed as a sentence: read while it is typed, shown, then recorded; where it is not clear, as a form filled in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.services.time_entries import record_time
from lexapp.web.access import current_actor, requires
from lexapp.web.entry_forms import today
from lexapp.web.htmx import fragments, redirect_after, render, toast, wants_fragment
from lexapp.web.lists import list_stands_at
from lexapp.web.narrative_hints import saved
from lexapp.web.paths import came_from
from lexapp.web.sentences import SentenceForm, Understood, corrected, understand
from lexapp.web.time_lists import asked_time, kept_filters, listed_time

blueprint = Blueprint("sentences", __name__)


@blueprint.post("/time/sentence/reading")
@requires("time.record")
def read() -> Response:
    """What is understood so far. Nothing is written; a sentence may be confidential, so it is no part of an address."""
    form = SentenceForm()
    found = understand(form.sentence.data, matter_id=form.matter_id.data) if form.validate() else None
    return _reading(form, found)


@blueprint.post("/time/sentence")
@requires("time.record")
def record() -> Response:
    form = SentenceForm()
    if not form.validate_on_submit():
        return _asked_again(form)
    found = understand(form.sentence.data, matter_id=form.matter_id.data)
    if not form.correct.data and found.is_whole and form.saw(found):
        return _recorded(form, found)
    if wants_fragment() and not form.correct.data and not form.saw(found):
        return _reading(form, found, retarget=True)
    return corrected(found.form(form.key.data), found=found, correct=form.correct.data or "")


def _recorded(form: SentenceForm, found: Understood) -> Response:
    try:
        entry = record_time(db.session(), actor=current_actor(), work=found.work, key=form.key.data)
    except Refused as error:
        refused = found.form(form.key.data)
        refused.refuse(error)
        return corrected(refused, found=found, status=422)
    return _done(entry)


def _done(entry: Any) -> Response:
    toast(saved("Time recorded", entry), undo=url_for("time.discard", entry_id=entry.id, version=entry.version))
    home = url_for("time.index", **kept_filters())
    if not wants_fragment():
        before = came_from(home)
        return redirect_after(home if "/sentence" in before else before)
    list_stands_at(url_for("time.index"))
    listed = listed_time(asked_time(today())) | {"line": SentenceForm(None), "found": None}
    return fragments("time/_list.html", "timers/_bar.html", "sentences/_line.html", otherwise=home, **listed)


def _reading(form: SentenceForm, found: Understood | None, *, retarget: bool = False) -> Response:
    shown = {"found": found, "line": form, "kept": kept_filters(), "is_anew": found is not None and form.saw_otherwise(found)}
    response = render(page="sentences/line.html", fragment="sentences/_reading.html", **shown)
    if retarget:
        response.headers["HX-Retarget"] = "#reading"
    return response


def _asked_again(form: SentenceForm) -> Response:
    response = render(page="sentences/line.html", fragment="sentences/_line.html", status=422, line=form, found=None, kept=kept_filters())
    response.headers["HX-Retarget"] = "#line"
    return response
