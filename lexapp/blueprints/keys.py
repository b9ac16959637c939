"""Whether single letters press buttons, for those whose speech or hands make them by accident."""

from __future__ import annotations

from flask import Blueprint, Response, request

from lexapp.database import db
from lexapp.services.letter_keys import use_letter_keys
from lexapp.web.access import current_actor, signed_in
from lexapp.web.htmx import redirect_after, wants_fragment
from lexapp.web.paths import came_from

blueprint = Blueprint("keys", __name__)


@blueprint.post("/keys")
@signed_in
def change() -> Response:
    use_letter_keys(db.session(), actor=current_actor(), wanted=request.form.get("letters") == "y")
    return Response(status=204) if wants_fragment() else redirect_after(came_from("/"))
