"""Where devices send the timer events that they kept while offline. Speaks JSON: what it answers is read by a script, event by event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from lexapp.database import db
from lexapp.domain.device_events import SCHEMAS, DevicePost, read_post
from lexapp.domain.errors import InvalidInput
from lexapp.services.timer_sync import sync_timer_events
from lexapp.web.access import current_actor, requires

blueprint = Blueprint("timer_sync", __name__)


@blueprint.post("/timer/sync")
@requires("time.record")
def sync() -> Response:
    """An answer for each event, in the order sent. Whatever is not such an answer (another page, a portal's) acknowledges nothing."""
    received_at = datetime.now(UTC)
    try:
        post = _post()
    except InvalidInput as error:
        return _say({"reason": error.code, "message": error.message, "answers": []}, status=422)
    answers = sync_timer_events(db.session(), actor=current_actor(), post=post, now=received_at)
    return _say({"received_at": received_at.isoformat(), "answers": [answer.as_json() for answer in answers]})


def _post() -> DevicePost:
    if request.content_encoding:
        abort(415)
    try:
        raw = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise InvalidInput("This post cannot be read. Nothing of it was kept.", code="post_unreadable") from None
    actor = current_actor()
    return read_post(raw, user_id=actor.user_id, firm_id=actor.firm_id)


def _say(facts: dict[str, Any], status: int = 200) -> Response:
    response = jsonify({"lexapp": "timer-sync", "schema": SCHEMAS[-1], **facts})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
