"""What people are told when something goes wrong: the same sentence as a page and, for htmx, as a toast."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from lexapp.web.access import public
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
