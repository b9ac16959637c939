"""Which mail server a firm sends through, and under which name. Mail that leaves from now on goes this way."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import change
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import Firm, MailServer

SECURITIES = ("starttls", "tls", "none")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
_HERE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """An empty host means the installation's server. `security` protects the connection: starttls, tls from the start, or none."""

    host: str
    port: int
    security: str
    user_name: str
    from_name: str
    from_address: str
    reply_to: str

    def check(self) -> None:
        """Refuse, beside its field, what cannot send."""
        if self.host and not _HOST.fullmatch(self.host):
            raise InvalidInput("Write the server’s name alone, such as smtp.firm.example.", field="host")
        if not 0 < self.port < 65_536:
            raise InvalidInput("Write a port from 1 to 65535; 587 is usual.", field="port")
        if self.security not in SECURITIES:
            raise InvalidInput("Choose one of the list.", field="security")
        if self.user_name and not self.host:
            raise InvalidInput("Write the server that this user signs in to.", field="host")
        if self.user_name and self.security == "none" and self.host not in _HERE:
            raise InvalidInput("A password is only sent through TLS. Choose STARTTLS or TLS, or leave the user empty.", field="security")


@dataclass(frozen=True, slots=True)
class ClosedPassword:
    """A password as it is stored, and its fingerprint, which tells a repeated command from another one."""

    sealed: str
    fingerprint: str


def change_mail_server(
    session: Session,
    *,
    actor: Actor,
    version: int,
    settings: MailSettings,
    password: ClosedPassword | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> MailServer:
    """Send mail this way from now on. Without `password` the one that is stored stays, as long as server and user stay too.

    Raises Conflict when somebody changed it meanwhile, InvalidInput where a password is missing or would go to another server.
    """
    actor.require("settings.edit")
    settings.check()
    with transaction(session, actor.firm_id):
        inputs = {"version": version, **asdict(settings), "password": password.fingerprint if password else ""}
        command = record_command(session, actor=actor, name="mail_server.change", inputs=inputs, key=key, now=now)
        row = _locked(session, actor.firm_id)
        if command.result is not None:
            return row
        if row.version != version:
            raise Conflict("Somebody changed the mail settings while you were writing. Reload the page, then make your change again.")
        sealed = _password(row, settings, password)
        changed = change(row, asdict(settings) | {"password_sealed": sealed})
        session.flush()
        was = {"before": _told(changed.before), "after": _told(changed.after)}
        audit(session, command, action="mail_server.changed", subject_kind="mail_server", subject_id=row.id, **was)
        succeed(session, command, mail_server_id=row.id)
    return row


def _locked(session: Session, firm_id: int) -> MailServer:
    """The firm's row, made with what the columns begin with. The firm is locked first: there may be no row yet to wait for."""
    session.execute(select(Firm.id).where(Firm.id == firm_id).with_for_update(key_share=True))
    row = session.scalars(select(MailServer).where(MailServer.firm_id == firm_id)).one_or_none()
    if row is None:
        row = MailServer(firm_id=firm_id)
        session.add(row)
        session.flush()
    return row


def _password(row: MailServer, settings: MailSettings, password: ClosedPassword | None) -> str:
    if not settings.user_name:
        return ""
    if password is not None:
        return password.sealed
    goes_elsewhere = (row.host, row.port, row.user_name) != (settings.host, settings.port, settings.user_name)
    if not row.password_sealed or goes_elsewhere or (settings.security == "none" and row.security != "none"):
        raise InvalidInput("Write the password: the one that is stored is for another server or user, or there is none.", field="password")
    return row.password_sealed


def _told(values: dict[str, object]) -> dict[str, object]:
    """The audit says that a password changed, and never what it holds."""
    return {name: ("changed" if name == "password_sealed" else value) for name, value in values.items()}
