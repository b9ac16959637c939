"""Timers: the bar on every page, and what its buttons do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from flask import Blueprint, Response, abort, g, request, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.domain.permissions import Actor
from lexapp.domain.timer_quiet import is_forgotten
from lexapp.queries.time_entries import time_line
from lexapp.queries.timers import TimerLine, one_timer, open_timers
from lexapp.services import timers as service
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import today_in_zone
from lexapp.web.entry_forms import StartForm, TimerForm
from lexapp.web.filters import hours
from lexapp.web.htmx import fragments, render, toast, wants_fragment
from lexapp.web.narrative_hints import saved
from lexapp.web.no_timekeeper import nobody
from lexapp.web.paths import came_from

blueprint = Blueprint("timers", __name__)


@dataclass(frozen=True, slots=True)
class Bar:
    """What the timer bar shows; `today_hundredths` is what the timekeeper has recorded today, `to_resolve` what waits in the tray."""

    timers: list[TimerLine]
    today_hundredths: int
    start_key: str
    to_resolve: int = 0
    forgotten_after: int = 0
    idle_after: int = 0
    at_once: bool = False
    sharing: str = ""

    def asks(self, timer: TimerLine) -> bool:
        """Whether a running timer asks if it was forgotten."""
        return timer.is_running and is_forgotten(timer.vouched_at, datetime.now(UTC), after_seconds=self.forgotten_after)

    @property
    def stale_in(self) -> int | None:
        """In how many seconds the next timer will ask."""
        now = datetime.now(UTC)
        running = [one.vouched_at for one in self.timers if one.is_running and one.vouched_at and not self.asks(one)]
        waits = [self.forgotten_after - (now - at).total_seconds() for at in running if self.forgotten_after]
        return int(min(waits)) + 1 if waits else None

    @property
    def running(self) -> int:
        return sum(timer.is_running for timer in self.timers)

    def start(self) -> dict[str, StartForm]:
        """The form of the bar's dialog, which opens by script only: without a list of matters."""
        form = StartForm(None, ids="start", data={"key": self.start_key})
        form.matter_id.offers = False
        return {"start": form}

    @property
    def seconds(self) -> int:
        """What all open timers have measured and nobody has recorded yet."""
        return sum(timer.seconds for timer in self.timers)


@blueprint.app_template_global()
def timer_bar() -> Bar | None:
    """The bar of whoever is signed in; None for those who record no time of their own. One query, once per request."""
    if "timer_bar" not in g:
        g.timer_bar = _bar_of(current_user.actor)
    bar: Bar | None = g.timer_bar
    return bar


def _bar_of(actor: Actor) -> Bar | None:
    if actor.timekeeper_id is None or not actor.may("time.record"):
        return None
    mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id}
    today = today_in_zone(current_user.time_zone)
    found = open_timers(db.session(), now=datetime.now(UTC), on=today, **mine)
    rules = (found.forgotten_after_seconds, found.idle_after_seconds, found.at_once, found.shared_minutes)
    return Bar(found.timers, found.recorded_hundredths, str(uuid4()), found.to_resolve, *rules)


def _at_once() -> bool:
    bar = timer_bar()
    return bar is not None and bar.at_once


@blueprint.get("/timers/bar")
@requires("time.record")
def bar() -> Response:
    return render(page="timers/bar.html", fragment="timers/_bar.html")


@blueprint.get("/timers/new")
@requires("time.record")
def new() -> Response:
    if timer_bar() is None:
        return nobody("New timer")
    return render(page="timers/new.html", starts_here=True, at_once=_at_once(), start=StartForm(None, ids="start"))


@blueprint.post("/timers")
@requires("time.record")
def start() -> Response:
    form = StartForm(ids="start")
    if form.validate():
        try:
            service.start_timer(db.session(), actor=current_actor(), note=_note(form), key=form.key.data or None)
        except InvalidInput as error:
            form.refuse(error)
        else:
            return _after()
    shown = {"starts_here": not wants_fragment(), "at_once": _at_once(), "start": form}
    response = render(page="timers/new.html", fragment="timers/_start_form.html", status=422, **shown)
    response.headers["HX-Retarget"] = "#start-form"
    return response


@blueprint.post("/time/<int:entry_id>/timers")
@requires("time.record")
def copy(entry_id: int) -> Response:
    """A timer on what an entry says."""
    actor = current_actor()
    entry = time_line(db.session(), actor=actor, currency=current_user.currency, entry_id=entry_id) or abort(404)
    note = service.TimerNote(entry.matter_id, entry.narrative, entry.task_code, entry.activity_code)
    service.start_timer(db.session(), actor=actor, note=note)
    return _after()


@blueprint.get("/timers/<int:timer_id>")
@requires("time.record")
def show(timer_id: int) -> Response:
    timer = _load(timer_id)
    return render(page="timers/show.html", fragment="timers/_panel.html", timer=timer, form=_form_of(timer))


@blueprint.post("/timers/<int:timer_id>")
@requires("time.record")
def update(timer_id: int) -> Response:
    form = TimerForm(ids="timer")
    if not form.validate():
        return _again(timer_id, form)
    try:
        version = form.shown_version
        service.edit_timer(db.session(), actor=current_actor(), timer_id=timer_id, version=version, note=_note(form))
    except Refused as error:
        return _refused(timer_id, form, error)
    toast("Timer saved")
    return _after()


@blueprint.post("/timers/<int:timer_id>/stop")
@requires("time.record")
def stop(timer_id: int) -> Response:
    """From the bar without a form: as it stands. What is missing is asked for in the panel."""
    form = TimerForm(ids="timer")
    noted = "version" in request.form
    if noted and not form.validate():
        return _again(timer_id, form)
    try:
        entry = _stop(timer_id, form, noted=noted)
    except (InvalidInput, Conflict) as error:
        return _refused(timer_id, form if noted else _form_of(_load(timer_id)), error)
    toast(
        saved(f"{hours(entry.quantity_hundredths)} h recorded", entry),
        undo=url_for("time.discard", entry_id=entry.id, version=entry.version),
    )
    return _after()


def _stop(timer_id: int, form: TimerForm, *, noted: bool) -> service.TimeEntry:
    return service.stop_timer(
        db.session(),
        actor=current_actor(),
        timer_id=timer_id,
        note=_note(form) if noted else None,
        version=form.shown_version if noted else None,
        recorded_seconds=form.recorded_seconds.data if noted else None,
        billing_status=form.billing_status.data if noted else "billable",
        key=form.key.data if noted else None,
    )


@blueprint.post("/timers/<int:timer_id>/pause")
@requires("time.record")
def pause(timer_id: int) -> Response:
    service.pause_timer(db.session(), actor=current_actor(), timer_id=timer_id)
    return _after()


@blueprint.post("/timers/<int:timer_id>/resume")
@requires("time.record")
def resume(timer_id: int) -> Response:
    service.resume_timer(db.session(), actor=current_actor(), timer_id=timer_id)
    return _after()


@blueprint.post("/timers/<int:timer_id>/discard")
@requires("time.record")
def discard(timer_id: int) -> Response:
    service.discard_timer(db.session(), actor=current_actor(), timer_id=timer_id)
    toast("Timer discarded", undo=url_for(".restore", timer_id=timer_id))
    return _after()


@blueprint.post("/timers/<int:timer_id>/restoration")
@requires("time.record")
def restore(timer_id: int) -> Response:
    service.restore_timer(db.session(), actor=current_actor(), timer_id=timer_id)
    return _after()


def _load(timer_id: int) -> TimerLine:
    actor = current_actor()
    mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id or 0}
    return one_timer(db.session(), timer_id=timer_id, now=datetime.now(UTC), **mine) or abort(404)


def _form_of(timer: TimerLine) -> TimerForm:
    """The form as the timer stands, whatever was sent."""
    values = {name: getattr(timer, name) for name in ("matter_id", "narrative", "task_code", "activity_code", "version")}
    return TimerForm(None, data=values, ids="timer")


def _note(form: TimerForm) -> service.TimerNote:
    return service.TimerNote(form.matter_id.data, form.narrative.data or "", form.task_code.data or "", form.activity_code.data or "")


def _refused(timer_id: int, form: TimerForm, error: Refused) -> Response:
    """The panel with the reason; after a conflict also with what stands now, and its version."""
    form.refuse(error)
    if not isinstance(error, Conflict):
        return _again(timer_id, form)
    current = _form_of(_load(timer_id))
    del current.recorded_seconds, current.billing_status  # are of the entry to be: nothing stands of them yet
    form.compare(current)
    return _again(timer_id, form, status=409)


def _again(timer_id: int, form: TimerForm, status: int = 422) -> Response:
    """The panel with what was typed and what is wrong. From the bar it opens over the page."""
    response = render(page="timers/show.html", fragment="timers/_panel.html", status=status, timer=_load(timer_id), form=form)
    response.headers["HX-Retarget"] = "#timer-panel"
    return response


def _after() -> Response:
    """The bar anew, and no panel; without htmx back to the page where the button was pressed, which has done its work if it is for that."""
    home = url_for("today.index")
    back = came_from(home)
    return fragments("timers/_bar.html", "timers/_panel.html", otherwise=home if back == url_for(".new") else back, timer=None)
