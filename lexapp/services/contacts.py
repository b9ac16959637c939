"""People at a client."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import Client, Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """What is known of a contact. Who receives invoices needs an e-mail address."""

    name: str
    title: str = ""
    email: str = ""
    phone: str = ""
    receives_invoices: bool = False

    def check(self) -> None:
        if self.receives_invoices and not self.email:
            raise InvalidInput("Invoices are sent by e-mail. Write the address, or take the tick away.", field="email")


def add_contact(
    session: Session, *, actor: Actor, client_id: int, facts: ContactFacts, key: str | None = None, now: datetime | None = None
) -> Contact:
    """Add a contact to a client."""
    actor.require("client.edit")
    facts.check()
    with transaction(session, actor.firm_id):
        inputs = {"client_id": client_id, **asdict(facts)}
        command = record_command(session, actor=actor, name="contact.add", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Contact, command.result["contact_id"])
        lock_record(session, Client, firm_id=actor.firm_id, record_id=client_id, noun="client")
        contact = Contact(firm_id=actor.firm_id, client_id=client_id, created_at=command.at, **asdict(facts))
        session.add(contact)
        session.flush()
        audit(session, command, action="contact.added", subject_kind="client", subject_id=client_id, after={"contact_id": contact.id})
        succeed(session, command, contact_id=contact.id)
    return contact


def edit_contact(
    session: Session,
    *,
    actor: Actor,
    contact_id: int,
    version: int,
    facts: ContactFacts,
    key: str | None = None,
    now: datetime | None = None,
) -> Contact:
    """Change a contact. Raises Conflict when `version` is no longer the present one."""
    facts.check()
    return _change(session, actor, contact_id, "edit", asdict(facts), version=version, key=key, now=now)


def archive_contact(
    session: Session, *, actor: Actor, contact_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Contact:
    """Take a contact off the client's page; they receive nothing from then on."""
    return _change(session, actor, contact_id, "archive", {"is_archived": True}, version=version, key=key, now=now)


def restore_contact(
    session: Session, *, actor: Actor, contact_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Contact:
    """Put a contact back."""
    return _change(session, actor, contact_id, "restore", {"is_archived": False}, version=version, key=key, now=now)


def _change(
    session: Session,
    actor: Actor,
    contact_id: int,
    verb: str,
    values: dict[str, object],
    *,
    version: int,
    key: str | None,
    now: datetime | None,
) -> Contact:
    actor.require("client.edit")
    with transaction(session, actor.firm_id):
        inputs = {"contact_id": contact_id, "version": version, **values}
        command = record_command(session, actor=actor, name=f"contact.{verb}", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Contact, contact_id)
        lock = lock_record if verb == "edit" else lock_shown
        contact = lock(session, Contact, firm_id=actor.firm_id, record_id=contact_id, noun="contact", version=version)
        changed = change(contact, values)
        after = {"contact_id": contact_id, **changed.after}
        action = {"edit": "edited", "archive": "archived", "restore": "restored"}[verb]
        audit(
            session,
            command,
            action=f"contact.{action}",
            subject_kind="client",
            subject_id=contact.client_id,
            before=changed.before,
            after=after,
        )
        succeed(session, command, contact_id=contact_id)
    return contact
