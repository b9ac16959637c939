"""The phone timer: a page that holds nothing of anybody, what it asks for when there is a network, and what keeps it without one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, url_for

from lexapp.database import db
from lexapp.queries.timers import matter_options
from lexapp.web.access import current_actor, public, requires
from lexapp.web.lists import asked_text
from lexapp.web.phone_shell import manifest as manifest_of
from lexapp.web.phone_shell import worker_script
from lexapp.web.phone_state import option_as_json, phone_state

blueprint = Blueprint("phone", __name__)


@blueprint.get("/phone")
@public
def index() -> Response:
    """The same for everybody, so that the phone may keep it."""
    return make_response(render_template("pwa/shell.html"))


@blueprint.get("/phone/manifest.webmanifest")
@public
def manifest() -> Response:
    response = jsonify(manifest_of())
    response.mimetype = "application/manifest+json"
    return response


@blueprint.get("/phone/worker.js")
@public
def worker() -> Response:
    response = Response(worker_script(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = url_for(".index")
    return response


@blueprint.get("/phone/state")
@requires("time.record")
def state() -> Response:
    return _say(phone_state(db.session(), current_actor(), device_key=asked_text("device"), now=datetime.now(UTC)))


@blueprint.get("/phone/matters")
@requires("time.record")
def matters() -> Response:
    """Matters found by the words of `q`: for phones that keep no list."""
    actor = current_actor()
    words = asked_text().lower().split()[:6]
    found = matter_options(db.session(), firm_id=actor.firm_id, timekeeper_id=actor.timekeeper_id, words=words)
    return _say({"matters": [option_as_json(option) for option in found]})


def _say(facts: dict[str, Any]) -> Response:
    """Named and numbered, so that another page (a portal's) is not taken for it."""
    return jsonify({"lexapp": "phone", "schema": 1, **facts})
