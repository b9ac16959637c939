"""Headers that every answer carries, and files that may be kept."""

from __future__ import annotations

import json
from hashlib import sha256

import flask
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from lexapp import create_app
from lexapp.config import Settings
from lexapp.web.assets import FOLDER, joined_stylesheet, shortened
from tests.factories import World
from tests.web.routes import address, routes
from tests.web.town import Town
from tests.web.visitor import Visitor

SAID_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
# Documents that a page of ours shows in a frame.
FRAMED = ("settings.preview", "settings.preview_typed")
# What a page fetches and no browser shows by itself.
PARTS_OF_PAGES = ("text/css", "text/javascript", "font/woff2")
SAID_BY_PARTS = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_route_says_the_same_to_everybody(town: Town):
    """Each rule and method, signed in and not, whatever the answer: a page, a refusal, a redirect, a file.

    The headers are set after the view has answered, by its endpoint alone: no database has a say in them.
    """
    stranger, owner = town.stranger, town.owner
    for route in routes(town.app):
        path = address(town, route, town.ours)
        for who in (stranger, owner):
            answer = who.get(path) if route.method == "GET" else who.post(path, {}, csrf=False)
            if route.endpoint in FRAMED and answer.status_code == 200:
                check_framed(answer)
            else:
                check_headers(answer, keeps=route.endpoint in ("static", "stylesheet", "script"))


def check_framed(answer: TestResponse) -> None:
    """Shown in a frame of our own page, and even there without scripts."""
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ") if " " in part)
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert policy.get("script-src", "'none'") == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def check_headers(answer: TestResponse, *, keeps: bool) -> None:
    headers = answer.headers
    where = f"{answer.request.method} {answer.request.path} ({answer.status_code})"
    if keeps and answer.mimetype in PARTS_OF_PAGES:
        assert {name: headers.get(name) for name in SAID_BY_PARTS} == {name: SAID_ALWAYS[name] for name in SAID_BY_PARTS}, where
        return
    assert {name: headers.get(name) for name in SAID_ALWAYS} == SAID_ALWAYS, where
    kept_from_others = ("same-origin", "no-referrer") if answer.request.path.startswith("/i/") else ("same-origin",)
    assert headers["Referrer-Policy"] in kept_from_others, where
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'; style-src 'self'" in policy, where
    assert "unsafe" not in policy, where
    assert "camera=()" in headers["Permissions-Policy"], where
    assert keeps or headers["Cache-Control"] == "no-store", where
    assert headers["X-Request-ID"], where
    assert "Server" not in headers, where
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in headers.getlist("Set-Cookie")), where
    typed = headers.get("Content-Type", "")
    assert not typed.startswith("text/") or "charset=" in typed, where


def test_every_answer_has_a_strict_policy(stranger: Visitor):
    headers = stranger.get("/sign-in").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_error_pages_have_the_headers_too(stranger: Visitor):
    answer = stranger.get("/no-such-page")
    assert answer.status_code == 404
    assert "Content-Security-Policy" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_signed_in_pages_are_not_stored(owner: Visitor):
    answer = owner.get("/sessions")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


def test_https_addresses_ask_for_https_for_a_year(stranger: Visitor):
    assert "Strict-Transport-Security" not in stranger.get("/sign-in").headers
    answer = stranger.get("/sign-in", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-origin", 303), ("none", 303)])
def test_a_write_that_another_site_started_is_refused(owner: Visitor, site: str, status: int):
    assert owner.post("/sign-out", headers={"Sec-Fetch-Site": site}).status_code == status


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(stranger: Visitor):
    cookie = stranger.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_static_files_are_kept_for_a_year_under_the_hash_of_their_content(stranger: Visitor):
    page = stranger.get("/sign-in").get_data(as_text=True)
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = stranger.get(address)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert b"@import" not in answer.data
    with stranger.get(address.replace("lexapp.css", "tokens.css")) as single:
        assert single.headers["Cache-Control"].endswith("max-age=31536000, immutable")


def test_the_stylesheet_travels_compressed(stranger: Visitor):
    page = stranger.get("/sign-in").get_data(as_text=True)
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = stranger.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < len(joined_stylesheet()) / 3


def test_the_joined_stylesheet_holds_every_component():
    plain = joined_stylesheet().decode()
    missing = [path.name for path in (FOLDER / "css/components").glob("*.css") if shortened(path.read_text()) not in plain]
    assert missing == []


@pytest.mark.parametrize("entry", json.loads((FOLDER / "vendor/vendor.json").read_text()), ids=lambda entry: entry["name"])
def test_a_vendored_library_is_the_one_it_says(entry: dict[str, str]):
    assert sha256((FOLDER / "vendor" / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert entry["version"] in entry["file"]
    assert entry["licence"]


def test_every_vendored_file_is_listed():
    listed = {entry["file"] for entry in json.loads((FOLDER / "vendor/vendor.json").read_text())}
    assert {path.name for path in (FOLDER / "vendor").glob("*.js")} == listed


@pytest.mark.parametrize(("origin", "status"), [("https://evil.example", 403), ("null", 403), ("http://localhost", 303)])
def test_a_write_with_a_foreign_origin_is_refused_also_by_browsers_that_say_nothing_else(owner: Visitor, origin: str, status: int):
    assert owner.post("/sign-out", headers={"Origin": origin}).status_code == status


HTTPS = {"BASE_URL": "https://bills.firm.example", "SECRET_KEY": "x" * 40}


@pytest.fixture
def public_app(environ: dict[str, str], world: World) -> Flask:
    """The application as others reach it, behind one proxy."""
    return create_app(Settings.from_environ({**environ, **HTTPS, "TRUSTED_PROXIES": "1"}))


@pytest.mark.parametrize("engine", ["sqlite"])
def test_with_https_the_cookie_belongs_to_this_host_alone(public_app: Flask, engine: str):
    answer = public_app.test_client().get("/sign-in", base_url=HTTPS["BASE_URL"])
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-lexapp=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("host", "status"),
    [("bills.firm.example", 200), ("127.0.0.1:8000", 200), ("evil.example", 421), ("bills.firm.example.evil.example", 421)],
)
def test_only_the_name_that_people_type_is_answered(public_app: Flask, engine: str, host: str, status: int):
    assert public_app.test_client().get("/sign-in", headers={"Host": host}).status_code == status
    assert public_app.test_client().get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_proxy_is_believed_only_as_far_as_it_is_configured(environ: dict[str, str], engine: str):
    told = {"X-Forwarded-For": "10.9.9.9, 10.8.8.8", "X-Forwarded-Proto": "https", "X-Request-ID": "0123456789abcdef"}
    for hops, address_seen, kept in ((0, "127.0.0.1", False), (1, "10.8.8.8", True), (2, "10.9.9.9", True)):
        app = create_app(Settings.from_environ({**environ, "TRUSTED_PROXIES": str(hops)}))
        seen: list[str | None] = []
        app.before_request(lambda seen=seen: seen.append(flask.request.remote_addr))
        answer = app.test_client().get("/health", headers=told)
        assert seen == [address_seen]
        assert (answer.headers["X-Request-ID"] == told["X-Request-ID"]) is kept


def test_a_violation_of_the_policy_is_counted_by_its_directive_and_nothing_else_is_kept(stranger: Visitor):
    assert "report-uri /csp-reports" in stranger.get("/sign-in").headers["Content-Security-Policy"]
    for body, counted in (
        (b'{"csp-report": {"effective-directive": "script-src", "blocked-uri": "https://evil.example/Zanzibar"}}', "script-src"),
        (b'{"csp-report": {"violated-directive": "x-Zanzibar-src"}}', "other"),
        (b"not json", "other"),
        (b"[]", "other"),
    ):
        answer = stranger.client.post("/csp-reports", data=body, content_type="application/csp-report", headers={"Origin": "null"})
        assert answer.status_code == 204
        assert f'directive="{counted}"' in stranger.get("/metrics").text
    assert "Zanzibar" not in stranger.get("/metrics").text
    assert stranger.client.post("/csp-reports", data=b"x" * 20_000, content_type="application/csp-report").status_code == 204
