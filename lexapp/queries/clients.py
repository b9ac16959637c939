"""Clients: the list, the options of a search field, the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lexapp.models import Client, Contact, Matter
from lexapp.queries.search import has_words, like_pattern
from lexapp.queries.standing import Unbilled, open_by_payer, trust_by_client, unbilled_by_client

COLUMNS = {"number": Client.number, "name": func.lower(Client.name)}


@dataclass(frozen=True, slots=True)
class Shown:
    """Which figures the reader may see."""

    unbilled: bool
    invoices: bool
    trust: bool


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A line of the list. Figures are minor units; None where the reader may not see them."""

    id: int
    number: str
    name: str
    email: str
    open_matters: int
    unbilled_minor: int | None
    open_minor: int | None
    trust_minor: int | None


@dataclass(frozen=True, slots=True)
class ClientOption:
    id: int
    number: str
    name: str


def _matching(firm_id: int, words: Sequence[str], *, archived: bool) -> list[ColumnElement[bool]]:
    return [Client.firm_id == firm_id, Client.is_archived.is_(archived), has_words(words, Client.number, Client.name)]


def count_clients(session: Session, *, firm_id: int, words: Sequence[str] = (), archived: bool = False) -> int:
    return session.scalar(select(func.count(Client.id)).where(*_matching(firm_id, words, archived=archived))) or 0


def client_rows(
    session: Session,
    *,
    firm_id: int,
    shown: Shown,
    words: Sequence[str] = (),
    archived: bool = False,
    column: str = "name",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[ClientRow]:
    """One part of the list; `column` is a key of COLUMNS."""
    key = COLUMNS[column]
    query = select(Client).where(*_matching(firm_id, words, archived=archived))
    query = query.order_by(key.desc() if descending else key, Client.id).limit(limit).offset(offset)
    clients = session.scalars(query).all()
    ids = [client.id for client in clients]
    matters = _open_matters(session, firm_id, ids)
    unbilled = unbilled_by_client(session, firm_id=firm_id, client_ids=ids) if shown.unbilled else None
    owed = open_by_payer(session, firm_id=firm_id, client_ids=ids) if shown.invoices else None
    trust = trust_by_client(session, firm_id=firm_id, client_ids=ids) if shown.trust else None
    return [
        ClientRow(
            id=client.id,
            number=client.number,
            name=client.name,
            email=client.email,
            open_matters=matters.get(client.id, 0),
            unbilled_minor=None if unbilled is None else unbilled.get(client.id, Unbilled()).amount_minor,
            open_minor=None if owed is None else owed.get(client.id, 0),
            trust_minor=None if trust is None else trust.get(client.id, 0),
        )
        for client in clients
    ]


def _open_matters(session: Session, firm_id: int, client_ids: Sequence[int]) -> dict[int, int]:
    theirs = (Matter.firm_id == firm_id) & Matter.client_id.in_(client_ids) & (Matter.status != "closed")
    rows = session.execute(select(Matter.client_id, func.count(Matter.id)).where(theirs).group_by(Matter.client_id))
    return {client_id: count for client_id, count in rows if client_id is not None}


def client_options(session: Session, *, firm_id: int, words: Sequence[str], limit: int = 12) -> list[ClientOption]:
    """Clients for a search field: those whose number or name begins with what was typed come first."""
    begins = like_pattern(words[0])[1:] if words else "%"
    first = func.lower(Client.number).like(begins, escape="\\") | func.lower(Client.name).like(begins, escape="\\")
    query = select(Client.id, Client.number, Client.name).where(*_matching(firm_id, words, archived=False))
    rows = session.execute(query.order_by(first.desc(), func.lower(Client.name), Client.id).limit(limit))
    return [ClientOption(*row) for row in rows]


def contacts_of(session: Session, *, firm_id: int, client_id: int, archived: bool = False) -> Sequence[Contact]:
    """The people at a client, by name."""
    theirs = (Contact.firm_id == firm_id) & (Contact.client_id == client_id) & Contact.is_archived.is_(archived)
    return session.scalars(select(Contact).where(theirs).order_by(func.lower(Contact.name), Contact.id)).all()
