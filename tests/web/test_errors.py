"""What people are told when something goes wrong: the same sentence as a page and, for htmx, as a toast."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest
from flask import Flask, abort
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError, OperationalError

from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.web.access import public
from lexapp.web.database_errors import trouble_of
from tests.databases import Database
from tests.web.visitor import Visitor

REFUSALS = {
    "notallowed": NotAllowed("The matter is closed. Open it again first."),
    "notfound": NotFound("There is no such payment. Look at the list."),
    "conflict": Conflict("Ines changed this entry. Look at her version."),
    "invalid": InvalidInput("Write an amount."),
}


@pytest.fixture
def app(app: Flask) -> Flask:
    app.testing = False

    def refuse(name: str) -> str:
        raise REFUSALS[name]

    def breaks() -> str:
        raise KeyError("secret detail")

    app.add_url_rule("/refuse/<name>", "refuse", public(refuse))
    app.add_url_rule("/breaks", "breaks", public(breaks))
    return app


@pytest.mark.parametrize(("name", "status"), [("notallowed", 403), ("notfound", 404), ("conflict", 409), ("invalid", 422)])
def test_a_refusal_that_nobody_caught_keeps_its_sentence(stranger: Visitor, name: str, status: int):
    answer = stranger.get(f"/refuse/{name}")
    assert answer.status_code == status
    assert str(REFUSALS[name]) in answer.get_data(as_text=True)


def test_with_htmx_the_screen_stays_and_a_toast_tells(stranger: Visitor):
    answer = stranger.get("/refuse/conflict", htmx=True)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (409, "none")
    told = json.loads(answer.headers["HX-Trigger"])["toast"]["toasts"][0]
    assert told["tone"] == "wrong"
    assert told["message"].endswith("Look at her version.")


def test_a_lost_csrf_token_is_seen(stranger: Visitor):
    answer = stranger.post("/sign-in", {"email": "a@b.example"}, csrf=False)
    assert answer.status_code == 400
    assert "This page is out of date" in answer.get_data(as_text=True)


def test_a_lost_csrf_token_is_seen_with_htmx(stranger: Visitor):
    answer = stranger.post("/sign-in", {"email": "a@b.example"}, csrf=False, htmx=True)
    assert answer.status_code == 400
    assert "reload the page" in answer.headers["HX-Trigger"]


def test_a_breakdown_tells_nothing_of_the_inside(stranger: Visitor):
    answer = stranger.get("/breaks")
    assert answer.status_code == 500
    assert "Nothing was changed" in answer.get_data(as_text=True)
    assert "secret detail" not in answer.get_data(as_text=True)


def test_an_unknown_address_and_a_wrong_verb_have_their_own_pages(owner: Visitor):
    assert "There is no such page" in owner.get("/nothing").get_data(as_text=True)
    answer = owner.get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_refused_button_leads_back_to_where_it_was_pressed(app: Flask, owner: Visitor):
    def refuse() -> str:
        raise Conflict("Ines changed this entry.")

    app.add_url_rule("/clients/refuse", "refuse_post", public(refuse), methods=["POST"])

    def page(before: str | None) -> str:
        headers = {"Referer": before} if before else {}
        return owner.post("/clients/refuse", {}, headers=headers).get_data(as_text=True)

    assert 'href="/matters?q=x"' in page("http://localhost/matters?q=x")
    for before in ("https://elsewhere.example/matters", "http://localhost/clients/refuse", None):
        assert re.search(r'href="/clients"[^>]*>.{0,200}Back to the page', page(before), re.DOTALL)
    assert "Back to the page" not in owner.get("/nothing").get_data(as_text=True)


def test_an_action_address_that_is_opened_leads_to_its_record(owner: Visitor):
    answer = owner.get("/pre-bills/12/approval")
    assert answer.status_code == 405
    assert 'href="/pre-bills/12"' in answer.get_data(as_text=True)


def test_a_request_that_is_too_large_is_refused(stranger: Visitor):
    answer = stranger.post("/sign-in", {"email": "x" * (25 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "too much at once" in answer.get_data(as_text=True)


def test_a_page_is_shown_even_when_the_database_is_gone(app: Flask, owner: Visitor, monkeypatch: pytest.MonkeyPatch):
    def gone(*_: object, **__: object) -> None:
        raise OSError("the disk went away")

    monkeypatch.setattr("lexapp.web.signing_in.open_session", gone)
    answer = owner.get("/sessions")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.get_data(as_text=True)
    assert "Content-Security-Policy" in answer.headers


PAGES = {
    400: "This request cannot be read",
    401: "You are signed out",
    403: "You may not do this",
    404: "There is no such page",
    405: "This address takes no such request",
    409: "Somebody changed this first",
    413: "This is too much at once",
    422: "This cannot be done as it stands",
    429: "Too many tries",
    500: "Something broke on our side",
    503: "The database does not answer",
}


@pytest.mark.parametrize(("status", "title"), PAGES.items())
@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "stranger"])
def test_every_error_has_a_page_and_a_toast_that_say_what_to_do(
    app: Flask, owner: Visitor, stranger: Visitor, status: int, title: str, signed_in: bool
):
    def fails() -> str:
        abort(status)

    app.add_url_rule("/fails", "fails", public(fails))
    who = owner if signed_in else stranger
    page = who.get("/fails")
    assert page.status_code == status
    assert f"<h1>{title}</h1>" in page.text
    assert ("Reference " + page.headers["X-Request-ID"] in page.text) is (status >= 500)
    assert ('href="/fails"' in page.text and "Try again" in page.text) is (status >= 500)
    fragment = who.get("/fails", htmx=True)
    (told,) = json.loads(fragment.headers["HX-Trigger"])["toast"]["toasts"]
    assert (fragment.status_code, fragment.headers["HX-Reswap"]) == (status, "none")
    assert told["message"].startswith(f"{title}. ")
    assert (f"Reference {fragment.headers['X-Request-ID']}." in told["message"]) is (status >= 500)


NOBODYS = ("9999999999", "0", str(2**63 - 1))  # beyond what any list has, and what a column can hold


def test_an_id_that_no_record_has_answers_the_whole_page(app: Flask, owner: Visitor):
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "<int:" in rule.rule]
    assert len(rules) > 50
    for rule in rules:
        for id_ in NOBODYS:
            url = re.sub("<int:[a-z_]+>", id_, rule.rule)
            answer = owner.get(url)
            assert (answer.status_code, "<h1>There is no such page</h1>" in answer.text) == (404, True), url
            assert 'href="/"' in answer.text


TROUBLES = {
    "database is locked": "The database is busy",
    "database or disk is full": "The disk is full",
    "attempt to write a readonly database": "Nothing can be saved just now",
    "unable to open database file": "The database does not answer",
}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_database_that_is_locked_for_too_long_is_said_to_be_busy(
    app: Flask, owner: Visitor, database: Database, monkeypatch: pytest.MonkeyPatch, engine: str
):
    app.testing = False
    with app.app_context():
        db.engine.dispose()
    monkeypatch.setattr("lexapp.database.BUSY_TIMEOUT_MS", 50)
    owner.get("/matters")
    with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = owner.post("/sign-out")
    assert answer.status_code == 503
    assert "The database is busy" in answer.text


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_database_that_can_only_be_read_says_so_and_still_shows_pages(app: Flask, owner: Visitor, engine: str):
    app.testing = False
    owner.get("/matters")

    @event.listens_for(Engine, "begin")
    def only_questions(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    try:
        assert owner.get("/matters").status_code == 200
        answer = owner.post("/sign-out")
    finally:
        event.remove(Engine, "begin", only_questions)
        with app.app_context():
            db.engine.dispose()
    assert answer.status_code == 503
    assert "Nothing can be saved just now" in answer.text


@pytest.mark.parametrize(("said", "title"), TROUBLES.items())
def test_each_trouble_of_a_database_has_its_words(said: str, title: str):
    found = trouble_of(OperationalError("", {}, sqlite3.OperationalError(said)))
    assert found is not None
    assert found[0] == title


def test_a_broken_rule_of_the_database_is_ours_and_no_trouble():
    assert trouble_of(IntegrityError("", {}, sqlite3.IntegrityError("UNIQUE constraint failed: users.email"))) is None
