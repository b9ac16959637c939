"""Signing in and out, below the web."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books.passwords import hash_password, needs_new_hash, password_matches
from lexapp.books.tries import Browser, TooManyTries
from lexapp.database import transaction
from lexapp.domain.errors import NotFound, Refused
from lexapp.domain.throttling import FREE_TRIES, FREE_TRIES_OF_ADDRESS, LONGEST_WAIT, WINDOW
from lexapp.models import SignInAttempt, User, UserSession
from lexapp.queries.sessions import open_session, open_sessions_of
from lexapp.services import sessions
from lexapp.services.sessions import OWN_DEVICE, NewSession
from tests.factories import NOW, PASSWORD, World, make_firm, make_world

HERE = Browser("192.0.2.1", "Firefox")


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def email(session: Session, world: World) -> str:
    return session.scalars(select(User.email).where(User.id == world.owner.user_id)).one()


def sign_in(
    session: Session, email: str, password: str = PASSWORD, *, minutes: float = 0, browser: Browser = HERE, own: bool = False
) -> NewSession:
    now = NOW + timedelta(minutes=minutes)
    return sessions.sign_in(session, email=email, password=password, browser=browser, now=now, lifetime=timedelta(hours=12), own_device=own)


def fail(session: Session, email: str, *, minutes: float = 0, browser: Browser = HERE) -> str:
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
    assert told[4].endswith("Wait a little before the next try.")
    assert told[5] == "Too many tries. Wait 5 seconds, then try again."


def test_waits_double_and_end(session: Session, email: str):
    at, waits = 0.0, []
    for _ in range(FREE_TRIES + 9):
        try:
            sign_in(session, email, "wrong", minutes=at)
        except TooManyTries as error:
            waits.append(int(error.wait.total_seconds()))
            at += error.wait.total_seconds() / 60
            fail(session, email, minutes=at)
        except Refused:
            pass
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, int(LONGEST_WAIT.total_seconds())]
    assert sign_in(session, email, minutes=at + LONGEST_WAIT.total_seconds() / 60).token


def test_tries_of_one_network_of_ipv6_count_together(session: Session, email: str):
    for n in range(FREE_TRIES):
        fail(session, email, browser=Browser(f"2001:db8::{n:x}", "Firefox"))
    with pytest.raises(TooManyTries):
        sign_in(session, email, browser=Browser("2001:db8::ffff", "Firefox"))
    assert sign_in(session, email, browser=Browser("2001:db8:1::1", "Firefox")).token


def test_a_name_that_is_guessed_from_many_places_leaves_a_new_place_fewer_tries(session: Session, email: str):
    for n in range(20):
        fail(session, email, browser=Browser(f"198.51.100.{n}", "x"))
    told = [fail(session, email) for _ in range(3)]
    assert ["One try is" in told[0], "Wait a little" in told[1], "Wait 5 seconds" in told[2]] == [True] * 3


def test_a_device_is_known_to_its_own_user_only(session: Session, world: World, email: str):
    mine = sign_in(session, email)
    known = Browser(HERE.remote_address, "Firefox", mine.device_token)
    assert sign_in(session, email, browser=known).device_token == "", "known already"
    other = session.get_one(User, make_firm(session, "Quillfeather & Lind").user_id).email
    assert sign_in(session, other, browser=known).device_token not in ("", mine.device_token)


def test_the_right_password_forgets_the_wrong_ones(session: Session, email: str):
    for _ in range(4):
        fail(session, email)
    sign_in(session, email)
    assert "Four tries" in fail(session, email)


def test_one_address_trying_many_names_is_stopped_and_others_are_not(session: Session, email: str):
    with transaction(session):
        tries = [SignInAttempt(identifier_hash=str(n), remote_address=HERE.place, at=NOW) for n in range(FREE_TRIES_OF_ADDRESS)]
        session.add_all(tries)
    with pytest.raises(TooManyTries):
        sign_in(session, email)
    assert sign_in(session, email, browser=Browser("192.0.2.2", "Firefox")).token


def test_old_tries_are_swept(session: Session, email: str):
    fail(session, email)
    fail(session, email, minutes=WINDOW.total_seconds() / 60 + 1)
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
