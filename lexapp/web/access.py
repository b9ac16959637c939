"""Who may call what. Every route declares exactly one of `requires`, `signed_in`, `public`; one hook enforces it.

A route that declares nothing stops the application from starting (`check_routes`) and, added later, from answering.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import select

from lexapp.database import db
from lexapp.domain.permissions import PERMISSIONS, Actor
from lexapp.queries.walls import open_to
from lexapp.web.htmx import wants_data
from lexapp.web.paths import LARGEST_ID, own_path

# What stays open to who has yet to set up the one-time codes that the firm asks for.
_BEFORE_CODES = ("account", "sessions")

View = TypeVar("View", bound=Callable[..., Any])
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks for: nothing, a signed-in person, or a permission."""

    kind: str
    permission: str | None = None


def requires(permission: str) -> Callable[[View], View]:
    """Declare that a route needs this permission, one of `domain.permissions.PERMISSIONS`."""
    if permission not in PERMISSIONS:
        raise ValueError(f"no such permission: {permission}")
    return _declare(Access("permission", permission))


def signed_in(view: View) -> View:
    """Declare that a route is for every signed-in member of a firm."""
    return _declare(Access("signed_in"))(view)


def public(view: View) -> View:
    """Declare that a route needs no sign-in."""
    return _declare(Access("public"))(view)


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__dict__["access"] = access
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What the route declared, or None; Flask's own file route is public."""
    if endpoint == "static":
        return Access("public")
    return app.view_functions[endpoint].__dict__.get("access")


def check_routes(app: Flask) -> None:
    """Refuse to start with a route that declares no access."""
    undeclared = sorted({rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None})
    if undeclared:
        raise RuntimeError("these routes declare no access (requires, signed_in or public): " + ", ".join(undeclared))


def current_actor() -> Actor:
    """Who acts in which firm; services take it as `actor`. Only on routes that are not public."""
    if not current_user.is_authenticated:
        raise LookupError("nobody is signed in on this route")
    actor: Actor = current_user.actor
    return actor


def may(permission: str) -> bool:
    """Whether the person who is signed in, if any, has the permission."""
    person = g.get("_login_user") or current_user
    return bool(person.is_authenticated and person.actor.may(permission))


def whose_work() -> int | None:
    """Whose time and rates the person may see: None for everybody's, else their own timekeeper only (0 where they have none)."""
    return None if may("time.view_all") else current_actor().timekeeper_id or 0


def may_open(endpoint: str) -> bool:
    """Whether the endpoint exists and the person may open it; for links."""
    if endpoint not in current_app.view_functions:
        return False
    access = access_of(current_app, endpoint)
    return access is not None and (access.permission is None or may(access.permission))


def load(model: type[Record], record_id: int) -> Record:
    """The record of the actor's firm, or 404: ids of another firm, and of what is walled off, look like ids that do not exist."""
    if not 0 < record_id <= LARGEST_ID:
        abort(404)
    columns: Any = model
    query = select(model).where(columns.firm_id == current_actor().firm_id, columns.id == record_id, open_to(db.session(), model))
    return db.session.scalars(query).one_or_none() or abort(404)


def _enforce() -> Response | None:
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise RuntimeError(f"route {request.endpoint} declares no access")
    if access.kind == "public":
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if current_user.owes_codes and request.blueprint not in _BEFORE_CODES:
        if wants_data():
            abort(403)
        return redirect(url_for("account.ask_code"), code=303)  # type: ignore[return-value]
    if access.permission and not may(access.permission):
        g.missing_permission = access.permission
        abort(403)
    return None


def _ask_to_sign_in() -> Response:
    """Sign-in leads back to the page. A form sent from an open page leaves the page and its text as they are, and says so."""
    if wants_data():
        abort(401)
    if request.htmx and request.method == "POST":
        return Response("Sign in again.", 401, {"HX-Trigger": "signed-out", "HX-Reswap": "none"})
    target = url_for("sessions.new", next=_page_to_return_to())
    if request.htmx:
        return Response("Sign in again.", 401, {"HX-Redirect": target})
    return redirect(target, code=303)  # type: ignore[return-value]


def _page_to_return_to() -> str | None:
    if request.method == "GET" and not request.htmx:
        here = request.full_path.rstrip("?")
    else:
        here = own_path(request.headers.get("HX-Current-URL") or request.referrer) or "/"
    return here if here != "/" else None


def init_app(app: Flask) -> None:
    """Enforce the declarations before every request."""
    app.before_request(_enforce)
    app.jinja_env.globals.update(may=may, may_open=may_open)
