"""Addresses: the ids in them, and those given by the browser that we send it back to."""

from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))


class IdConverter(IntegerConverter):
    """`<int:…>` in a route: an id. One that the database cannot hold becomes 0, which no record has: refusing it here would match the
    address to the routes of other methods and answer 405 instead of 404."""

    def to_python(self, value: str) -> int:
        found = int(value) if len(value) <= LONGEST_ID else 0
        return found if found <= LARGEST_ID else 0


def local_path(text: str | None) -> str | None:
    """The text if it is a path on this site, else None: never another host, scheme or control character."""
    if not text or not text.startswith("/") or text[1:2] in ("/", "\\") or "\\" in text or not text.isprintable():
        return None
    parts = urlsplit(text)
    return None if parts.scheme or parts.netloc else text


def init_app(app: Flask) -> None:
    """Let every route refuse ids that no record can have."""
    app.url_map.converters["int"] = IdConverter


def own_path(address: str | None) -> str | None:
    """The path and query of a full address if it is on this site, else None."""
    parts = urlsplit(address or "")
    here = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return local_path(here if parts.netloc == request.host else None)


def came_from(default: str) -> str:
    """The page of ours where the button was pressed, else `default`."""
    return own_path(request.referrer) or default


def way_back() -> str | None:
    """From an address that only takes a button: the page of ours it was pressed on, else the nearest page above it."""
    before = own_path(request.referrer)
    above = request.path.split("/")
    nearest = ("/".join(above[:length]) for length in range(len(above), 1, -1))
    return next((path for path in (before, *nearest) if path and _is_page(path)), None)


def _is_page(path: str) -> bool:
    return current_app.url_map.bind(request.host).test(urlsplit(path).path, method="GET")
