"""Logs: a line for each request with ids and codes, and nothing of what people wrote, are called, or sent along."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from http.client import HTTPConnection
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from lexapp.database import db, engine_options, scope_to_firm
from lexapp.logs import set_up_logs
from lexapp.web.access import public
from tests.factories import World, make_matter
from tests.faults.crowd import headers_of
from tests.live import WebServer
from tests.servers import wait_until
from tests.web.time_forms import count, form_of
from tests.web.visitor import Visitor

CANARY = "Zanzibar"
NARRATIVE = f"Told {CANARY} that the merger is off"


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """Every line that is logged in this process, read as JSON, filled in when the block that logs is over."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up_logs()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream := StringIO())
    lines = Lines(stream)
    yield lines
    root.handlers[:], root.level = before, level


class Lines(list[dict[str, Any]]):
    def __init__(self, stream: StringIO) -> None:
        super().__init__()
        self.stream = stream

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.text.splitlines()) if line["event"] == event]


def test_a_request_is_one_line_with_who_what_and_how_long(owner: Visitor, world: World, session: Session, logged: Lines):
    matter = make_matter(session, world.owner)
    answer = owner.get(f"/matters/{matter.id}?tab={CANARY}")
    (line,) = logged.of("request")
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert (line["route"], line["method"], line["status"]) == ("/matters/<int:matter_id>", "GET", answer.status_code)
    assert (line["user_id"], line["firm_id"], line["level"]) == (world.owner.user_id, world.firm_id, "info")
    assert 0 < line["statements"] <= 14
    assert line["ms"] > 0
    assert set(line) == {
        "at",
        "event",
        "firm_id",
        "level",
        "logger",
        "method",
        "ms",
        "request_id",
        "route",
        "statements",
        "status",
        "user_id",
    }


def test_an_exception_is_told_by_type_and_place_never_by_its_message(app: Flask, stranger: Visitor, logged: Lines):
    app.testing = False

    def breaks() -> str:
        raise ValueError(f"cannot read {CANARY}")

    def breaks_in_the_database() -> str:
        db.session.execute(text("INSERT INTO users (id, email) VALUES (1, :email)"), {"email": f"{CANARY}@firm.test"})
        return ""

    app.add_url_rule("/breaks/<name>", "breaks", public(lambda name: breaks()))
    app.add_url_rule("/breaks-in-the-database", "breaks_too", public(breaks_in_the_database))
    for path, kind in ((f"/breaks/{CANARY}", "ValueError"), ("/breaks-in-the-database", "IntegrityError")):
        answer = stranger.get(path)
        assert answer.status_code == 500
        told = [line for line in logged.of("broke") if line["request_id"] == answer.headers["X-Request-ID"]]
        assert [line["exception"] for line in told] == [kind]
        assert any("test_logs.py" in frame for frame in told[0]["trace"])
        assert answer.headers["X-Request-ID"] in answer.text
    assert CANARY not in logged.text


def test_a_database_error_keeps_its_code_and_not_its_row(app: Flask, stranger: Visitor, logged: Lines, engine: str):
    app.testing = False
    statement = text("INSERT INTO users (email) VALUES (:email)")
    app.add_url_rule("/x", "x", public(lambda: str(db.session.execute(statement, {"email": CANARY}))))
    stranger.get("/x")
    (line,) = logged.of("broke")
    assert line["sqlite" if engine == "sqlite" else "sqlstate"] in ("SQLITE_CONSTRAINT_NOTNULL", "23502")


def test_every_engine_hides_the_values_of_its_statements():
    assert engine_options("sqlite:////x")["hide_parameters"]
    assert engine_options("postgresql+psycopg://x")["hide_parameters"]


def test_nothing_that_people_typed_reaches_the_log_of_a_real_server(web_server: WebServer, owner: Visitor, world: World, session: Session):
    matter = make_matter(session, world.owner)
    headers = headers_of(owner)
    forms = [
        ("POST", "/time", form_of(world, matter, narrative=NARRATIVE)),
        ("POST", "/time", form_of(world, matter, key="test-key-0002", recorded_seconds=f"{CANARY} hours")),
        ("POST", "/clients", {"name": CANARY, "email": f"{CANARY}@client.test", "key": "a-key-of-this-form"}),
        ("POST", "/sign-in", {"email": f"{CANARY}@firm.test", "password": CANARY}),
        ("GET", f"/matters?q={CANARY}", {}),
        ("GET", f"/i/{CANARY}.{CANARY}", {}),
        ("GET", f"/{CANARY}", {}),
    ]
    session.rollback()
    statuses = [send(web_server, method, path, form, headers) for method, path, form in forms]
    assert [status for status in statuses if status >= 500] == [], web_server.log.read_text()
    scope_to_firm(session, world.firm_id)
    assert count(session) == 1, "the narrative was saved"
    wait_until(lambda: web_server.log.read_text().count('"event": "request"') >= len(forms), what="a line for each request")
    log = web_server.log.read_text()
    assert CANARY not in log
    assert world.owner.name not in log
    assert headers["Cookie"].partition("=")[2] not in log


def send(server: WebServer, method: str, path: str, form: dict[str, str], headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
