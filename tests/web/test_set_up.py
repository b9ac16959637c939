"""The first run at a browser: every page leads to it, it makes the firm once, and a stranger cannot have it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from lexapp.application import announcement
from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.models import AuditEvent, Firm, Membership, Rate, RoundingRule, Timekeeper, User
from lexapp.queries.verification import verify
from lexapp.web.set_up import FIRM_IS_THERE, code_file, set_up_code
from tests.documents.test_logos import drawn, picture
from tests.factories import World
from tests.web.visitor import Visitor

FIRST = {
    "name": "Brannock Voss LLP",
    "currency": "USD",
    "time_zone": "Europe/Dublin",
    "increment_seconds": "900",
    "owner_name": "Marguerite Voss",
    "owner_email": "M.Voss@brannockvoss.test",
    "password": "harbor lantern tenth quill",
    "again": "harbor lantern tenth quill",
    "records_time": "y",
    "rate": "350.00",
}
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def nobody_knows_yet(app: Flask) -> None:
    """As a process begins: whether there is a firm is asked of the database."""
    del app.extensions[FIRM_IS_THERE]


def set_up(stranger: Visitor, logo: bytes | None = None, environ: dict[str, str] | None = None, **typed: str) -> TestResponse:
    values: dict[str, Any] = {**FIRST, **typed}
    if logo is not None:
        values["logo"] = FileStorage(BytesIO(logo), filename="logo")
    boundary, body = encode_multipart(values)
    return stranger.post("/set-up", body, content_type=f"multipart/form-data; boundary={boundary}", environ_overrides=environ or {})


def count_of_firms(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(Firm.id))) or 0


@pytest.mark.parametrize("path", ["/", "/sign-in", "/today", "/settings", "/invoices/new?ids=1", "/i/nothing"])
def test_every_page_leads_to_the_set_up_while_there_is_no_firm(stranger: Visitor, path: str):
    answer = stranger.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/set-up")
    assert stranger.get("/health").status_code == 200


def test_the_firm_is_made_and_its_owner_is_signed_in(session: Session, stranger: Visitor):
    assert "Your firm" in stranger.get("/set-up").text
    answer = set_up(stranger, picture())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    home = stranger.get("/", follow_redirects=True)
    assert home.status_code == 200
    assert "Brannock Voss LLP" in home.text
    firm = session.scalars(select(Firm)).one()
    assert (firm.time_zone, firm.paper, len(firm.logo_sha256)) == ("Europe/Dublin", "letter", 64)
    scope_to_firm(session, firm.id)
    assert session.scalars(select(RoundingRule.increment_seconds)).one() == 900
    assert session.scalars(select(User.email)).one() == "m.voss@brannockvoss.test"
    person = session.scalars(select(Timekeeper)).one()
    assert (person.name, person.initials) == ("Marguerite Voss", "MV")
    assert session.scalars(select(Membership)).one().timekeeper_id == person.id
    rate = session.scalars(select(Rate)).one()
    assert (rate.rate_minor_per_hour, rate.effective_from) == (35_000, date(datetime.now(UTC).year - 1, 1, 1))
    assert {"firm.created", "timekeeper.added", "member.linked", "rate.added", "logo.changed"} <= set(
        session.scalars(select(AuditEvent.action))
    )
    assert verify(session, firm.id) == []


def test_it_is_gone_once_there_is_a_firm(session: Session, world: World, stranger: Visitor):
    assert stranger.get("/set-up").status_code == 404
    assert set_up(stranger).status_code == 404
    assert stranger.get("/sign-in").status_code == 200
    assert count_of_firms(session) == 1


def test_a_firm_may_begin_without_rate_logo_and_timekeeper_in_any_currency(session: Session, stranger: Visitor):
    typed = {
        "records_time": "",
        "rate": "",
        "currency": "KWD",
        "time_zone": "Asia/Kuwait",
        "name": "مكتب النور للمحاماة",
        "owner_name": "أحمد 👩‍⚖️",
    }
    assert set_up(stranger, **typed).status_code == 303
    assert "مكتب النور للمحاماة" in stranger.get("/", follow_redirects=True).text
    firm = session.scalars(select(Firm)).one()
    assert (firm.currency, firm.paper) == ("KWD", "a4")
    scope_to_firm(session, firm.id)
    assert session.scalar(select(func.count(Timekeeper.id))) == 0


def test_a_rate_is_read_in_the_currency_of_the_firm(session: Session, stranger: Visitor):
    assert "JPY has no decimals" in set_up(stranger, currency="JPY", rate="350.50").text
    assert set_up(stranger, currency="JPY", rate="35,000").status_code == 303
    scope_to_firm(session, session.scalars(select(Firm.id)).one())
    assert session.scalars(select(Rate.rate_minor_per_hour)).one() == 35_000


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Write the firm’s name."),
        ("name", "x" * 300, "300 characters long"),
        ("name", "a\x00b", "invisible character"),
        ("name", "Voss\u202eLLP", "invisible character"),
        ("currency", "XXX", "Choose one of the list."),
        ("currency", "usd", "Choose one of the list."),
        ("time_zone", "Mars/Olympus", "Choose one of the list."),
        ("time_zone", "../../etc/passwd", "Choose one of the list."),
        ("increment_seconds", "7", "Choose one of the list."),
        ("owner_name", " ", "Write your name."),
        ("owner_email", "not an address", "not a whole e-mail address"),
        ("password", "short", "This is 5 characters long."),
        ("password", "x" * 257, "Keep it to 256."),
        ("again", "something else entirely", "The two passwords differ."),
        ("rate", "1e3", "not an amount"),
        ("rate", "-5", "above zero"),
    ],
)
def test_what_a_firm_cannot_begin_with_is_told_beside_its_field(session: Session, stranger: Visitor, field: str, value: str, sentence: str):
    answer = set_up(stranger, **{field: value})
    assert answer.status_code == 422
    assert f'id="setup-{field}-error"' in answer.text
    assert sentence in answer.text
    assert "m.voss@" in answer.text.lower() or field == "owner_email"
    assert count_of_firms(session) == 0


def test_a_refused_set_up_says_that_the_password_is_needed_anew(stranger: Visitor):
    refused = set_up(stranger, name="").text
    assert "a page does not keep passwords" in refused
    assert "autofocus" not in refused


def test_a_bad_logo_leaves_nothing_half_made(session: Session, stranger: Visitor):
    answer = set_up(stranger, drawn("<script>alert(1)</script>"))
    assert answer.status_code == 422
    assert "holds a script" in answer.text
    assert count_of_firms(session) == 0


def test_two_who_set_up_at_once_make_one_firm(app: Flask, session: Session):
    visitors = [Visitor(app, session) for _ in range(4)]
    session.rollback()
    tokens = [{"X-CSRFToken": one.csrf_token()} for one in visitors]

    def send(place: int) -> int:
        return visitors[place].client.post("/set-up", data=FIRST, headers=tokens[place]).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(send, range(4)))
    assert statuses[0] == 303
    assert set(statuses[1:]) <= {404, 422}
    assert count_of_firms(session) == 1


# ── who may ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "came_from",
    [
        ELSEWHERE,
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_FORWARDED": "for=203.0.113.9"},
    ],
)
def test_whoever_is_not_at_this_machine_needs_the_code(session: Session, stranger: Visitor, settings: Settings, came_from: dict[str, str]):
    page = stranger.get("/set-up", environ_overrides=came_from).text
    assert "Set-up code" in page
    assert set_up_code(settings) not in page
    for typed in ("", "wrong", set_up_code(settings)[:-1]):
        answer = set_up(stranger, environ=came_from, code=typed)
        assert answer.status_code == 422
        assert "not the code that the server printed" in answer.text
    assert count_of_firms(session) == 0
    assert set_up(stranger, environ=came_from, code=set_up_code(settings)).status_code == 303
    assert not code_file(settings).exists()


def test_a_foreign_name_that_points_at_this_machine_does_not_pass_for_it(stranger: Visitor):
    assert "Set-up code" in stranger.get("/set-up", environ_overrides={"HTTP_HOST": "evil.test"}).text


def test_a_server_that_others_can_reach_asks_for_the_code_even_here(app: Flask, settings: Settings, stranger: Visitor):
    app.extensions["settings"] = replace(settings, base_url="https://bills.brannockvoss.test")
    assert "Set-up code" in stranger.get("/set-up").text


def test_the_server_says_how_to_begin_and_the_code_only_where_it_is_needed(app: Flask, settings: Settings, session: Session):
    assert announcement(app, host="127.0.0.1") == "There is no firm yet. Set it up at http://127.0.0.1:5000/set-up"
    assert not code_file(settings).exists()
    assert announcement(app, host="0.0.0.0").endswith(f"with the code {set_up_code(settings)}")
    assert code_file(settings).stat().st_mode & 0o777 == 0o600


def test_it_says_nothing_once_there_is_a_firm(app: Flask, world: World):
    assert announcement(app) == ""


def test_guessing_is_slowed_down(stranger: Visitor):
    statuses = [set_up(stranger, environ=ELSEWHERE, code="wrong").status_code for _ in range(21)]
    assert statuses[-1] == 429
