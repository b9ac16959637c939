"""Signing in and out, below the web."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books.passwords import hash_password, needs_new_hash, password_matches
from lexapp.database import transaction
from lexapp.domain.errors import NotFound, Refused
from lexapp.models import SignInAttempt, User, UserSession
from lexapp.queries.sessions import open_session, open_sessions_of
from lexapp.services import sessions
from lexapp.services.sessions import OWN_DEVICE, TRIES_PER_ADDRESS, WAIT, Browser, NewSession, TooManyTries
from tests.factories import NOW, PASSWORD, World, make_firm, make_world

HERE = Browser("192.0.2.1", "Firefox")


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def email(session: Session, world: World) -> str:
    return session.scalars(select(User.email).where(User.id == world.owner.user_id)).one()


def sign_in(
    session: Session, email: str, password: str = PASSWORD, *, minutes: int = 0, browser: Browser = HERE, own: bool = False
) -> NewSession:
    now = NOW + timedelta(minutes=minutes)
    return sessions.sign_in(session, email=email, password=password, browser=browser, now=now, lifetime=timedelta(hours=12), own_device=own)


def fail(session: Session, email: str, *, minutes: int = 0, browser: Browser = HERE) -> str:
    with pytest.raises(Refused) as refused:
        sign_in(session, email, "wrong", minutes=minutes, browser=browser)
    return str(refused.value)


def test_a_session_lasts_as_long_as_was_asked(session: Session, email: str):
    short, long = sign_in(session, email), sign_in(session, email, own=True)
    late = NOW + timedelta(hours=13)
    assert open_session(session, token=short.token, now=NOW) is not None
    assert open_session(session, token=short.token, now=late) is None
    assert open_session(session, token=long.token, now=late) is not None
    assert open_session(session, token=long.token, now=NOW + OWN_DEVICE) is None


def test_the_tries_that_are_left_are_counted_down(session: Session, email: str):
    told = [fail(session, email) for _ in range(6)]
    assert ["Four" in told[0], "Three" in told[1], "Two" in told[2], "One try is" in told[3]] == [True] * 4
    assert told[4].endswith("Wait 15 minutes, then try again.")
    assert told[5] == "Too many tries. Wait 15 minutes, then sign in again."


def test_after_the_wait_the_right_password_opens_again(session: Session, email: str):
    for _ in range(5):
        fail(session, email)
    with pytest.raises(TooManyTries):
        sign_in(session, email, minutes=14)
    assert sign_in(session, email, minutes=16).token


def test_the_right_password_forgets_the_wrong_ones(session: Session, email: str):
    for _ in range(4):
        fail(session, email)
    sign_in(session, email)
    assert "Four tries" in fail(session, email)


def test_one_address_trying_many_names_is_stopped_and_others_are_not(session: Session, email: str):
    with transaction(session):
        session.add_all(SignInAttempt(identifier_hash=str(n), remote_address=HERE.remote_address, at=NOW) for n in range(TRIES_PER_ADDRESS))
    with pytest.raises(TooManyTries):
        sign_in(session, email)
    assert sign_in(session, email, browser=Browser("192.0.2.2", "Firefox")).token


def test_old_tries_are_swept(session: Session, email: str):
    fail(session, email)
    fail(session, email, minutes=int(WAIT.total_seconds() / 60) * 5)
    assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


def test_a_hash_of_weaker_settings_is_renewed_at_sign_in(session: Session, world: World, email: str):
    stored = select(User.password_hash).where(User.id == world.owner.user_id)
    assert needs_new_hash(session.scalars(stored).one())
    sign_in(session, email)
    renewed = session.scalars(stored).one()
    assert renewed.startswith("$argon2id$")
    assert not needs_new_hash(renewed)
    assert password_matches(renewed, PASSWORD)


def test_only_the_right_password_matches():
    stored = hash_password("trust me, I am a lawyer")
    assert password_matches(stored, "trust me, I am a lawyer")
    assert not password_matches(stored, "trust me, I am a lawyer ")
    assert not password_matches(None, "nobody has this password")
    assert not password_matches("not a hash", "x")


def test_a_session_of_somebody_else_cannot_be_ended_nor_a_foreign_firm_chosen(session: Session, world: World, email: str):
    other = make_firm(session, "Quillfeather & Lind")
    mine = sign_in(session, email)
    with pytest.raises(NotFound):
        sessions.end_session(session, user_id=other.user_id, session_id=mine.session_id, now=NOW)
    with pytest.raises(NotFound):
        sessions.choose_firm(session, session_id=mine.session_id, membership_id=other.membership_id)
    assert open_session(session, token=mine.token, now=NOW) is not None


def test_an_ended_session_keeps_when_it_ended(session: Session, world: World, email: str):
    mine = sign_in(session, email)
    for minutes in (1, 2):
        sessions.end_session(session, user_id=world.owner.user_id, session_id=mine.session_id, now=NOW + timedelta(minutes=minutes))
    assert session.get_one(UserSession, mine.session_id).ended_at == NOW + timedelta(minutes=1)
    assert open_sessions_of(session, user_id=world.owner.user_id, now=NOW) == []
