"""What is known of a request afterwards: one line in the log, one observation in the metrics, and an id to find both by."""

from __future__ import annotations

import logging
import re
import secrets
import time
from contextvars import ContextVar
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy import Engine, event

from lexapp.config import Settings
from lexapp.web import metrics

log = logging.getLogger("lexapp.requests")
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_statements: ContextVar[list[int] | None] = ContextVar("statements", default=None)


@event.listens_for(Engine, "before_cursor_execute")
def _count(*_: Any) -> None:
    counter = _statements.get()
    if counter is not None:
        counter[0] += 1


def route() -> str:
    """The template of the address, such as /matters/<int:matter_id>; never the address itself, which may hold a token."""
    return request.url_rule.rule if request.url_rule else "(none)"


def _begin() -> None:
    g.began, counter = time.perf_counter(), [0]
    _statements.set(counter)
    g.statements = counter
    g.request_id = _request_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, route=route(), method=request.method)


def _request_id() -> str:
    """That of the proxy in front where there is one that we trust, else one of our own."""
    settings: Settings = current_app.extensions["settings"]
    given = request.headers.get("X-Request-ID", "") if settings.trusted_proxies else ""
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)


def _end(response: Response) -> Response:
    if "began" not in g:
        return response
    seconds = time.perf_counter() - g.began
    response.headers["X-Request-ID"] = g.request_id
    metrics.observe(route(), request.method, response.status_code, seconds)
    if request.endpoint != "static":
        facts = {"status": response.status_code, "ms": round(seconds * 1000, 1), "statements": g.statements[0]}
        log.info("request", extra=facts | _who())
    return response


def _who() -> dict[str, int]:
    person = g.get("_login_user")
    actor = getattr(person, "actor", None)
    return {"user_id": actor.user_id, "firm_id": actor.firm_id} if actor else {}


def _forget(error: BaseException | None) -> None:  # noqa: ARG001 - the signature Flask asks for
    _statements.set(None)
    structlog.contextvars.clear_contextvars()


def _log_exception(info: Any) -> None:
    current_app.logger.error("broke", exc_info=info)


def init_app(app: Flask) -> None:
    """Watch every request. Flask's own line about an exception is replaced: it holds the address."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)
    app.log_exception = _log_exception  # type: ignore[method-assign]
