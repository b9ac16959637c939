"""The firm's mail server: set, tried with real servers, never shown again, and what leaves through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.database import scope_to_firm
from lexapp.domain.permissions import Role
from lexapp.integrations.mail import MailError
from lexapp.integrations.sealing import SealBroken, seal, unseal
from lexapp.models import AuditEvent, MailServer, User
from lexapp.workflows.mail_servers import firm_mailer
from lexapp.workflows.outside import open_outside
from tests.factories import World
from tests.servers import MailSink, free_port
from tests.test_mailing import Guarded, message
from tests.web.test_settings import Members
from tests.web.visitor import Visitor

MAIL = {
    "key": "key-mail-001",
    "version": "1",
    "host": "127.0.0.1",
    "port": "25",
    "security": "none",
    "user_name": "",
    "password": "",
    "from_name": "Accounts",
    "from_address": "accounts@brannockvoss.test",
    "reply_to": "partners@brannockvoss.test",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """On either engine the firm's server may stand on this machine, as the servers of these tests do."""
    return replace(settings, private_mail_servers=True)


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    """A server that wants TLS and a password, with its certificate trusted by this machine."""
    server = Guarded(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    yield server
    server.controller.stop()


def secure(server: Guarded, **typed: str) -> dict[str, str]:
    return (
        MAIL | {"host": "localhost", "port": str(server.port), "security": "starttls", "user_name": "firm", "password": "p@ss word"} | typed
    )


def row_of(session: Session, world: World) -> MailServer:
    session.rollback()
    scope_to_firm(session, world.firm_id)
    return session.scalars(select(MailServer)).one()


def test_a_test_message_brings_the_servers_own_words(world: World, owner: Visitor, mail_sink: MailSink, session: Session):
    assert owner.get("/settings/mail").status_code == 200
    answer = owner.post("/settings/mail/test", MAIL | {"port": str(mail_sink.port)})
    assert answer.status_code == 200
    assert "The server said: 250 2.0.0 kept" in answer.text
    (sent,) = mail_sink.messages
    assert (sent["From"], sent["Reply-To"]) == ("Accounts <accounts@brannockvoss.test>", "partners@brannockvoss.test")
    assert session.scalars(select(MailServer)).all() == [], "trying saves nothing"


def test_without_a_server_the_installations_is_tried(app: Flask, settings: Settings, world: World, owner: Visitor, mail_sink: MailSink):
    app.extensions["settings"] = replace(settings, mail_url=mail_sink.url)
    answer = owner.post("/settings/mail/test", MAIL | {"host": "", "port": "587"})
    assert "250 2.0.0 kept" in answer.text
    assert len(mail_sink.messages) == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"password": "wrong"}, "password", "535 5.7.8"),
        ({"security": "tls"}, "security", "No connection"),
        ({"host": "no-such-host.invalid"}, "host", "No connection"),
        ({"host": "evil.test\r\nRCPT TO:<x@y.test>"}, "host", "a line break"),
        ({"host": "smtp.test/../x"}, "host", "name alone"),
        ({"port": "70000"}, "port", "1 to 65535"),
        ({"port": "0"}, "port", "1 to 65535"),
        ({"security": "none"}, "form", "require"),
        ({"from_address": "not an address"}, "from_address", "whole e-mail address"),
        ({}, "from_address", "550 5.1.1 no such mailbox"),
    ],
)
def test_what_stops_a_test_message_is_told_beside_its_field(
    world: World, owner: Visitor, guarded: Guarded, typed: dict[str, str], field: str, words: str
):
    answer = owner.post("/settings/mail/test", secure(guarded, **typed))
    assert answer.status_code == 422
    assert words in answer.text.lower() if field == "form" else f'id="mailserver-{field}-error"' in answer.text
    assert words.lower() in answer.text.lower()
    assert "p@ss word" not in answer.text


def test_a_server_that_is_not_there_is_told(world: World, owner: Visitor):
    answer = owner.post("/settings/mail/test", MAIL | {"port": str(free_port())})
    assert answer.status_code == 422
    assert "No connection: Connection refused" in answer.text


def test_the_password_is_kept_closed_used_and_never_shown(
    session: Session, settings: Settings, world: World, owner: Visitor, guarded: Guarded
):
    assert owner.post("/settings/mail", secure(guarded)).status_code == 303
    row = row_of(session, world)
    assert "p@ss" not in row.password_sealed
    page = owner.get("/settings/mail").text
    assert "One is stored" in page
    assert "p@ss" not in page
    assert row.password_sealed not in page
    told = str([(one.before, one.after) for one in session.scalars(select(AuditEvent)).all()])
    assert "p@ss" not in told
    assert row.password_sealed not in told
    session.rollback()
    mailer = firm_mailer(session, open_outside(settings), firm_id=world.firm_id)
    assert mailer.send(message("known@payer.test")) == {}
    assert b"From: Accounts <accounts@brannockvoss.test>" in (guarded.received[0].content or b"")


def test_a_stored_password_stays_with_its_server_and_is_never_sent_to_another(
    session: Session, world: World, owner: Visitor, guarded: Guarded
):
    owner.post("/settings/mail", secure(guarded))
    sealed = row_of(session, world).password_sealed
    renamed = secure(guarded, password="", from_name="Billing", version="2", key="key-mail-002")
    assert owner.post("/settings/mail", renamed).status_code == 303
    assert row_of(session, world).password_sealed == sealed
    for typed in ({"host": "127.0.0.1"}, {"user_name": "other"}, {"port": "2525"}):
        answer = owner.post("/settings/mail", renamed | {"version": "3", "key": "key-mail-003"} | typed)
        assert answer.status_code == 422
        assert 'id="mailserver-password-error"' in answer.text
    assert owner.post("/settings/mail", renamed | {"key": "key-mail-004"}).status_code == 409


def test_a_password_is_not_sent_in_the_clear(world: World, owner: Visitor, guarded: Guarded):
    answer = owner.post("/settings/mail", secure(guarded, host="smtp.firm.test", security="none"))
    assert answer.status_code == 422
    assert "only sent through TLS" in answer.text


def test_a_sealed_secret_opens_in_its_place_only():
    closed = seal("p@ss", secret_key="s" * 40, purpose="mail password", place="firm 1")
    assert unseal(closed, secret_key="s" * 40, purpose="mail password", place="firm 1") == "p@ss"
    for other in ({"secret_key": "t" * 40}, {"purpose": "code seed"}, {"place": "firm 2"}):
        with pytest.raises(SealBroken):
            unseal(closed, **{"secret_key": "s" * 40, "purpose": "mail password", "place": "firm 1"} | other)
    with pytest.raises(SealBroken):
        unseal(closed[:-6], secret_key="s" * 40, purpose="mail password", place="firm 1")


def test_after_secret_key_changed_the_password_is_asked_for_anew(
    session: Session, settings: Settings, world: World, owner: Visitor, guarded: Guarded
):
    owner.post("/settings/mail", secure(guarded))
    session.rollback()
    with pytest.raises(MailError, match="Write it anew in Settings"):
        firm_mailer(session, open_outside(replace(settings, secret_key="n" * 40)), firm_id=world.firm_id)


def test_where_firms_are_not_the_operator_a_private_address_is_not_connected_to(
    app: Flask, settings: Settings, world: World, owner: Visitor, mail_sink: MailSink
):
    app.extensions["settings"] = replace(settings, private_mail_servers=False)
    for host in ("127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1"):
        answer = owner.post("/settings/mail/test", MAIL | {"host": host, "port": str(mail_sink.port)})
        assert answer.status_code == 422
        assert "is not a public address" in answer.text
    assert mail_sink.messages == []


def test_only_who_may_and_only_in_their_own_firm(session: Session, world: World, owner: Visitor, member: Members, outsider: Visitor):
    owner.post("/settings/mail", MAIL)
    assert member(Role.BILLING_MANAGER).get("/settings/mail").status_code == 403
    assert "accounts@brannockvoss.test" not in outsider.get("/settings/mail").text
    assert session.get_one(User, world.owner.user_id).email not in outsider.get("/settings/mail").text
