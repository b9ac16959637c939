"""The tray: what devices sent that only its timekeeper can decide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, g, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.queries.timer_tray import tray_item, tray_items
from lexapp.services import timer_tray as service
from lexapp.web.access import current_actor, requires
from lexapp.web.filters import hours
from lexapp.web.forms import sent_key
from lexapp.web.htmx import fragments, render, toast
from lexapp.web.paths import LARGEST_ID
from lexapp.web.timer_tray import TrayCard, TrayForm, card_of

blueprint = Blueprint("timer_tray", __name__)


@blueprint.get("/timers/tray")
@requires("time.record")
def index() -> Response:
    return render(page="timers/tray.html", fragment="timers/_tray.html", cards=_cards())


@blueprint.post("/timers/tray/<int:event_id>/recording")
@requires("time.record")
def record(event_id: int) -> Response:
    _load(event_id)
    form = TrayForm(ids=f"tray-{event_id}")
    if form.validate():
        choice = service.Choice(form.matter_id.data, form.recorded_seconds.data or 0, form.narrative.data or "")
        try:
            entry = service.record_time(db.session(), actor=current_actor(), event_id=event_id, choice=choice, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            return _after(f"{hours(entry.quantity_hundredths)} h recorded")
    return render(page="timers/tray.html", fragment="timers/_tray.html", status=422, cards=_cards(event_id, form))


@blueprint.post("/timers/tray/<int:event_id>/other-text")
@requires("time.record")
def take_other(event_id: int) -> Response:
    _load(event_id)
    service.take_other_text(db.session(), actor=current_actor(), event_id=event_id, key=sent_key())
    return _after("The other text stands now")


@blueprint.post("/timers/tray/<int:event_id>/keeping")
@requires("time.record")
def keep(event_id: int) -> Response:
    _load(event_id)
    service.keep_as_it_is(db.session(), actor=current_actor(), event_id=event_id, key=sent_key())
    return _after("Decided. The event stays in the history.")


def _mine() -> dict[str, Any]:
    actor = current_actor()
    return {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id or 0, "now": datetime.now(UTC)}


def _load(event_id: int) -> None:
    """Somebody else's event, one behind a wall, and one that is decided look like one that does not exist."""
    if event_id > LARGEST_ID or tray_item(db.session(), event_id=event_id, **_mine()) is None:
        abort(404)


def _cards(event_id: int = 0, form: TrayForm | None = None) -> list[TrayCard]:
    return [card_of(item, form if item.event_id == event_id else None) for item in tray_items(db.session(), **_mine())]


def _after(said: str) -> Response:
    g.pop("timer_bar", None)
    toast(said)
    return fragments("timers/_tray.html", "timers/_bar.html", otherwise=url_for(".index"), cards=_cards())
