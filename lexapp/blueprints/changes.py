"""What changed lately, for pages that have no stream (`lexapp events`): they ask every few seconds."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from lexapp.database import db
from lexapp.web.access import current_actor, signed_in
from lexapp.web.changes import asked_hints

blueprint = Blueprint("changes", __name__)


@blueprint.get("/changes")
@signed_in
def index() -> Response:
    """What a page may have missed, as a list of hints: `?ago=15&page_age=300`, in seconds."""
    return jsonify(asked_hints(db.session(), current_actor()))
