"""The unsaved text of forms: kept while somebody types, removed when not wanted; and the token for a page that outlived its session."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, jsonify, request
from flask_wtf.csrf import generate_csrf

from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.services.drafts import forget_draft, save_draft
from lexapp.web.access import current_actor, signed_in
from lexapp.web.forms import sent_key
from lexapp.web.unsaved import draft_name, person

blueprint = Blueprint("drafts", __name__)


@blueprint.post("/drafts")
@signed_in
def save() -> Response:
    form, record_id = _asked()
    values = _values(request.form.get("payload", ""))
    whose = {"actor": current_actor(), "form": form, "record_id": record_id}
    save_draft(db.session(), values=values, key=sent_key(), now=datetime.now(UTC), **whose)
    return Response(status=204)


@blueprint.post("/drafts/removal")
@signed_in
def remove() -> Response:
    form, record_id = _asked()
    forget_draft(db.session(), actor=current_actor(), form=form, record_id=record_id)
    return Response(status=204)


@blueprint.get("/drafts/token")
@signed_in
def token() -> Response:
    """For a page that was open while its session ended: whose browser this is now, and the token for what it sends."""
    answer = jsonify(person=person(), token=generate_csrf())
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked() -> tuple[str, int]:
    if request.form.get("person") != person():
        raise Conflict("Another person or firm is signed in here now. Nothing was kept.")
    return draft_name(request.form.get("form", "")) or abort(422)


def _values(text: str) -> dict[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise InvalidInput("That is not what a form holds.", field="payload")
    return values
