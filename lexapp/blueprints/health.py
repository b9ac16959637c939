"""For whatever watches the process: is it alive, can it serve, and how is it doing."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from lexapp.config import Settings
from lexapp.database import db
from lexapp.extensions import csrf, limiter
from lexapp.integrations.redis_server import answers
from lexapp.integrations.storage import Storage, open_storage
from lexapp.queries.installation import OK, database_state
from lexapp.queries.metrics import Gauge, gauges
from lexapp.web.access import public
from lexapp.web.metrics import REPORTS, TEXT, Remembered, exposition, may_scrape

blueprint = Blueprint("health", __name__)
DIRECTIVES = frozenset({"default-src", "script-src", "style-src", "img-src", "font-src", "connect-src", "form-action", "frame-ancestors"})
LARGEST_REPORT_BYTES = 16 * 1024


@blueprint.get("/health")
@public
def alive() -> Response:
    """This process answers. Nothing else is looked at: a database that is away is no reason to restart it."""
    return jsonify(status="alive")


@blueprint.get("/ready")
@public
def ready() -> tuple[Response, int]:
    """Whether requests can be served: 200 or 503, and how each part is. Redis may be away: jobs wait in the database."""
    settings: Settings = current_app.extensions["settings"]
    checks = {
        **database_state(db.session()),
        "storage": _storage(settings.storage_url).problem() or OK,
        "redis": _redis(settings.redis_url),
    }
    needed = [checks[name] for name in ("database", "schema", "storage")]
    status = "ready" if all(state == OK for state in needed) else "not ready"
    return jsonify(status=status, checks=checks), 200 if status == "ready" else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Figures for Prometheus: with METRICS_TOKEN to whoever holds it, without only to this machine itself."""
    settings: Settings = current_app.extensions["settings"]
    if not may_scrape(settings.metrics_token):
        abort(404)
    remembered: Remembered = current_app.extensions.setdefault("gauges", Remembered(seconds=30))
    return Response(exposition(lambda: remembered.get(_read)), content_type=TEXT)


@blueprint.post("/csp-reports")
@csrf.exempt
@limiter.limit("60/minute")
@public
def csp_report() -> tuple[str, int]:
    """A browser tells that the policy refused something; only which directive it was is kept."""
    if request.content_length is not None and request.content_length <= LARGEST_REPORT_BYTES:
        REPORTS.labels(_directive(request.get_json(force=True, silent=True))).inc()
    return "", 204


def _directive(given: Any) -> str:
    report = given.get("csp-report") if isinstance(given, dict) else None
    words = str(report.get("effective-directive") or report.get("violated-directive") or "").split() if isinstance(report, dict) else []
    return words[0] if words and words[0] in DIRECTIVES else "other"


def _read() -> list[Gauge]:
    return gauges(db.session(), now=datetime.now(UTC))


def _redis(url: str | None) -> str:
    if url is None:
        return "not used"
    return OK if answers(url) else "does not answer; jobs are taken from the database"


@cache
def _storage(url: str) -> Storage:
    return open_storage(url)
