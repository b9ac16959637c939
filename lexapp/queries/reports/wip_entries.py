"""The entries behind the figures of work in progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import String, and_, cast, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from lexapp.domain.aging import BY_ISSUE
from lexapp.models import Client, Matter, PreBill, PreBillLine, Timekeeper
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.reports.billed import SOURCES, Source, is_left, left_as_of
from lexapp.queries.reports.scope import Scope
from lexapp.queries.reports.wip import age_column, unbilled

# Which places of the ages each choice of the filter holds.
AGES = {age.code: (place,) for place, age in enumerate(BY_ISSUE)} | {"old": (2, 3)}
KINDS = {"time": "Time", "fixed_fee": "Fixed fee", "expense": "Expense"}


class WipFilter(NamedTuple):
    """Which entries: of one kind (KINDS), of one age (AGES); empty for all."""

    kind: str = ""
    age: str = ""


@dataclass(frozen=True, slots=True)
class UnbilledEntry:
    """One entry with what of it is not billed: hours in hundredths, worth in minor units. `waits`: it is on a pre-bill."""

    kind: str
    id: int
    dated_on: date
    matter: str
    timekeeper: str
    text: str
    quantity: int
    worth_minor: int
    waits: bool


def unbilled_entries(
    session: Session, *, scope: Scope, on: date, wanted: WipFilter, limit: int | None = None, offset: int = 0
) -> list[UnbilledEntry]:
    """Entries of all kinds by date, the oldest first. One query."""
    work = _work(scope, on, wanted)
    if work is None:
        return []
    query = (
        select(work, Matter.name, Client.name, Timekeeper.name)
        .join_from(work, Matter, and_(Matter.firm_id == scope.firm_id, Matter.id == work.c.matter_id))
        .outerjoin(Client, and_(Client.firm_id == scope.firm_id, Client.id == Matter.client_id))
        .outerjoin(Timekeeper, and_(Timekeeper.firm_id == scope.firm_id, Timekeeper.id == work.c.timekeeper_id))
        .order_by(work.c.dated_on, work.c.kind, work.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        UnbilledEntry(kind, id_, day, matter_title(client, matter), who or "", text, int(quantity), int(worth), bool(waits))
        for kind, id_, day, _, _, text, quantity, worth, waits, matter, client, who in session.execute(query)
    ]


def unbilled_sums(session: Session, *, scope: Scope, on: date, wanted: WipFilter) -> tuple[int, int, int]:
    """How many entries, their hours (hundredths) and worth (minor units). One query."""
    work = _work(scope, on, wanted)
    if work is None:
        return 0, 0, 0
    count, quantity, worth = session.execute(
        select(func.count(), func.sum(work.c.quantity), func.sum(work.c.worth)).select_from(work)
    ).one()
    return count, int(quantity or 0), int(worth or 0)


def _work(scope: Scope, on: date, wanted: WipFilter) -> Any:
    sources = [one for one in SOURCES if wanted.kind in ("", one.kind) and not (scope.timekeeper_id and one.kind == "fixed_fee")]
    return union_all(*(_of_source(one, scope, on, wanted.age) for one in sources)).subquery() if sources else None


def _of_source(source: Source, scope: Scope, on: date, age: str) -> Any:
    left, entry = left_as_of(source, scope.firm_id, on), source.model
    columns = (
        cast(literal(source.kind), String).label("kind"),
        entry.id.label("id"),
        source.dated_on.label("dated_on"),
        entry.matter_id.label("matter_id"),
        source.timekeeper_id.label("timekeeper_id"),
        source.text.label("text"),
        left.quantity.label("quantity"),
        left.worth.label("worth"),
        _waits(source).label("waits"),
    )
    query = select(*columns).join_from(entry, Matter, scope.matter_of(entry)).outerjoin(left.billed, left.on)
    query = query.where(unbilled(source, scope, on), is_left(source, left))
    return query.where(age_column(source.dated_on, on).in_(AGES[age])) if age else query


def _waits(source: Source) -> Any:
    """Whether the entry stands on a pre-bill that is not issued."""
    mine = and_(PreBillLine.firm_id == source.model.firm_id, source.line_column == source.model.id, PreBillLine.state == "included")
    return exists().where(mine, PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id, PreBill.state != "issued")
