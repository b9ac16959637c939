"""For whatever watches the process: is it alive, and can it serve."""

from flask import Blueprint, Response

from lexapp.database import db
from lexapp.queries.installation import what_is_missing
from lexapp.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@public
def alive() -> Response:
    """This process answers."""
    return _say("alive")


@blueprint.get("/ready")
@public
def ready() -> Response:
    """The database is reachable and its tables are the ones this version needs."""
    missing = what_is_missing(db.session())
    return _say(missing or "ready", 503 if missing else 200)


def _say(sentence: str, status: int = 200) -> Response:
    return Response(f"{sentence}\n", status, {"Cache-Control": "no-store"}, mimetype="text/plain")
