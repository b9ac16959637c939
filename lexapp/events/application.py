"""The events process as a WSGI application: the stream, and how the process is doing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from flask_login import current_user

from lexapp.application import configuration
from lexapp.config import Settings
from lexapp.database import db
from lexapp.events.hub import Hub, Stream, frame
from lexapp.events.notifier import Notifier
from lexapp.extensions import login
from lexapp.queries.metrics import Gauge
from lexapp.web import access, observing, signing_in
from lexapp.web.changes import asked_hints
from lexapp.web.htmx import Request
from lexapp.web.metrics import TEXT, exposition, may_scrape

# Under the time after which proxies and gateways cut a silent connection.
BEAT_SECONDS = 15.0
STUCK_SECONDS = 15.0
# Threads that stay free for refusals and for whoever watches the process.
SPARE_THREADS = 16

blueprint = Blueprint("events", __name__)


def build(settings: Settings, *, threads: int) -> Flask:
    """A new application with its notifier under way; `threads` is how many the server has."""
    app = Flask("lexapp", static_folder=None)
    app.request_class = Request
    app.config.from_mapping(configuration(settings))
    app.extensions["settings"] = settings
    observing.init_app(app)
    for extension in (db, login):
        extension.init_app(app)
    for part in (signing_in, access):
        part.init_app(app)
    app.register_blueprint(blueprint)
    app.after_request(_open_to_the_pages)
    access.check_routes(app)
    with app.app_context():
        hub = Hub(max(1, threads - SPARE_THREADS))
        app.extensions["hub"], app.extensions["notifier"] = hub, Notifier(db.engine, hub)
    app.extensions["notifier"].start()
    return app


@blueprint.get("/events")
@access.signed_in
def stream() -> Response:
    """Server-Sent Events: lists of hints. `?ago=2.5&page_age=300` tells first what a page may have missed."""
    hub: Hub = current_app.extensions["hub"]
    person: Any = current_user
    own = Stream(person.session_id, person.actor, request.environ.get("gunicorn.socket"))
    if request.method == "HEAD" or not hub.open(own):
        abort(503)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    answer = Response(_frames(own, _late(hub, own)), content_type="text/event-stream; charset=utf-8", headers=headers)
    answer.call_on_close(lambda: hub.close(own))
    return answer


def _late(hub: Hub, own: Stream) -> str:
    try:
        return frame(asked_hints(db.session(), own.actor))
    except BaseException:
        hub.close(own)
        raise


def _frames(own: Stream, late: str) -> Iterator[str]:
    """Runs after the request has ended: the session's connection is back in the pool."""
    yield f": open\n\n{late}"
    while (text := own.next(BEAT_SECONDS)) is not None:
        yield text


@blueprint.get("/health")
@access.public
def alive() -> tuple[Response, int]:
    """200 while the notifier looks at the feed, 503 once it has not for a while."""
    notifier: Notifier = current_app.extensions["notifier"]
    is_stuck = notifier.looked_ago > STUCK_SECONDS
    streams = len(current_app.extensions["hub"])
    return jsonify(status="stuck" if is_stuck else "alive", streams=streams), 503 if is_stuck else 200


@blueprint.get("/metrics")
@access.public
def metrics() -> Response:
    """Figures for Prometheus, to whoever may read those of the web processes."""
    settings: Settings = current_app.extensions["settings"]
    if not may_scrape(settings.metrics_token):
        abort(404)
    return Response(exposition(_figures), content_type=TEXT)


def _figures() -> list[Gauge]:
    notifier: Notifier = current_app.extensions["notifier"]
    hub: Hub = current_app.extensions["hub"]
    return [
        Gauge("lexapp_streams", "Open screens that are told of changes.", (), [((), len(hub))]),
        Gauge("lexapp_streams_most", "Open screens that there is room for.", (), [((), hub.most)]),
        Gauge("lexapp_streams_told", "Messages handed to open screens since the start.", (), [((), notifier.told)]),
        Gauge("lexapp_changes_looked_seconds", "How long ago the table of changes was read.", (), [((), notifier.looked_ago)]),
    ]


def _open_to_the_pages(response: Response) -> Response:
    """Pages of lexapp may read the stream from another port of the same machine; nobody else's may."""
    settings: Settings = current_app.extensions["settings"]
    response.headers["Vary"] = "Origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.headers.get("Origin") == settings.base_url:
        response.headers["Access-Control-Allow-Origin"] = settings.base_url
        response.headers["Access-Control-Allow-Credentials"] = "true"
    return response
