"""Headers that every answer carries, and files that may be kept."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from lexapp.web.assets import FOLDER, joined_stylesheet
from tests.web.visitor import Visitor


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
        assert single.headers["Cache-Control"].endswith("max-age=31536000")


def test_the_stylesheet_travels_compressed(stranger: Visitor):
    page = stranger.get("/sign-in").get_data(as_text=True)
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = stranger.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < len(joined_stylesheet()[0]) / 3


def test_the_joined_stylesheet_holds_every_component():
    plain = joined_stylesheet()[0].decode()
    missing = [path.name for path in (FOLDER / "css/components").glob("*.css") if path.read_text() not in plain]
    assert missing == []


@pytest.mark.parametrize("entry", json.loads((FOLDER / "vendor/vendor.json").read_text()), ids=lambda entry: entry["name"])
def test_a_vendored_library_is_the_one_it_says(entry: dict[str, str]):
    assert sha256((FOLDER / "vendor" / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert entry["version"] in entry["file"]
    assert entry["licence"]


def test_every_vendored_file_is_listed():
    listed = {entry["file"] for entry in json.loads((FOLDER / "vendor/vendor.json").read_text())}
    assert {path.name for path in (FOLDER / "vendor").glob("*.js")} == listed
