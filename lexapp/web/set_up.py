"""Before there is a firm every page leads to its set-up, and only whoever started the server may fill it in.

A request from this machine needs nothing. One from elsewhere needs the code that the server prints when it starts and keeps, readable
for its own user alone, in the data folder until there is a firm.
"""

from __future__ import annotations

import hmac
import os
import secrets
from ipaddress import ip_address
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from lexapp.config import Settings, stays_on_this_machine
from lexapp.database import db
from lexapp.queries.installation import has_firm
from lexapp.web.htmx import redirect_after

FIRM_IS_THERE = "firm is there"
_OPEN = ("static", "stylesheet", "script", "health", "set_up", "mail")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def firm_is_missing() -> bool:
    """Whether this installation waits for its set-up; asked of the database until there is a firm, and never again."""
    if current_app.extensions.get(FIRM_IS_THERE):
        return False
    try:
        found = has_firm(db.session())
    except SQLAlchemyError:
        db.session().rollback()
        return False
    current_app.extensions[FIRM_IS_THERE] = found
    return not found


def needs_code() -> bool:
    """Whether this request comes, or could come, from another machine."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    return forwarded or not (_is_loopback(request.remote_addr) and _asks_for_this_machine() and stays_on_this_machine(_settings().base_url))


def code_is_right(typed: str) -> bool:
    return hmac.compare_digest(typed.strip().encode(), set_up_code(_settings()).encode())


def set_up_code(settings: Settings) -> str:
    """The code of this installation, made when it is first asked for."""
    path = code_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(code := secrets.token_urlsafe(18))
    return code


def forget_code() -> None:
    """There is a firm: the code has done its work."""
    code_file(_settings()).unlink(missing_ok=True)


def code_file(settings: Settings) -> Path:
    return settings.data_folder / "set-up-code"


def announcement(app: Flask, *, host: str | None = None) -> str:
    """What to print when the server starts: how to begin where there is no firm yet, else nothing."""
    settings: Settings = app.extensions["settings"]
    with app.app_context():
        missing = firm_is_missing()
        db.session.remove()
    if not missing:
        return ""
    begin = f"There is no firm yet. Set it up at {settings.base_url}/set-up"
    private = stays_on_this_machine(settings.base_url) and (host is None or _is_loopback(host) or host == "localhost")
    return begin if private else f"{begin} with the code {set_up_code(settings)}"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def _asks_for_this_machine() -> bool:
    """By the name in the request: a foreign page that makes its own name point here does not get through."""
    return request.host.rpartition(":")[0] in _LOCAL_NAMES or request.host in _LOCAL_NAMES


def _lead_to_set_up() -> Response | None:
    if request.endpoint is None or request.endpoint.partition(".")[0] in _OPEN or not firm_is_missing():
        return None
    return redirect_after(url_for("set_up.index"), whole_page=True)


def init_app(app: Flask) -> None:
    """Ask before every request, until there is a firm."""
    app.before_request(_lead_to_set_up)
