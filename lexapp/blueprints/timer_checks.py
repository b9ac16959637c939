"""What timers ask: whether one was forgotten, and what idle minutes were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import Matter
from lexapp.queries.timer_checks import LastSeen, last_seen
from lexapp.queries.timers import TimerLine, one_timer, open_timers
from lexapp.services import timer_checks as service
from lexapp.services import timers
from lexapp.web.access import current_actor, load, requires
from lexapp.web.entry_forms import today
from lexapp.web.filters import hours
from lexapp.web.htmx import fragments, redirect_after, render, toast
from lexapp.web.lists import asked_id
from lexapp.web.paths import came_from
from lexapp.web.timer_checks import ELSEWHERE, KEEP, KEEP_MINUTES, CheckForm, IdleForm, check_form

blueprint = Blueprint("timer_checks", __name__)
LONGEST_IDLE_SECONDS = 7 * 24 * 3600


@blueprint.get("/timers/<int:timer_id>/check")
@requires("time.record")
def show(timer_id: int) -> Response:
    timer = _load(timer_id)
    if not timer.is_running:
        return _too_late()
    seen = _seen(timer)
    return _ask(timer, check_form(timer, seen), seen)


@blueprint.post("/timers/<int:timer_id>/check")
@requires("time.record")
def answer(timer_id: int) -> Response:
    timer, form = _load(timer_id), CheckForm(ids="check")
    form.offer(timer, form.proposed_at.moment)
    if form.validate():
        try:
            return _follow(timer, form)
        except Refused as error:
            form.refuse(error)
    return _ask(timer, form, _seen(timer), status=422)


def _too_late() -> Response:
    """The timer was paused or stopped since the question was put, here or on another device: the bar as it is now."""
    toast(service.NOT_RUNNING)
    return fragments("timers/_bar.html", "timers/_panel.html", otherwise=url_for("today.index"), timer=None)


def _follow(timer: TimerLine, form: CheckForm) -> Response:
    session, actor = db.session(), current_actor()
    if form.choice.data == KEEP:
        service.keep_running(session, actor=actor, timer_id=timer.id, key=form.key.data)
        toast("The timer runs on")
        return _after()
    entry = timers.stop_timer(
        session, actor=actor, timer_id=timer.id, note=_note(timer, form), worked_until=form.worked_until(), key=form.key.data
    )
    toast(f"{hours(entry.quantity_hundredths)} h recorded", undo=url_for("time.discard", entry_id=entry.id, version=entry.version))
    return _after()


def _note(timer: TimerLine, form: CheckForm) -> timers.TimerNote | None:
    if form.matter_id is None:
        return None
    return timers.TimerNote(form.matter_id.data, timer.narrative, timer.task_code, timer.activity_code)


def _ask(timer: TimerLine, form: CheckForm, seen: LastSeen | None, status: int = 200) -> Response:
    page = {"page": "timer_checks/show.html", "fragment": "timer_checks/_panel.html"}
    response = render(**page, status=status, timer=timer, form=form, seen=seen)
    response.headers["HX-Retarget"] = "#timer-panel"
    return response


@blueprint.get("/timers/idle")
@requires("time.record")
def idle() -> Response:
    """`since` and `until`: how many seconds ago the last key or pointer moved, and the next. Without them nothing is asked."""
    if asked_id("since") is None:
        return redirect_after(url_for("today.index"))
    now = datetime.now(UTC).replace(microsecond=0)
    since, until = (now - timedelta(seconds=min(asked_id(name) or 0, LONGEST_IDLE_SECONDS)) for name in ("since", "until"))
    form = IdleForm(None, ids="idle", data={"since": min(since, until).isoformat(), "until": until.isoformat()})
    return _ask_idle(form, status=200)


@blueprint.post("/timers/idle")
@requires("time.record")
def settle_idle() -> Response:
    form = IdleForm(ids="idle")
    if not form.validate():
        return _ask_idle(form, status=422)
    try:
        _settle(form)
    except Refused as error:
        form.refuse(error)
        return _ask_idle(form, status=409 if isinstance(error, Conflict) else 422)
    return _after()


def _settle(form: IdleForm) -> None:
    choice = form.choice.data
    idle, asked = service.Idle(form.since.read(), form.until.read()), form.timers.read()
    matter_id = load(Matter, form.matter_id.data).id if form.matter_id.data else None
    other = service.Elsewhere(matter_id, form.with_minutes.data) if choice == ELSEWHERE else None
    take_off, actor = choice != KEEP_MINUTES, current_actor()
    service.settle_idle(db.session(), actor=actor, idle=idle, asked=asked, take_off=take_off, elsewhere=other, key=form.key.data)
    toast("Minutes kept" if choice == KEEP_MINUTES else "Minutes taken off. The history of the time keeps them as measured.")


def _ask_idle(form: IdleForm, status: int) -> Response:
    """The question about what runs now; after a refusal that has another reason, about what it was asked for."""
    running = _running()
    if status != 422:
        form.timers.hold(running)
    page = {"page": "timer_idle/show.html", "fragment": "timer_idle/_panel.html"}
    response = render(**page, status=status, idle=form, running=running)
    response.headers["HX-Retarget"] = "#timer-panel"
    return response


def _running() -> list[TimerLine]:
    actor, now = current_actor(), datetime.now(UTC)
    found = open_timers(db.session(), firm_id=actor.firm_id, timekeeper_id=actor.timekeeper_id or 0, now=now, on=today())
    return [timer for timer in found.timers if timer.is_running]


def _load(timer_id: int) -> TimerLine:
    actor = current_actor()
    mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id or 0}
    timer = one_timer(db.session(), timer_id=timer_id, now=datetime.now(UTC), **mine)
    return timer if timer is not None else abort(404)


def _seen(timer: TimerLine) -> LastSeen | None:
    if not timer.is_running or timer.vouched_at is None:
        return None
    who = {"firm_id": current_actor().firm_id, "user_id": current_actor().user_id}
    return last_seen(db.session(), since=timer.vouched_at, now=datetime.now(UTC), **who)


def _after() -> Response:
    """The bar anew, and no panel; without htmx back to the page where the button was pressed."""
    return fragments("timers/_bar.html", "timers/_panel.html", otherwise=came_from(url_for("today.index")), timer=None)
