"""Matters in lists and search fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, nulls_last, or_, select
from sqlalchemy.orm import Session, aliased

from lexapp.models import Client, Matter, PracticeArea, TimeEntry, Timekeeper
from lexapp.queries.search import has_words, like_pattern
from lexapp.queries.standing import Shown, Standing, standing_of_matters

Responsible = aliased(Timekeeper)
COLUMNS: dict[str, Any] = {
    "number": Matter.number,
    "name": func.lower(Matter.name),
    "client": func.lower(Client.name),
    "responsible": func.lower(Responsible.name),
    "practice": func.lower(PracticeArea.name),
    "opened": Matter.opened_on,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterFilter:
    """What of the list is wanted; None and empty: everything."""

    words: Sequence[str] = ()
    status: str = ""
    responsible_id: int | None = None
    practice_area_id: int | None = None
    client_id: int | None = None


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A line of the list."""

    id: int
    number: str
    name: str
    status: str
    opened_on: date
    is_internal: bool
    client_id: int | None
    client_name: str | None
    responsible_name: str | None
    practice_area: str | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class MatterOption:
    id: int
    number: str
    name: str
    client_name: str | None
    status: str

    @property
    def label(self) -> str:
        """How a matter is called in one line: its client, then its name."""
        return f"{self.client_name} · {self.name}" if self.client_name else self.name


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .outerjoin(Responsible, (Responsible.firm_id == Matter.firm_id) & (Responsible.id == Matter.responsible_timekeeper_id))
        .outerjoin(PracticeArea, (PracticeArea.firm_id == Matter.firm_id) & (PracticeArea.id == Matter.practice_area_id))
    )


def _matching(firm_id: int, wanted: MatterFilter) -> list[ColumnElement[bool]]:
    found = [Matter.firm_id == firm_id, has_words(wanted.words, Matter.number, Matter.name, func.coalesce(Client.name, ""))]
    if wanted.status:
        found.append(Matter.status == wanted.status)
    for column, value in (
        (Matter.responsible_timekeeper_id, wanted.responsible_id),
        (Matter.practice_area_id, wanted.practice_area_id),
        (Matter.client_id, wanted.client_id),
    ):
        if value is not None:
            found.append(column == value)
    return found


def count_matters(session: Session, *, firm_id: int, wanted: MatterFilter) -> int:
    return session.scalar(_joined(select(func.count(Matter.id))).where(*_matching(firm_id, wanted))) or 0


def matter_rows(
    session: Session,
    *,
    firm_id: int,
    wanted: MatterFilter,
    shown: Shown,
    column: str = "number",
    descending: bool = True,
    limit: int = 50,
    offset: int = 0,
) -> list[MatterRow]:
    """One part of the list; `column` is a key of COLUMNS. Two queries."""
    key = COLUMNS[column]
    query = _joined(
        select(
            Matter.id,
            Matter.number,
            Matter.name,
            Matter.status,
            Matter.opened_on,
            Matter.is_internal,
            Matter.client_id,
            Client.name,
            Responsible.name,
            PracticeArea.name,
        )
    ).where(*_matching(firm_id, wanted))
    order = nulls_last(key.desc() if descending else key.asc())
    rows: Sequence[Any] = session.execute(query.order_by(Matter.is_internal, order, Matter.id.desc()).limit(limit).offset(offset)).all()
    standing = standing_of_matters(session, firm_id=firm_id, matter_ids=[row[0] for row in rows], shown=shown)
    return [MatterRow(*[*row, standing[row[0]]]) for row in rows]


def matter_options(
    session: Session,
    *,
    firm_id: int,
    words: Sequence[str],
    only_open: bool = False,
    timekeeper_id: int | None = None,
    limit: int = 12,
) -> list[MatterOption]:
    """Matters for a search field. Nothing typed: those that the timekeeper worked on last come first."""
    begins = like_pattern(words[0])[1:] if words else "%"
    columns = (Matter.number, Matter.name, func.coalesce(Client.name, ""))
    first = _begins(columns, begins)
    wanted = MatterFilter(words=words, status="open" if only_open else "")
    query = _joined(select(Matter.id, Matter.number, Matter.name, Client.name, Matter.status)).where(*_matching(firm_id, wanted))
    last = _last_worked(firm_id, timekeeper_id)
    query = query.order_by(first.desc(), nulls_last(last.desc()), Matter.status != "open", Matter.number.desc(), Matter.id).limit(limit)
    return [MatterOption(*row) for row in session.execute(query)]


def _begins(columns: Sequence[Any], pattern: str) -> ColumnElement[bool]:
    return or_(*(func.lower(column).like(pattern, escape="\\") for column in columns))


def _last_worked(firm_id: int, timekeeper_id: int | None) -> Any:
    """The day a timekeeper last worked on the matter; without one, of anybody."""
    query = select(func.max(TimeEntry.worked_on)).where(TimeEntry.firm_id == firm_id, TimeEntry.matter_id == Matter.id)
    if timekeeper_id is not None:
        query = query.where(TimeEntry.timekeeper_id == timekeeper_id)
    return query.correlate(Matter).scalar_subquery()


def practice_areas(session: Session, *, firm_id: int, on_offer: bool = False) -> list[tuple[int, str]]:
    """(id, name) of every practice area by name; with `on_offer` without those retired."""
    query = select(PracticeArea.id, PracticeArea.name).where(PracticeArea.firm_id == firm_id).order_by(func.lower(PracticeArea.name))
    if on_offer:
        query = query.where(PracticeArea.retired_at.is_(None))
    return [(id_, name) for id_, name in session.execute(query)]
