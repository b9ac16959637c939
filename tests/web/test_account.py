"""One's own password, address and one-time codes; a lost password."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.passwords import password_matches
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, OutboxMessage, RecoveryCode, User
from lexapp.services.passwords import MAILS_PER_HOUR, make_reset_token
from tests.factories import PASSWORD, World, make_member
from tests.web.codes import set_up
from tests.web.visitor import Visitor

FRESH = "velvet canyon onion 19"


@pytest.fixture
def email(session: Session, world: World) -> str:
    return session.get_one(User, world.owner.user_id).email


def stored(session: Session, world: World) -> User:
    session.rollback()
    return session.get_one(User, world.owner.user_id)


def owed(session: Session) -> list[str]:
    session.rollback()
    return sorted(session.scalars(select(OutboxMessage.kind)))


# ── a lost password ──────────────────────────────────────────────────────────────────────────────


def test_a_link_is_owed_to_who_signs_in_and_to_nobody_else(session: Session, stranger: Visitor, email: str):
    for address in (email.upper(), "nobody@example.test"):
        answer = stranger.post("/password-reset", {"email": address})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/password-reset/sent")
    assert owed(session) == ["password_reset.mail"]


def test_nobody_learns_by_the_time_whether_an_address_is_known(stranger: Visitor, email: str):
    took = []
    for address in (email, "nobody@example.test"):
        began = time.monotonic()
        stranger.post("/password-reset", {"email": address})
        took.append(time.monotonic() - began)
    assert min(took) >= 0.4
    assert abs(took[0] - took[1]) < 0.1


def test_asking_often_is_answered_the_same_and_sends_no_more(session: Session, stranger: Visitor, email: str):
    answers = {stranger.post("/password-reset", {"email": email}).status_code for _ in range(MAILS_PER_HOUR + 2)}
    assert answers == {303}
    assert len(owed(session)) == MAILS_PER_HOUR


def test_the_link_sets_a_password_once_and_signs_everybody_out(session: Session, world: World, owner: Visitor, stranger: Visitor):
    token = make_reset_token(session, firm_id=world.firm_id, user_id=world.owner.user_id, now=datetime.now(UTC))
    assert stranger.get(f"/password-reset/{token}").status_code == 200
    assert "words" in stranger.post(f"/password-reset/{token}", {"password": "Password1234!"}).get_data(as_text=True)
    assert stranger.post(f"/password-reset/{token}", {"password": FRESH}).headers["Location"] == "/sign-in"
    assert password_matches(stored(session, world).password_hash, FRESH)
    assert owner.get("/sessions").status_code == 303
    assert stranger.post(f"/password-reset/{token}", {"password": "another good one 77"}).status_code == 404
    assert "account.mail" in owed(session)


def test_an_old_or_invented_link_opens_nothing(session: Session, world: World, stranger: Visitor):
    long_ago = datetime.now(UTC) - timedelta(minutes=31)
    token = make_reset_token(session, firm_id=world.firm_id, user_id=world.owner.user_id, now=long_ago)
    for one in (token, "invented"):
        answer = stranger.post(f"/password-reset/{one}", {"password": FRESH})
        assert answer.status_code == 404
        assert "This link is used up" in answer.get_data(as_text=True)


# ── one's own account ────────────────────────────────────────────────────────────────────────────


def test_changing_the_password_needs_the_present_one_and_ends_other_sessions(
    session: Session, world: World, owner: Visitor, sign_in: Callable[[Actor], Visitor]
):
    elsewhere = sign_in(world.owner)
    form = {"key": "password-key-1", "present": "wrong", "password": FRESH}
    assert "not your present password" in owner.post("/account/password", form).get_data(as_text=True)
    assert owner.post("/account/password", form | {"present": PASSWORD}).status_code == 303
    assert password_matches(stored(session, world).password_hash, FRESH)
    assert (owner.get("/account").status_code, elsewhere.get("/account").status_code) == (200, 303)


def test_another_address_needs_the_password_and_the_old_one_is_told(session: Session, world: World, owner: Visitor, email: str):
    form = {"key": "user-key-01", "name": "Marguerite V. Voss", "email": "New@Voss.example", "present": ""}
    assert "not your present password" in owner.post("/account", form).get_data(as_text=True)
    assert owner.post("/account", form | {"present": PASSWORD}).status_code == 303
    assert (stored(session, world).email, stored(session, world).name) == ("new@voss.example", "Marguerite V. Voss")
    assert owed(session) == ["account.mail"]


def test_an_address_of_somebody_else_is_refused(session: Session, world: World, owner: Visitor):
    other = session.get_one(User, make_member(session, world.owner, Role.ASSISTANT).user_id).email
    form = {"key": "user-key-01", "name": "M", "email": other, "present": PASSWORD}
    assert "Somebody else signs in with this address" in owner.post("/account", form).get_data(as_text=True)


# ── one-time codes ───────────────────────────────────────────────────────────────────────────────


def test_codes_are_on_once_the_app_shows_a_right_one(session: Session, world: World, owner: Visitor):
    owner.get("/account/codes")
    assert "does not fit" in owner.post("/account/codes", {"code": "000000", "password": PASSWORD}).get_data(as_text=True)
    _, recovery = set_up(owner)
    assert len(set(recovery)) == 10
    user = stored(session, world)
    assert user.code_secret_sealed.startswith("1.")
    kept = set(session.scalars(select(RecoveryCode.code_hash)))
    assert len(kept) == 10
    assert not kept & set(recovery)


def test_a_browser_left_open_cannot_set_up_codes(session: Session, world: World, owner: Visitor):
    page = owner.get("/account/codes").text
    code = pyotp.TOTP(re.search(r"secret=([A-Z2-7]+)", page)[1]).now()  # type: ignore[index]
    assert "Write your password" in owner.post("/account/codes", {"code": code}).text
    assert "This is not your password" in owner.post("/account/codes", {"code": code, "password": "wrong"}).text
    assert stored(session, world).code_secret_sealed == ""
    assert owed(session) == []


PROVEN = [
    ("/account/password", {"present": "wrong", "password": FRESH}),
    ("/account", {"name": "M", "email": "new@voss.example", "present": "wrong"}),
    ("/account/codes/removal", {"password": "wrong"}),
    ("/account/codes/recovery", {"password": "wrong"}),
]


@pytest.mark.parametrize(("url", "form"), PROVEN)
def test_a_browser_left_open_cannot_try_passwords(owner: Visitor, url: str, form: dict[str, str]):
    for _ in range(5):
        owner.post(url, form | {"key": str(uuid4())})
    right = {name: PASSWORD if value == "wrong" else value for name, value in form.items()}
    refused = owner.post(url, right | {"key": str(uuid4())})
    assert (refused.status_code, "Too many tries" in refused.text) == (429, True)
    assert 0 < int(refused.headers["Retry-After"]) <= 5


@pytest.mark.parametrize(("url", "form"), PROVEN[:2])
def test_who_has_codes_changes_a_sign_in_with_one(session: Session, world: World, owner: Visitor, url: str, form: dict[str, str]):
    app, _ = set_up(owner)
    right = form | {"present": PASSWORD}
    assert "does not fit" in owner.post(url, right | {"key": str(uuid4())}).text
    assert password_matches(stored(session, world).password_hash, PASSWORD)
    assert owner.post(url, right | {"key": str(uuid4()), "code": app.now()}).status_code == 303


def test_a_mailed_link_ends_with_the_password_it_was_for(session: Session, world: World, owner: Visitor, stranger: Visitor):
    token = make_reset_token(session, firm_id=world.firm_id, user_id=world.owner.user_id, now=datetime.now(UTC))
    form = {"key": "password-key-1", "present": PASSWORD, "password": FRESH}
    assert owner.post("/account/password", form).status_code == 303
    assert stranger.post(f"/password-reset/{token}", {"password": "another good one 77"}).status_code == 404


def test_the_sign_in_asks_for_the_code_and_no_code_works_twice(app: Flask, session: Session, owner: Visitor, stranger: Visitor, email: str):
    totp, _ = set_up(owner)
    right = {"email": email, "password": PASSWORD}
    assert stranger.post("/sign-in?next=/sessions", right).headers["Location"] == "/sign-in/code?next=/sessions"
    assert stranger.get("/sessions").status_code == 303, "the password alone opens nothing"
    code = totp.now()
    wrong = stranger.post("/sign-in/code", {"code": "123 456" if code != "123456" else "654321"})
    assert wrong.status_code == 422
    assert stranger.post("/sign-in/code?next=/sessions", {"code": f"{code[:3]} {code[3:]}"}).headers["Location"] == "/sessions"
    assert stranger.get("/sessions").status_code == 200
    second = Visitor(app, session)
    second.post("/sign-in", right)
    assert second.post("/sign-in/code", {"code": code}).status_code == 422


def test_a_recovery_code_stands_in_once_and_its_owner_is_told(app: Flask, session: Session, world: World, owner: Visitor, email: str):
    _, recovery = set_up(owner)
    for expected in (303, 422):
        visitor = Visitor(app, session)
        visitor.post("/sign-in", {"email": email, "password": PASSWORD})
        assert visitor.post("/sign-in/code", {"code": recovery[0].upper()}).status_code == expected
    session.rollback()
    told = select(AuditEvent.command_id).where(AuditEvent.action == "user.recovery_code_used")
    (command_id,) = session.scalars(told)
    payloads = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.kind == "account.mail")).all()
    assert {"user_id": world.owner.user_id, "command_id": command_id} in payloads


def test_codes_cannot_be_guessed_quickly(owner: Visitor, stranger: Visitor, email: str):
    totp, _ = set_up(owner)
    stranger.post("/sign-in", {"email": email, "password": PASSWORD})
    answers = [stranger.post("/sign-in/code", {"code": f"{n:06}"}).status_code for n in range(6)]
    assert answers == [422] * 5 + [429]
    assert stranger.post("/sign-in/code", {"code": totp.now()}).status_code == 429


def test_turning_codes_off_needs_password_and_code(session: Session, world: World, owner: Visitor):
    app, _ = set_up(owner)
    assert "One-time code" in owner.get("/account/codes/removal").text
    assert "not your password" in owner.post("/account/codes/removal", {"password": "wrong", "code": app.now()}).text
    assert "does not fit" in owner.post("/account/codes/removal", {"password": PASSWORD}).text
    assert stored(session, world).code_secret_sealed
    assert owner.post("/account/codes/removal", {"password": PASSWORD, "code": app.now()}).status_code == 303
    assert stored(session, world).code_secret_sealed == ""
    assert session.scalars(select(RecoveryCode)).all() == []


def test_new_recovery_codes_replace_the_old(session: Session, owner: Visitor):
    app, old = set_up(owner)
    assert "does not fit" in owner.post("/account/codes/recovery", {"password": PASSWORD}).text
    page = owner.post("/account/codes/recovery", {"password": PASSWORD, "code": app.now()}).text
    fresh = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", page)
    assert len(set(fresh)) == 10
    assert not set(fresh) & set(old)
    session.rollback()
    assert len(session.scalars(select(RecoveryCode)).all()) == 10


ASKED = [("everybody", Role.ASSISTANT, True), ("trust", Role.BOOKKEEPER, True), ("trust", Role.ASSISTANT, False)]


@pytest.mark.parametrize(("whom", "role", "led"), ASKED)
def test_the_firm_may_ask_for_codes(owner: Visitor, member: Callable[[Role], Visitor], whom: str, role: Role, led: bool):
    assert owner.post("/roles/code-rule", {"key": "rule-key-01", "whom": whom}).status_code == 303
    person = member(role)
    answer = person.get("/matters")
    assert answer.headers.get("Location") == ("/account/codes" if led else None)
    if led:
        assert "Your firm asks for one-time codes" in person.get("/account/codes").get_data(as_text=True)
        set_up(person)
        assert person.get("/matters").status_code == 200
