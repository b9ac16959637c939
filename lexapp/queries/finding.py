"""Finding records of every kind by a few letters, and the matters somebody looked at last. One statement for each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Client, Invoice, Matter, MatterVisit, Membership, Timekeeper, User
from lexapp.queries.invoices.balances import open_as_of
from lexapp.queries.matter_titles import short_client
from lexapp.queries.search import has_words

MOST = 6


@dataclass(frozen=True, slots=True)
class FoundMatter:
    """A matter: its client stands beside it."""

    id: int
    name: str
    number: str
    client: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class FoundClient:
    """A client, and how many matters there are."""

    id: int
    name: str
    number: str
    matters: int


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    """An invoice by its number or payer, and what is open of it (minor units of the firm's currency)."""

    id: int
    number: str
    payer: str
    open_minor: int
    is_void: bool


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A timekeeper with initials, or a member of the firm (`id` of the membership) who records no time, with a role."""

    id: int
    name: str
    initials: str = ""
    role: str = ""


def found_matters(session: Session, *, firm_id: int, words: Sequence[str]) -> list[FoundMatter]:
    """Matters by number, name, client or the client's own number; open ones first, then those whose name begins so."""
    columns = (Matter.number, Matter.name, Client.name, Matter.client_matter_number)
    query = _matters(firm_id).where(has_words(words, *columns))
    return _as_matters(session, query.order_by(Matter.status == "closed", _later(Matter.name, words), Matter.id.desc()))


def recent_matters(session: Session, *, firm_id: int, user_id: int) -> list[FoundMatter]:
    """The matters that the person looked at last."""
    mine = (MatterVisit.firm_id == Matter.firm_id) & (MatterVisit.matter_id == Matter.id) & (MatterVisit.user_id == user_id)
    query = _matters(firm_id).join(MatterVisit, mine)
    return _as_matters(session, query.order_by(MatterVisit.seen_at.desc(), MatterVisit.id.desc()))


def found_clients(session: Session, *, firm_id: int, words: Sequence[str]) -> list[FoundClient]:
    """Clients by name or number."""
    matters = select(func.count(Matter.id)).where(Matter.firm_id == firm_id, Matter.client_id == Client.id).scalar_subquery()
    wanted = (Client.firm_id == firm_id, has_words(words, Client.name, Client.number))
    query = select(Client.id, Client.name, Client.number, matters).where(*wanted)
    rows = session.execute(query.order_by(Client.is_archived, _later(Client.name, words), Client.id.desc()).limit(MOST))
    return [FoundClient(*row) for row in rows]


def found_invoices(session: Session, *, firm_id: int, words: Sequence[str], on: date) -> list[FoundInvoice]:
    """Invoices by number or payer, the newest first."""
    sums = open_as_of(firm_id, on)
    query = (
        select(Invoice.id, Invoice.number, Client.name, sums.open, Invoice.voided_on.is_not(None))
        .join(Client, (Client.firm_id == Invoice.firm_id) & (Client.id == Invoice.payer_id))
        .outerjoin(sums.sums, sums.on)
        .where(Invoice.firm_id == firm_id, has_words(words, Invoice.number, Client.name))
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
    )
    rows = session.execute(query.limit(MOST))
    return [FoundInvoice(id_, number, short_client(payer), open_minor, void) for id_, number, payer, open_minor, void in rows]


def found_people(session: Session, *, firm_id: int, words: Sequence[str], with_members: bool) -> list[FoundPerson]:
    """Timekeepers by name, initials or code; `with_members` also those who record no time, by name or address. One statement."""
    wanted = (Timekeeper.firm_id == firm_id, has_words(words, Timekeeper.name, Timekeeper.initials, Timekeeper.code))
    columns = (Timekeeper.id, Timekeeper.name.label("name"), Timekeeper.initials, literal("").label("role"))
    found = select(*columns, Timekeeper.is_active.label("active")).where(*wanted)
    everybody = (union_all(found, _members(firm_id, words)) if with_members else found).subquery()
    rows = session.execute(select(everybody).order_by(everybody.c.active.desc(), everybody.c.name, everybody.c.id).limit(MOST))
    return [FoundPerson(id_, name, initials, Role(role).label if role else "") for id_, name, initials, role, _ in rows]


def _members(firm_id: int, words: Sequence[str]) -> Select[Any]:
    mine = (Membership.firm_id == firm_id) & Membership.timekeeper_id.is_(None) & (Membership.role != Role.CLIENT_CONTACT)
    columns: Any = (Membership.id, User.name, literal("").label("initials"), Membership.role, Membership.is_active)
    return select(*columns).join(User, User.id == Membership.user_id).where(mine, has_words(words, User.name, User.email))


def _matters(firm_id: int) -> Select[Any]:
    columns: Any = (Matter.id, Matter.name, Matter.number, Client.name.label("client"), Matter.status)
    of_matter = (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id)
    return select(*columns).select_from(Matter).outerjoin(Client, of_matter).where(Matter.firm_id == firm_id)


def _as_matters(session: Session, query: Select[Any]) -> list[FoundMatter]:
    return [
        FoundMatter(row.id, row.name, row.number, short_client(row.client or "The firm"), row.status == "closed")
        for row in session.execute(query.limit(MOST))
    ]


def _later(name: Any, words: Sequence[str]) -> ColumnElement[int]:
    """0 for what begins with the first word, else 1."""
    first = words[0] if words else ""
    return case((func.lower(name).startswith(first, autoescape=True), 0), else_=1)
