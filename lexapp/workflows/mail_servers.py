"""Mail through a firm's own server: which one that is, keeping its password closed, and trying it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from urllib.parse import quote

from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.integrations.letters.envelope import mailbox, sender
from lexapp.integrations.mail import FirmMailer, Mailer, MailError, open_mailer
from lexapp.integrations.sealing import SealBroken, fingerprint, seal, unseal
from lexapp.models import MailServer
from lexapp.queries.mail_servers import mail_server
from lexapp.services.mail_servers import ClosedPassword, MailSettings, change_mail_server
from lexapp.workflows.outside import Outside

PURPOSE = "mail password"
_SCHEMES = {"starttls": "smtp+starttls", "tls": "smtps", "none": "smtp"}


def firm_mailer(session: Session, outside: Outside, *, firm_id: int) -> Mailer:
    """What this firm's mail leaves through; no read stays open. Raises MailError where the stored password cannot be read any more."""
    row = mail_server(session, firm_id=firm_id)
    settings, sealed = (_settings_of(row), row.password_sealed) if row else (None, "")
    session.rollback()
    if settings is None:
        return outside.mailer
    return _mailer(outside, settings, _opened(outside, firm_id, sealed))


def keep_mail_server(
    session: Session, outside: Outside, *, actor: Actor, version: int, settings: MailSettings, password: str, key: str | None = None
) -> MailServer:
    """Send mail this way from now on; an empty password keeps the one that is stored."""
    closed = None
    if password:
        sealed = seal(password, secret_key=outside.secret_key, purpose=PURPOSE, place=_place(actor.firm_id))
        closed = ClosedPassword(sealed, fingerprint(password, secret_key=outside.secret_key, purpose=PURPOSE))
    return change_mail_server(session, actor=actor, version=version, settings=settings, password=closed, key=key)


def try_mail_server(
    session: Session, outside: Outside, *, actor: Actor, firm_name: str, to: str, settings: MailSettings, password: str
) -> str:
    """Send a test message with settings that nobody has saved yet; returns the server's own words. Raises MailError with them."""
    actor.require("settings.edit")
    settings.check()
    row = mail_server(session, firm_id=actor.firm_id)
    is_the_same = row is not None and (row.host, row.port, row.user_name) == (settings.host, settings.port, settings.user_name)
    sealed = row.password_sealed if row is not None and is_the_same else ""
    session.rollback()
    typed = password or (_opened(outside, actor.firm_id, sealed) if settings.user_name else "")
    return _mailer(outside, settings, typed).answer(_test_message(outside, firm_name, actor.name, to))


def _mailer(outside: Outside, settings: MailSettings, password: str) -> Mailer:
    inner = outside.mailer
    if settings.host:
        who = f"{quote(settings.user_name, safe='')}:{quote(password, safe='')}@" if settings.user_name else ""
        address = f"{_SCHEMES[settings.security]}://{who}{settings.host}:{settings.port}"
        inner = open_mailer(address, public_only=not outside.private_mail_servers)
    return FirmMailer(inner, settings.from_name, settings.from_address, settings.reply_to)


def _opened(outside: Outside, firm_id: int, sealed: str) -> str:
    try:
        return unseal(sealed, secret_key=outside.secret_key, purpose=PURPOSE, place=_place(firm_id)) if sealed else ""
    except SealBroken as error:
        sentence = "The stored mail password cannot be read, because SECRET_KEY changed. Write it anew in Settings, Mail."
        raise MailError(sentence, stage="sign_in", words=sentence) from error


def _place(firm_id: int) -> str:
    return f"firm {firm_id}"


def _settings_of(row: MailServer) -> MailSettings:
    return MailSettings(
        host=row.host,
        port=row.port,
        security=row.security,
        user_name=row.user_name,
        from_name=row.from_name,
        from_address=row.from_address,
        reply_to=row.reply_to,
    )


def _test_message(outside: Outside, firm_name: str, name: str, to: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(firm_name, outside.mail_from)
    message["To"] = mailbox(name, to)
    message["Subject"] = "Test message from lexapp"
    message["Date"] = format_datetime(outside.now())
    message["Message-ID"] = make_msgid(domain="lexapp.invalid")
    message.set_content(f"The mail settings of {firm_name} work: this message was sent with them.\n")
    return message
