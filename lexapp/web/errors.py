"""Pages and fragments for everything that goes wrong: what is wrong, then what to do."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, InternalServerError

from lexapp.domain.errors import Conflict, NotAllowed, NotFound, Refused
from lexapp.domain.permissions import PERMISSIONS
from lexapp.web.database_errors import AWAY, trouble_of
from lexapp.web.htmx import wants_fragment, wants_json
from lexapp.web.paths import local_path, way_back


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person is told."""

    status: int
    title: str
    advice: str

    @property
    def reference(self) -> str:
        """What finds the request in the log, where somebody has to look there."""
        return str(g.get("request_id", "")) if self.status >= 500 else ""

    @property
    def back(self) -> str | None:
        """Where the button was that led here, so that the record can be looked at."""
        pressed = request.method != "GET" and self.status in (409, 422)
        return way_back() if pressed or self.status == 405 else None

    @property
    def again(self) -> str | None:
        """The address to try once more, where that may help and changes nothing."""
        return local_path(request.full_path.rstrip("?")) if self.status >= 500 and request.method == "GET" else None


_PROBLEMS = {
    400: Problem(400, "This request cannot be read", "Go back, reload the page, and try once more."),
    401: Problem(401, "You are signed out", "Sign in again; what was saved is still there."),
    403: Problem(403, "You may not do this", "Ask an owner of the firm."),
    404: Problem(404, "There is no such page", "It may belong to another firm, or the address has a typing mistake."),
    405: Problem(405, "This address takes no such request", "Go back and use the button on the page."),
    409: Problem(409, "Somebody changed this first", "Reload the page to see the newer version, then make your change again."),
    413: Problem(413, "This is too much at once", "Send less than 24 MB in one go."),
    421: Problem(421, "lexapp is not served under this name", "Use the address that you were given."),
    422: Problem(422, "This cannot be done as it stands", "Correct what is marked, and send it again."),
    429: Problem(429, "Too many tries", "Wait 15 minutes, then try again."),
    500: Problem(500, "Something broke on our side", "Nothing was changed. Try once more; if it stays, tell whoever runs lexapp."),
    503: Problem(503, *AWAY),
}
_REFUSALS: dict[type[Refused], int] = {NotAllowed: 403, NotFound: 404, Conflict: 409}


def show(problem: Problem) -> Response:
    """The page of a problem; for htmx a toast that stays, while the screen keeps what was typed; for a script its facts."""
    if wants_json():
        return make_response({"title": problem.title, "message": problem.advice}, problem.status)
    if not wants_fragment():
        return make_response(render_template("errors/page.html", problem=problem), problem.status)
    response = make_response(render_template("errors/_notice.html", problem=problem), problem.status)
    response.headers["HX-Reswap"] = "none"
    reference = f" Reference {problem.reference}." if problem.reference else ""
    told = {"message": f"{problem.title}. {problem.advice}{reference}", "tone": "wrong", "undo": None}
    response.headers["HX-Trigger"] = json.dumps({"toast": {"toasts": [told]}})
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    known = _PROBLEMS.get(status) or Problem(status, HTTPStatus(status).phrase, "Go back and try once more.")
    missing = g.get("missing_permission")
    if status == 403 and missing:
        deed = PERMISSIONS[missing]
        advice = f"It needs the permission “{missing}”: {deed[0].lower()}{deed[1:]} Ask an owner of the firm."
        known = Problem(403, "You may not do this", advice)
    response = show(known)
    response.headers.extend({name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")})
    return response


def _csrf(error: CSRFError) -> Response:  # noqa: ARG001
    return show(Problem(400, "This page is out of date", "Nothing was saved. Copy what you typed, reload the page, and send it again."))


def misdirected() -> Response:
    """The page for a request that asks for a host which is not ours."""
    return show(_PROBLEMS[421])


def _refused(error: Refused) -> Response:
    status = next((code for kind, code in _REFUSALS.items() if isinstance(error, kind)), 422)
    return show(Problem(status, _PROBLEMS[status].title, str(error)))


def _broken(error: InternalServerError) -> Response:  # noqa: ARG001
    return show(_PROBLEMS[500])


def _database(error: DBAPIError) -> Response:
    """A database in trouble is said to be; any other error of the driver is ours, and handled like every breakdown."""
    trouble = trouble_of(error)
    if trouble is None:
        raise error
    current_app.logger.error("database in trouble", exc_info=error)
    response = show(Problem(503, *trouble))
    response.headers["Retry-After"] = "30"
    return response


def _no_connection(error: NoConnection) -> Response:
    current_app.logger.error("no connection to the database is free", exc_info=error)
    return show(Problem(503, "The database is busy", "Nothing was changed. Try again in a minute."))


def init_app(app: Flask) -> None:
    """Answer every error in the product's own words."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(InternalServerError, _broken)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(NoConnection, _no_connection)
