"""One's own password, address and one-time codes; a lost password; proving again before client money leaves."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books.passwords import password_matches
from lexapp.database import transaction
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor, Role
from lexapp.models import OutboxMessage, RecoveryCode, TrustTransaction, User, UserSession
from lexapp.services import trust
from lexapp.services.passwords import MAILS_PER_HOUR, make_reset_token
from tests.factories import PASSWORD, World, make_matter, make_member
from tests.two_firms import local_today
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


def set_up(visitor: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    """Turn codes on as the screen leads; the app and the recovery codes."""
    page = visitor.get("/account/codes").get_data(as_text=True)
    found = re.search(r"secret=([A-Z2-7]+)", page)
    assert found
    app = pyotp.TOTP(found[1])
    answer = visitor.post("/account/codes", {"code": app.at(datetime.now(UTC) - timedelta(seconds=30))})
    assert answer.status_code == 200
    return app, re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", answer.get_data(as_text=True))


def test_codes_are_on_once_the_app_shows_a_right_one(session: Session, world: World, owner: Visitor):
    owner.get("/account/codes")
    assert "does not fit" in owner.post("/account/codes", {"code": "000000"}).get_data(as_text=True)
    _, recovery = set_up(owner)
    assert len(set(recovery)) == 10
    user = stored(session, world)
    assert user.code_secret_sealed.startswith("1.")
    kept = set(session.scalars(select(RecoveryCode.code_hash)))
    assert len(kept) == 10
    assert not kept & set(recovery)


def test_the_sign_in_asks_for_the_code_and_no_code_works_twice(
    app: Flask, session: Session, owner: Visitor, stranger: Visitor, email: str
):
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


def test_a_recovery_code_stands_in_once(app: Flask, session: Session, owner: Visitor, email: str):
    _, recovery = set_up(owner)
    for expected in (303, 422):
        visitor = Visitor(app, session)
        visitor.post("/sign-in", {"email": email, "password": PASSWORD})
        assert visitor.post("/sign-in/code", {"code": recovery[0].upper()}).status_code == expected


def test_codes_cannot_be_guessed_quickly(owner: Visitor, stranger: Visitor, email: str):
    totp, _ = set_up(owner)
    stranger.post("/sign-in", {"email": email, "password": PASSWORD})
    answers = [stranger.post("/sign-in/code", {"code": f"{n:06}"}).status_code for n in range(6)]
    assert answers == [422] * 5 + [429]
    assert stranger.post("/sign-in/code", {"code": totp.now()}).status_code == 429


def test_turning_codes_off_needs_the_password(session: Session, world: World, owner: Visitor):
    set_up(owner)
    assert "not your password" in owner.post("/account/codes/removal", {"password": "wrong"}).get_data(as_text=True)
    assert owner.post("/account/codes/removal", {"password": PASSWORD}).status_code == 303
    assert stored(session, world).code_secret_sealed == ""
    assert session.scalars(select(RecoveryCode)).all() == []


def test_new_recovery_codes_replace_the_old(session: Session, owner: Visitor):
    _, old = set_up(owner)
    page = owner.post("/account/codes/recovery", {"password": PASSWORD}).get_data(as_text=True)
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


# ── proving again ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def refund(session: Session, world: World) -> tuple[str, dict[str, str]]:
    """A form that sends client money back."""
    matter, today = make_matter(session, world.owner), local_today()
    told = {"effective_on": today, "source": "Client", "method": "cheque"}
    made = trust.deposit_to_trust(session, actor=world.owner, amount=Money(100_00, "USD"), matter_id=matter.id, **told)  # type: ignore[arg-type]
    form = {"key": "refund-key-1", "amount": "40", "effective_on": today.isoformat(), "method": "cheque", "payee": "Client"}
    return f"/trust/ledgers/{made.trust_ledger_id}/refunds", form


def withdrawals(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(TrustTransaction).where(TrustTransaction.amount_minor < 0)).all())


def let_proof_grow_old(session: Session) -> None:
    with transaction(session):
        session.execute(update(UserSession).values(created_at=datetime.now(UTC) - timedelta(minutes=11), proved_at=None))


def test_client_money_leaves_at_once_after_a_fresh_sign_in(session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]):
    assert owner.post(*refund).status_code == 303
    assert withdrawals(session) == 1


def test_later_the_password_is_asked_for_and_what_was_filled_in_is_kept(
    session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]
):
    let_proof_grow_old(session)
    url, form = refund
    page = owner.post(url, form).get_data(as_text=True)
    assert "Client money is about to leave." in page
    assert 'name="amount" value="40"' in page
    assert withdrawals(session) == 0
    assert "This is not your password" in owner.post(url, form | {"proof_password": "wrong"}).get_data(as_text=True)
    assert owner.post(url, form | {"proof_password": PASSWORD}).status_code == 303
    assert withdrawals(session) == 1
    assert owner.post(url, form | {"key": "refund-key-2"}).status_code == 303, "ten minutes without asking again"


def test_who_has_codes_proves_with_one(session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]):
    totp, _ = set_up(owner)
    let_proof_grow_old(session)
    url, form = refund
    assert "One-time code" in owner.post(url, form).get_data(as_text=True)
    assert owner.post(url, form | {"proof_password": PASSWORD}).status_code == 422
    assert owner.post(url, form | {"proof_code": totp.now()}).status_code == 303
    assert withdrawals(session) == 1


def test_wrong_proofs_are_slowed_down(session: Session, owner: Visitor, refund: tuple[str, dict[str, str]]):
    let_proof_grow_old(session)
    url, form = refund
    answers = [owner.post(url, form | {"proof_password": "wrong"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert withdrawals(session) == 0
