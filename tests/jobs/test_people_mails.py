"""Mails to people who sign in, through a real mail server: they go out once, and their links are nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.proofs import Proof
from lexapp.books.tries import Browser
from lexapp.domain.errors import NotFound
from lexapp.domain.permissions import Role
from lexapp.domain.tokens import hash_token
from lexapp.jobs.place import Place
from lexapp.jobs.worker import run_due
from lexapp.models import MailedToken, MailServer, OutboxMessage, User
from lexapp.services.invitations import Invitee, accept_invitation, invite, resend_invitation, revoke_invitation
from lexapp.services.passwords import ask_for_reset, edit_own_user, make_reset_token, reset_password
from tests.factories import NOW, PASSWORD, World, save
from tests.jobs.conftest import StoppedClock
from tests.servers import MailSink

LINK = re.compile(r"https://bills\.firm\.test/(invitation|password-reset)/(\S+)")


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def token_in(message: EmailMessage) -> str:
    found = LINK.search(text_of(message))
    assert found, text_of(message)
    return found[2]


def work_off(place: Place) -> None:
    while run_due(place):
        pass


@pytest.fixture
def invitee() -> Invitee:
    return Invitee(email="nia@example.test", name="Nia New", role=Role.ASSISTANT)


def test_an_invitation_says_who_invites_to_what_and_its_link_makes_a_member(
    session: Session, world: World, place: Place, mail_sink: MailSink, invitee: Invitee
):
    invite(session, actor=world.owner, invitee=invitee, now=NOW)
    work_off(place)
    (message,) = mail_sink.messages
    assert (message["To"], message["Subject"]) == ("Nia New <nia@example.test>", "Marguerite Voss invites you to Brannock Voss LLP")
    assert "You are invited as assistant." in text_of(message)
    token = token_in(message)
    session.rollback()
    assert session.scalars(select(MailedToken.token_hash)).one() == hash_token(token)
    assert token not in str([row.payload for row in session.scalars(select(OutboxMessage))])
    user_id = accept_invitation(session, token=token, name="Nia New", password_hash="x", now=NOW)
    assert session.get_one(User, user_id).email == "nia@example.test"


def test_sending_again_ends_the_first_link_and_a_revoked_one_is_not_sent(
    session: Session, world: World, place: Place, mail_sink: MailSink, invitee: Invitee
):
    row = invite(session, actor=world.owner, invitee=invitee, now=NOW)
    work_off(place)
    resend_invitation(session, actor=world.owner, invitation_id=row.id, now=NOW)
    work_off(place)
    first, second = (token_in(message) for message in mail_sink.messages)
    session.rollback()
    open_ones = set(session.scalars(select(MailedToken.token_hash).where(MailedToken.used_at.is_(None))))
    assert open_ones == {hash_token(second)} != {hash_token(first)}
    resend_invitation(session, actor=world.owner, invitation_id=row.id, now=NOW)
    revoke_invitation(session, actor=world.owner, invitation_id=row.id, now=NOW)
    work_off(place)
    assert len(mail_sink.messages) == 2


def test_a_link_for_a_new_password_reaches_its_owner_and_the_change_is_told(
    session: Session, world: World, place: Place, mail_sink: MailSink, clock: StoppedClock
):
    email = session.get_one(User, world.owner.user_id).email
    ask_for_reset(session, email=email, remote_address="192.0.2.1", now=NOW)
    work_off(place)
    (message,) = mail_sink.messages
    assert email in message["To"]
    reset_password(session, token=token_in(message), password="velvet canyon onion 19", now=NOW + timedelta(minutes=29))
    clock.forward(minutes=30)
    work_off(place)
    told = mail_sink.messages[1]
    assert told["Subject"] == "Your password was changed"
    assert "If this was not you" in text_of(told)


def test_a_new_address_is_told_to_the_old_one(session: Session, world: World, place: Place, mail_sink: MailSink):
    old = session.get_one(User, world.owner.user_id).email
    link = make_reset_token(session, firm_id=world.firm_id, user_id=world.owner.user_id, now=NOW)
    words = {"name": "Marguerite Voss", "email": "new@voss.example", "proof": Proof(Browser("192.0.2.1", "x"), PASSWORD)}
    edit_own_user(session, actor=world.owner, **words, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        reset_password(session, token=link, password="velvet canyon onion 19", now=NOW)
    session.rollback()
    work_off(place)
    (message,) = mail_sink.messages
    assert old in message["To"]
    assert "another e-mail address now" in text_of(message)


def test_a_name_cannot_break_out_of_the_headers(session: Session, world: World, place: Place, mail_sink: MailSink):
    strange = Invitee(email="nia@example.test", name="Nia\r\nBcc: all@example.test", role=Role.ASSISTANT)
    invite(session, actor=world.owner, invitee=strange, now=NOW)
    work_off(place)
    (message,) = mail_sink.messages
    assert message["Bcc"] is None


def test_what_concerns_a_sign_in_never_passes_the_server_of_a_firm(
    session: Session, world: World, place: Place, mail_sink: MailSink, invitee: Invitee
):
    own = MailSink()
    elsewhere = replace(place, outside=replace(place.outside, private_mail_servers=True))
    save(session, MailServer(firm_id=world.firm_id, host="127.0.0.1", port=own.port, security="none"), world.firm_id)
    email = session.get_one(User, world.owner.user_id).email
    ask_for_reset(session, email=email, remote_address="192.0.2.1", now=NOW)
    work_off(elsewhere)
    (link,) = mail_sink.messages
    reset_password(session, token=token_in(link), password="velvet canyon onion 19", now=NOW)
    invite(session, actor=world.owner, invitee=invitee, now=NOW)
    work_off(elsewhere)
    own.close()
    assert [message["Subject"] for message in mail_sink.messages] == ["Choose a new password", "Your password was changed"]
    assert [message["Subject"] for message in own.messages] == ["Marguerite Voss invites you to Brannock Voss LLP"]
