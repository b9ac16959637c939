"""Rates as they are shown: with what they are for in words, and whether they are in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.rates import RateLevel
from lexapp.domain.utbms import ACTIVITIES, classification_plural
from lexapp.models import Client, Matter, Rate, Timekeeper

_POSITIONS = {level.value: position for position, level in enumerate(RateLevel)}
LEVEL_WORDS = {
    "matter_timekeeper": "Matter, one timekeeper",
    "matter_class": "Matter, a class",
    "matter": "Matter, everybody",
    "client_timekeeper": "Client, one timekeeper",
    "client_class": "Client, a class",
    "client": "Client, everybody",
    "activity": "Activity",
    "timekeeper": "Timekeeper",
    "class": "Class",
}


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate with the names of what it is for. The rate is in minor units per hour."""

    id: int
    level: str
    rate_minor: int
    effective_from: date
    effective_to: date | None
    name: str
    matter_id: int | None
    matter_number: str | None
    matter_name: str | None
    client_id: int | None
    client_name: str | None
    timekeeper_name: str | None
    classification: str | None
    activity_code: str | None
    version: int
    fee_agreement_id: int | None = None

    @property
    def level_words(self) -> str:
        return LEVEL_WORDS[self.level]

    @property
    def whom(self) -> str:
        """For whom or for what, beside the matter or client: ``Marguerite Voss``, ``partners``, ``A112 Billable Travel Time``."""
        if self.timekeeper_name:
            return self.timekeeper_name
        if self.classification:
            return classification_plural(self.classification)
        activity = ACTIVITIES.lookup(self.activity_code or "")
        return f"{activity.code} {activity.name}" if activity else "everybody"

    def state(self, on: date) -> str:
        """past, now or later, on a day."""
        if self.effective_to is not None and self.effective_to < on:
            return "past"
        return "later" if self.effective_from > on else "now"


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Rate.id,
            Rate.level,
            Rate.rate_minor_per_hour,
            Rate.effective_from,
            Rate.effective_to,
            Rate.name,
            Rate.matter_id,
            Matter.number,
            Matter.name,
            Rate.client_id,
            Client.name,
            Timekeeper.name,
            Rate.classification,
            Rate.activity_code,
            Rate.version,
            Rate.fee_agreement_id,
        )
        .outerjoin(Matter, (Matter.firm_id == Rate.firm_id) & (Matter.id == Rate.matter_id))
        .outerjoin(Client, (Client.firm_id == Rate.firm_id) & (Client.id == Rate.client_id))
        .outerjoin(Timekeeper, (Timekeeper.firm_id == Rate.firm_id) & (Timekeeper.id == Rate.timekeeper_id))
    )


def _sorted(rows: Iterable[Any]) -> list[RateRow]:
    """By the precedence, then by what they are for, the newest first."""
    made = [RateRow(*row) for row in rows]
    made.sort(key=lambda row: (row.effective_from, row.id), reverse=True)
    made.sort(key=lambda row: (_POSITIONS[row.level], row.client_name or "", row.matter_number or "", row.whom.lower()))
    return made


@dataclass(frozen=True, slots=True)
class SeenRates:
    """The rates that a person looks at, those of cards aside (queries.rate_cards).

    With `timekeeper_id` only those that can apply to it, with `past` also those that are over.
    """

    firm_id: int
    on: date
    timekeeper_id: int | None = None
    past: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """What the rows of `rates` must fulfil."""
        return [Rate.rate_card_id.is_(None), *self._shared()]

    def of_card(self, card_id: int) -> list[ColumnElement[bool]]:
        """What the rates of a card must fulfil."""
        return [Rate.rate_card_id == card_id, *self._shared()]

    def _shared(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Rate.firm_id == self.firm_id, Rate.removed_at.is_(None)]
        if not self.past:
            found.append(or_(Rate.effective_to.is_(None), Rate.effective_to >= self.on))
        if self.timekeeper_id is not None:
            own = select(Timekeeper.classification).where(Timekeeper.firm_id == self.firm_id, Timekeeper.id == self.timekeeper_id)
            found.append(or_(Rate.timekeeper_id.is_(None), Rate.timekeeper_id == self.timekeeper_id))
            found.append(or_(Rate.classification.is_(None), Rate.classification == own.scalar_subquery()))
        return found


def rates_of_matter(session: Session, *, seen: SeenRates, matter_id: int, client_id: int | None) -> list[RateRow]:
    """The rates agreed for a matter and for its client, strongest first."""
    agreed = Rate.matter_id == matter_id if client_id is None else or_(Rate.matter_id == matter_id, Rate.client_id == client_id)
    return _sorted(session.execute(_rows().where(*seen.conditions(), agreed)))


def rates_of_client(session: Session, *, seen: SeenRates, client_id: int) -> list[RateRow]:
    """The rates agreed for a client, without those of single matters."""
    return _sorted(session.execute(_rows().where(*seen.conditions(), Rate.client_id == client_id)))


def count_rates(session: Session, *, seen: SeenRates, level: str = "") -> int:
    query = select(func.count(Rate.id)).where(*seen.conditions())
    return session.scalar(query.where(Rate.level == level) if level else query) or 0


def rates_of_firm(session: Session, *, seen: SeenRates, level: str = "") -> list[RateRow]:
    """Every rate of the firm, or those of one level, in the order of the precedence."""
    query = _rows().where(*seen.conditions())
    return _sorted(session.execute(query.where(Rate.level == level) if level else query))
