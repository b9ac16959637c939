"""What changed lately, for pages that have no stream (`lexapp events`): they ask every few seconds."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from lexapp.database import db
from lexapp.web.access import current_actor, signed_in
from lexapp.web.changes import asked_seconds, hints_of_late

blueprint = Blueprint("changes", __name__)


@blueprint.get("/changes")
@signed_in
def index() -> Response:
    """`?ago=15`: the changes of the last fifteen seconds, as a list of hints."""
    seconds = asked_seconds(request.args.get("ago", ""))
    return jsonify(hints_of_late(db.session(), current_actor(), seconds=seconds))
