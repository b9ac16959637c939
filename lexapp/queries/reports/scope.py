"""What a report is about: whose work, which matters. Every query of this package joins the matter and asks here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, literal, select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.models import Client, Matter, PracticeArea, Timekeeper


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, and what the report is narrowed to: None is everything, 0 what has none. `timekeeper_id` is who did the work."""

    actor: Actor
    client_id: int | None = None
    matter_id: int | None = None
    practice_area_id: int | None = None
    responsible_id: int | None = None
    timekeeper_id: int | None = None

    @property
    def firm_id(self) -> int:
        return self.actor.firm_id

    @property
    def is_narrow(self) -> bool:
        ids = (self.client_id, self.matter_id, self.practice_area_id, self.responsible_id, self.timekeeper_id)
        return any(one is not None for one in ids)

    def matters(self) -> ColumnElement[bool]:
        """What holds for the matters of the report."""
        wanted = (
            (Matter.client_id, self.client_id),
            (Matter.id, self.matter_id),
            (Matter.practice_area_id, self.practice_area_id),
            (Matter.responsible_timekeeper_id, self.responsible_id),
        )
        return and_(Matter.firm_id == self.firm_id, *(is_or_lacks(column, value) for column, value in wanted if value is not None))

    def matter_of(self, model: Any) -> ColumnElement[bool]:
        """The join from a row with a matter to its matter."""
        return and_(Matter.firm_id == model.firm_id, Matter.id == model.matter_id)


def is_or_lacks(column: Any, value: int) -> ColumnElement[bool]:
    """The column has this id, or none at all where 0 is asked for."""
    found: ColumnElement[bool] = column.is_(None) if value == 0 else column == value
    return found


class Name(NamedTuple):
    """How a group of a report is called: a label, and what stands smaller below it."""

    label: str
    sub: str = ""


# What a report may be grouped by, beside periods, and the column of the matter that says so.
MATTER_KEYS: dict[str, Any] = {
    "client": Matter.client_id,
    "matter": Matter.id,
    "practice": Matter.practice_area_id,
    "responsible": Matter.responsible_timekeeper_id,
    "originating": Matter.originating_timekeeper_id,
}
NOBODY = {
    "client": "The firm itself",
    "matter": "No matter",
    "practice": "No practice area",
    "responsible": "Nobody is responsible",
    "originating": "Nobody originated it",
    "timekeeper": "No timekeeper",
    "credited": "Nobody",
    "payer": "No payer",
}


def names_of(session: Session, *, firm_id: int, by: str, keys: Iterable[int | None]) -> dict[int | None, Name]:
    """What the groups are called; the group without a key too. One query."""
    found: dict[int | None, Name] = {None: Name(NOBODY[by])}
    ids = sorted({key for key in keys if key is not None})
    query = _names(by)
    for id_, label, sub in session.execute(query.where(query.selected_columns[0].in_(ids), _FIRM[by] == firm_id)) if ids else ():
        found[id_] = Name(label, sub or "")
    return found


_FIRM: dict[str, Any] = {
    "client": Client.firm_id,
    "payer": Client.firm_id,
    "matter": Matter.firm_id,
    "practice": PracticeArea.firm_id,
    "responsible": Timekeeper.firm_id,
    "originating": Timekeeper.firm_id,
    "timekeeper": Timekeeper.firm_id,
    "credited": Timekeeper.firm_id,
}


def _names(by: str) -> Any:
    if by in ("client", "payer"):
        return select(Client.id, Client.name, Client.number)
    if by == "practice":
        return select(PracticeArea.id, PracticeArea.name, literal(""))
    if by == "matter":
        client = and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id)
        return select(Matter.id, Matter.name, Client.name).outerjoin(Client, client)
    return select(Timekeeper.id, Timekeeper.name, Timekeeper.classification)
