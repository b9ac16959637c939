"""Signing in and out, as a person at a browser meets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import transaction
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.throttling import FREE_TRIES
from lexapp.models import Membership, User, UserSession
from lexapp.web.paths import local_path
from tests.factories import NOW, PASSWORD, World, make_firm
from tests.web.visitor import Visitor


def email_of(session: Session, actor: Actor) -> str:
    return session.scalars(select(User.email).where(User.id == actor.user_id)).one()


@pytest.fixture
def right(session: Session, world: World) -> dict[str, str]:
    return {"email": email_of(session, world.owner), "password": PASSWORD}


def test_the_right_password_opens_the_first_place(stranger: Visitor, right: dict[str, str]):
    answer = stranger.post("/sign-in", right)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    page = stranger.get("/sessions").get_data(as_text=True)
    assert "Marguerite Voss" in page
    assert "Brannock Voss LLP" in page


def test_the_address_is_taken_in_any_case_and_with_spaces(stranger: Visitor, right: dict[str, str]):
    assert stranger.post("/sign-in", right | {"email": f" {right['email'].upper()} "}).status_code == 303


def test_a_wrong_password_and_an_unknown_name_read_the_same(stranger: Visitor, right: dict[str, str]):
    wrong = stranger.post("/sign-in", right | {"password": "wrong"})
    unknown = stranger.post("/sign-in", {"email": "nobody@example.test", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 422
    told = "E-mail and password do not match. Four tries are left before you have to wait."
    assert told in wrong.get_data(as_text=True)
    assert told in unknown.get_data(as_text=True)
    assert right["email"] in wrong.get_data(as_text=True)
    assert 'value="wrong"' not in wrong.get_data(as_text=True)


def test_after_five_wrong_passwords_even_the_right_one_waits_a_little(stranger: Visitor, right: dict[str, str]):
    for _ in range(FREE_TRIES):
        stranger.post("/sign-in", right | {"password": "wrong"})
    answer = stranger.post("/sign-in", right)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 5
    assert "Too many tries. Wait" in answer.get_data(as_text=True)


def test_a_hundred_wrong_passwords_from_elsewhere_do_not_keep_the_right_person_out(
    app: Flask, session: Session, stranger: Visitor, right: dict[str, str]
):
    known, elsewhere = Visitor(app, session), Visitor(app, session)
    assert known.post("/sign-in", right).status_code == 303
    known.post("/sign-out")
    for n in range(100):
        elsewhere.post("/sign-in", right | {"password": "wrong"}, environ_overrides={"REMOTE_ADDR": f"198.51.100.{n}"})
    assert known.post("/sign-in", right).status_code == 303, "a browser in which they signed in before"
    assert stranger.post("/sign-in", right).status_code == 303, "a new browser at a place that tried nothing"


def test_a_known_browser_is_slowed_by_its_own_wrong_tries_only(app: Flask, session: Session, right: dict[str, str]):
    known = Visitor(app, session)
    known.post("/sign-in", right)
    known.post("/sign-out")
    for _ in range(FREE_TRIES):
        known.post("/sign-in", right | {"password": "wrong"})
    assert known.post("/sign-in", right).status_code == 429


def test_empty_fields_are_named(stranger: Visitor):
    answer = stranger.post("/sign-in", {"email": "", "password": ""})
    assert answer.status_code == 422
    assert "Write your e-mail address." in answer.get_data(as_text=True)
    assert "Write your password." in answer.get_data(as_text=True)


@pytest.mark.parametrize("password", ["x" * 10_000, "\x00", " " + PASSWORD, PASSWORD + " ", "ⅴ"])
def test_a_strange_password_is_only_wrong(stranger: Visitor, right: dict[str, str], password: str):
    assert stranger.post("/sign-in", right | {"password": password}).status_code == 422


def test_a_closed_user_cannot_sign_in_and_an_open_session_ends(
    stranger: Visitor, session: Session, world: World, owner: Visitor, right: dict[str, str]
):
    with transaction(session):
        session.execute(update(User).where(User.id == world.owner.user_id).values(is_active=False))
    assert stranger.post("/sign-in", right).status_code == 422
    assert owner.get("/sessions").status_code == 303


def test_signing_in_gives_a_new_token_and_ends_the_old_session(stranger: Visitor, session: Session, right: dict[str, str]):
    stranger.post("/sign-in", right)
    with stranger.client.session_transaction() as kept:
        first = kept["token"]
    stranger.post("/sign-in", right)
    with stranger.client.session_transaction() as kept:
        assert kept["token"] != first
    assert sum(row.ended_at is None for row in session.scalars(select(UserSession))) == 1


def test_the_database_keeps_no_token(stranger: Visitor, session: Session, right: dict[str, str]):
    stranger.post("/sign-in", right)
    with stranger.client.session_transaction() as kept:
        assert kept["token"] not in {row.token_hash for row in session.scalars(select(UserSession))}


def test_a_planted_cookie_is_worth_nothing_after_signing_in(stranger: Visitor, right: dict[str, str]):
    with stranger.client.session_transaction() as kept:
        kept["planted"] = "x"
    stranger.post("/sign-in", right)
    with stranger.client.session_transaction() as kept:
        assert "planted" not in kept


def test_signing_out_ends_the_session_everywhere(app: Flask, session: Session, owner: Visitor):
    with owner.client.session_transaction() as kept:
        token = kept["token"]
    assert owner.post("/sign-out").headers["Location"] == "/sign-in"
    assert owner.get("/sessions").status_code == 303
    assert Visitor(app, session).hold(token).get("/sessions").status_code == 303


def test_signing_out_by_a_link_is_not_possible(owner: Visitor):
    assert owner.get("/sign-out").status_code == 405
    assert owner.get("/sessions").status_code == 200


def test_one_may_end_ones_own_session_elsewhere(session: Session, world: World, owner: Visitor, sign_in: Callable[[Actor], Visitor]):
    elsewhere = sign_in(world.owner)
    newest = max(row.id for row in session.scalars(select(UserSession)))
    assert owner.post(f"/sessions/{newest}/end").status_code == 303
    assert elsewhere.get("/sessions").status_code == 303
    assert owner.get("/sessions").status_code == 200


def test_nobody_ends_another_persons_session(session: Session, world: World, owner: Visitor, member: Callable[[Role], Visitor]):
    theirs = max(row.id for row in session.scalars(select(UserSession)))
    colleague = member(Role.BOOKKEEPER)
    assert colleague.post(f"/sessions/{theirs}/end").status_code == 404
    assert owner.get("/sessions").status_code == 200


def test_a_session_that_ran_out_asks_to_sign_in(session: Session, owner: Visitor):
    with transaction(session):
        session.execute(update(UserSession).values(expires_at=NOW.replace(year=2020)))
    assert owner.get("/sessions").status_code == 303


def test_last_seen_is_written_at_most_every_five_minutes(session: Session, owner: Visitor):
    seen = select(UserSession.last_seen_at)
    before = session.scalars(seen).one()
    owner.get("/sessions")
    session.rollback()
    assert session.scalars(seen).one() == before
    with transaction(session):
        session.execute(update(UserSession).values(last_seen_at=NOW.replace(year=2020)))
    owner.get("/sessions")
    session.rollback()
    assert session.scalars(seen).one() >= before


@pytest.fixture
def bookkeeper_of_two(session: Session, world: World, right: dict[str, str]) -> dict[str, str]:
    other = make_firm(session, "Quillfeather & Lind")
    with transaction(session, other.firm_id):
        session.add(Membership(firm_id=other.firm_id, user_id=world.owner.user_id, role="bookkeeper", created_at=NOW))
    return right


def test_a_member_of_two_firms_chooses_one(stranger: Visitor, session: Session, bookkeeper_of_two: dict[str, str]):
    assert stranger.post("/sign-in", bookkeeper_of_two).headers["Location"] == "/sign-in/firm"
    assert stranger.get("/sessions").status_code == 303
    page = stranger.get("/sign-in/firm").get_data(as_text=True)
    assert "Quillfeather &amp; Lind" in page
    chosen = session.scalars(select(Membership.id).where(Membership.role == "bookkeeper")).one()
    assert stranger.post("/sign-in/firm", {"membership_id": str(chosen)}).headers["Location"] == "/"
    assert "Quillfeather &amp; Lind" in stranger.get("/sessions").get_data(as_text=True)


def test_nobody_chooses_a_firm_that_is_not_theirs(stranger: Visitor, session: Session, bookkeeper_of_two: dict[str, str]):
    foreign = make_firm(session, "Another firm")
    stranger.post("/sign-in", bookkeeper_of_two)
    assert stranger.post("/sign-in/firm", {"membership_id": str(foreign.membership_id)}).status_code == 404
    assert stranger.post("/sign-in/firm", {"membership_id": "x"}).status_code == 400


def test_after_signing_in_one_is_where_one_wanted_to_be(stranger: Visitor, right: dict[str, str]):
    assert stranger.post("/sign-in?next=/sessions", right).headers["Location"] == "/sessions"


ELSEWHERE = ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:x", "evil"]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_one_is_never_sent_to_another_site(stranger: Visitor, right: dict[str, str], address: str):
    assert stranger.post("/sign-in", right | {"next": address}).headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/", "/matters/12?tab=time#row-3", "/a//b"])
def test_a_path_of_ours_is_taken(path: str):
    assert local_path(path) == path


def test_the_demonstration_shows_its_sign_ins_and_nothing_else_does(app: Flask, settings: Settings, world: World, stranger: Visitor):
    assert "Demonstration" not in stranger.get("/sign-in").get_data(as_text=True)
    app.extensions["settings"] = replace(settings, demo=True)
    assert "Marguerite Voss" in stranger.get("/sign-in").get_data(as_text=True)


def test_one_signs_all_other_browsers_out(world: World, owner: Visitor, sign_in: Callable[[Actor], Visitor]):
    others = [sign_in(world.owner) for _ in range(2)]
    assert owner.post("/sessions/others/end").status_code == 303
    assert [one.get("/sessions").status_code for one in others] == [303, 303]
    assert "Signed out in 2 other browsers" in owner.get("/sessions").get_data(as_text=True)


def test_somebody_who_is_signed_in_is_not_asked_again(owner: Visitor):
    assert owner.get("/sign-in").status_code == 303
