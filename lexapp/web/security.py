"""Response headers that hold for every answer (OWASP ASVS 5.0, 3.4 and 14.2)."""

from functools import cache
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request

from lexapp.config import Settings, stays_on_this_machine
from lexapp.web.errors import misdirected

_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src {connect}",
        "worker-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self' https://checkout.stripe.com",
        "report-uri /csp-reports",
    ]
)
_NOT_NEEDED = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
    "xr-spatial-tracking",
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Flask-WTF refuses https posts without a Referer, so "no-referrer" would break every form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _NOT_NEEDED),
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-Frame-Options": "DENY",
}

# What a page fetches and no browser shows by itself needs less: these headers would only travel along.
_PARTS_OF_PAGES = ("text/css", "text/javascript", "font/woff2")
_OF_PARTS = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")

# Everything else may hold what only this person may see: pages, fragments, documents.
_MAY_BE_KEPT = ("static", "stylesheet", "script")


@cache
def _policy(settings: Settings) -> str:
    """The stream of changes may come from another port of the same machine (`make run`); in production it has the same origin."""
    elsewhere = settings.events_url if settings.events_url not in (None, settings.base_url) else None
    return _POLICY.format(connect=f"'self' {elsewhere}" if elsewhere else "'self'")


def _add_headers(response: Response) -> Response:
    policy = _policy(current_app.extensions["settings"])
    # A service worker is no part of a page: its own policy binds what it fetches.
    is_part = request.endpoint in _MAY_BE_KEPT and response.mimetype in _PARTS_OF_PAGES
    there = {name.lower() for name, _ in response.headers}
    for name, value in {"Content-Security-Policy": policy, **_ALWAYS}.items():
        if (not is_part or name in _OF_PARTS) and name.lower() not in there:
            response.headers.add(name, value)
    if request.is_secure or current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint not in _MAY_BE_KEPT:
        response.headers["Cache-Control"] = "no-store"
    return response


def _refuse_other_sites() -> None:
    """A second wall beside the CSRF token: browsers say themselves which site made them send this."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.path == "/csp-reports":
        return
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc not in {request.host, _own_host()}
    if foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def _refuse_other_names() -> Response | None:
    """Once lexapp has a name that others type, it answers to no other: a spoofed one could find its way into links.

    Watchers ask by whatever address the machine has.
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.demo or stays_on_this_machine(settings.base_url) or request.blueprint == "health":
        return None
    asked = urlsplit(f"//{request.host}").hostname
    return None if asked in (urlsplit(settings.base_url).hostname, "127.0.0.1", "localhost", "::1") else misdirected()


def _own_host() -> str:
    settings: Settings = current_app.extensions["settings"]
    return urlsplit(settings.base_url).netloc


def init_app(app: Flask) -> None:
    """Add the headers to every answer, and refuse writes that another site started."""
    app.before_request(_refuse_other_names)
    app.before_request(_refuse_other_sites)
    app.after_request(_add_headers)
