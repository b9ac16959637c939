"""Clients: the list, the options of a search field, the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lexapp.models import Client, Contact, Invoice, Matter, Payment
from lexapp.queries.search import has_words, like_pattern
from lexapp.queries.standing import Shown, Standing, standing_of_clients
from lexapp.queries.walls import open_payments

COLUMNS = {"number": Client.number, "name": func.lower(Client.name)}


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A line of the list."""

    id: int
    number: str
    name: str
    email: str
    open_matters: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class ClientCounts:
    """How many matters a client has, and how many invoices and payments as the payer."""

    matters: int
    invoices: int
    payments: int


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
    """One part of the list; `column` is a key of COLUMNS. Two queries."""
    key = COLUMNS[column]
    matching = _matching(firm_id, words, archived=archived)
    query = select(Client.id, Client.number, Client.name, Client.email, _open_matters()).where(*matching)
    query = query.order_by(key.desc() if descending else key, Client.id).limit(limit).offset(offset)
    rows: Sequence[Any] = session.execute(query).all()
    standing = standing_of_clients(session, firm_id=firm_id, client_ids=[row[0] for row in rows], shown=shown)
    return [ClientRow(*[*row, standing[row[0]]]) for row in rows]


def _open_matters() -> Any:
    theirs = (Matter.firm_id == Client.firm_id) & (Matter.client_id == Client.id) & (Matter.status != "closed")
    return select(func.count(Matter.id)).where(theirs).correlate(Client).scalar_subquery()


def client_counts(session: Session, *, client: Client) -> ClientCounts:
    """What the tabs of a client's page count. One query."""
    matters = select(func.count(Matter.id)).where(Matter.firm_id == client.firm_id, Matter.client_id == client.id)
    invoices = select(func.count(Invoice.id)).where(Invoice.firm_id == client.firm_id, Invoice.payer_id == client.id)
    theirs = (Payment.firm_id == client.firm_id) & (Payment.payer_id == client.id)
    payments = select(func.count(Payment.id)).where(theirs, open_payments(session))
    found = session.execute(select(*(one.scalar_subquery() for one in (matters, invoices, payments)))).one()
    return ClientCounts(*found)


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
