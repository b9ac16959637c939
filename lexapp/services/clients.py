"""Adding clients, changing them, putting them away."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, next_number, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.numbering import NumberPattern
from lexapp.domain.permissions import Actor
from lexapp.domain.tax import parse_place
from lexapp.models import Client, Matter

NUMBERS = NumberPattern.parse("{number:05}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """What is known of a client. `number` empty: the next free one."""

    number: str = ""
    name: str
    kind: str = "organisation"
    email: str = ""
    phone: str = ""
    address: str = ""
    country: str = ""
    region: str = ""

    def in_place(self) -> ClientFacts:
        """With country and region as they are kept; raises InvalidInput beside them."""
        place = parse_place(self.country, self.region)
        return replace(self, country=place.country, region=place.region)


def add_client(session: Session, *, actor: Actor, facts: ClientFacts, key: str | None = None, now: datetime | None = None) -> Client:
    """Add a client. Refuses a number that is taken, beside `number`."""
    actor.require("client.edit")
    facts = facts.in_place()
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="client.add", inputs=asdict(facts), key=key, now=now)
        if command.result is not None:
            return session.get_one(Client, command.result["client_id"])
        number = facts.number or _free_number(session, command)
        _refuse_taken(session, actor.firm_id, number)
        client = Client(firm_id=actor.firm_id, created_at=command.at, **asdict(replace(facts, number=number)))
        session.add(client)
        with taken_meanwhile("uq_clients_firm_id_number", _taken(number)):
            session.flush()
        audit(session, command, action="client.added", subject_kind="client", subject_id=client.id, after={"number": number})
        succeed(session, command, client_id=client.id)
    return client


def _taken(number: str) -> InvalidInput:
    return InvalidInput(f"Another client has the number {number}. Choose another, or leave it empty for the next free one.", field="number")


def _refuse_taken(session: Session, firm_id: int, number: str, *, besides: int | None = None) -> None:
    found = _with_number(session, firm_id, number)
    if found is not None and found != besides:
        raise _taken(number)


def _free_number(session: Session, command: CommandRecord) -> str:
    """The next number of the firm's series that nobody typed for a client before."""
    firm_id, on = command.actor.firm_id, command.at.date()
    while True:
        number = NUMBERS.text(next_number(session, firm_id=firm_id, series=NUMBERS.series("client", on)), on)
        if _with_number(session, firm_id, number) is None:
            return number


def _with_number(session: Session, firm_id: int, number: str) -> int | None:
    """The client that has the number already; of those behind walls too."""
    same = select(Client.id).where(Client.firm_id == firm_id, Client.number == number)
    return session.scalar(same.execution_options(through_walls=True))


def edit_client(
    session: Session, *, actor: Actor, client_id: int, version: int, facts: ClientFacts, key: str | None = None, now: datetime | None = None
) -> Client:
    """Change a client. Raises Conflict when `version` is no longer the present one."""
    actor.require("client.edit")
    facts = facts.in_place()
    inputs = {"client_id": client_id, "version": version, **asdict(facts)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="client.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Client, client_id)
        client = lock_record(session, Client, firm_id=actor.firm_id, record_id=client_id, version=version, noun="client")
        number = facts.number or client.number
        _refuse_taken(session, actor.firm_id, number, besides=client_id)
        changed = change(client, asdict(replace(facts, number=number)))
        with taken_meanwhile("uq_clients_firm_id_number", _taken(number)):
            session.flush()
        audit(
            session,
            command,
            action="client.edited",
            subject_kind="client",
            subject_id=client_id,
            before=changed.before,
            after=changed.after,
        )
        succeed(session, command, client_id=client_id)
    return client


def archive_client(
    session: Session, *, actor: Actor, client_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Client:
    """Take a client off the lists. Refuses while a matter of theirs is not closed."""
    return _set_archived(session, actor, client_id, version, archived=True, key=key, now=now)


def restore_client(
    session: Session, *, actor: Actor, client_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Client:
    """Put an archived client back on the lists."""
    return _set_archived(session, actor, client_id, version, archived=False, key=key, now=now)


def _set_archived(
    session: Session, actor: Actor, client_id: int, version: int, *, archived: bool, key: str | None, now: datetime | None
) -> Client:
    actor.require("client.edit")
    name = "archive" if archived else "restore"
    with transaction(session, actor.firm_id):
        inputs = {"client_id": client_id, "version": version}
        command = record_command(session, actor=actor, name=f"client.{name}", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Client, client_id)
        client = lock_shown(session, Client, firm_id=actor.firm_id, record_id=client_id, noun="client", version=version)
        if archived:
            _refuse_open_matters(session, client)
        if change(client, {"is_archived": archived}).after:
            audit(session, command, action=f"client.{name}d", subject_kind="client", subject_id=client_id)
        succeed(session, command, client_id=client_id)
    return client


def _refuse_open_matters(session: Session, client: Client) -> None:
    theirs = (Matter.firm_id == client.firm_id) & (Matter.client_id == client.id) & (Matter.status != "closed")
    count = session.scalar(select(func.count(Matter.id)).where(theirs)) or 0
    if count:
        matters = "1 matter that is" if count == 1 else f"{count} matters that are"
        raise InvalidInput(f"{client.name} has {matters} not closed. Close {'it' if count == 1 else 'them'} first.")
