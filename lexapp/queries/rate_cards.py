"""Rate cards as they are shown: their rates with for whom they are, and which client has which when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lexapp.domain.rates import RateLevel, change_words
from lexapp.domain.utbms import classification_plural
from lexapp.models import Client, ClientRateCard, Rate, RateCard, Timekeeper
from lexapp.queries.rates import SeenRates

_ORDER = {level.value: position for position, level in enumerate(RateLevel)}


class Spanned:
    """What has a first and perhaps a last day."""

    effective_from: date
    effective_to: date | None

    def state(self, on: date) -> str:
        """past, now or later, on a day."""
        if self.effective_to is not None and self.effective_to < on:
            return "past"
        return "later" if self.effective_from > on else "now"


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card with how many rates are in force and how many clients have it, now and later."""

    id: int
    name: str
    note: str
    retired_on: date | None
    rates: int
    clients_now: int
    clients_later: int


@dataclass(frozen=True)
class CardRateRow(Spanned):
    """A rate of a card: minor units per hour, or hundredths of a percent added to the firm's own rate."""

    id: int
    level: str
    rate_minor: int
    change_hundredths: int | None
    effective_from: date
    effective_to: date | None
    timekeeper_name: str | None
    classification: str | None
    version: int

    @property
    def whom(self) -> str:
        """For whom: ``Marguerite Voss``, ``partners``, ``everybody``."""
        return self.timekeeper_name or (classification_plural(self.classification) if self.classification else "everybody")

    @property
    def change(self) -> str:
        """``10 % under the firm’s own rate``; empty where the rate is an amount."""
        return f"{change_words(self.change_hundredths)} the firm’s own rate" if self.change_hundredths is not None else ""


@dataclass(frozen=True)
class GivenCard(Spanned):
    """A card that a client has from a day (through a last one)."""

    id: int
    rate_card_id: int
    card_name: str
    client_id: int
    client_name: str
    effective_from: date
    effective_to: date | None
    version: int


def card_rows(session: Session, *, firm_id: int, on: date) -> list[CardRow]:
    """Every card by name, those that are retired last. One query."""
    rates = select(func.count(Rate.id)).where(Rate.firm_id == firm_id, Rate.rate_card_id == RateCard.id, Rate.removed_at.is_(None))
    rates = rates.where(Rate.effective_from <= on, _lasts(Rate.effective_to, on))
    given = select(func.count(func.distinct(ClientRateCard.client_id))).where(
        ClientRateCard.firm_id == firm_id, ClientRateCard.rate_card_id == RateCard.id, ClientRateCard.removed_at.is_(None)
    )
    now = given.where(ClientRateCard.effective_from <= on, _lasts(ClientRateCard.effective_to, on))
    later = given.where(ClientRateCard.effective_from > on)
    counts = (one.correlate(RateCard).scalar_subquery() for one in (rates, now, later))
    query = select(RateCard.id, RateCard.name, RateCard.note, RateCard.retired_on, *counts).where(RateCard.firm_id == firm_id)
    rows = session.execute(query.order_by(RateCard.retired_on.is_not(None), func.lower(RateCard.name), RateCard.id))
    return [CardRow(*row) for row in rows]


def _lasts(column: InstrumentedAttribute[date | None], on: date) -> ColumnElement[bool]:
    return or_(column.is_(None), column >= on)


def rates_of_card(session: Session, *, seen: SeenRates, card_id: int) -> list[CardRateRow]:
    """The rates of a card that the person may see, strongest first, the newest of each first. One query."""
    columns = (Rate.id, Rate.level, Rate.rate_minor_per_hour, Rate.change_hundredths, Rate.effective_from, Rate.effective_to)
    person = (Timekeeper.firm_id == Rate.firm_id) & (Timekeeper.id == Rate.timekeeper_id)
    query = select(*columns, Timekeeper.name, Rate.classification, Rate.version).outerjoin(Timekeeper, person)
    rows = [CardRateRow(*row) for row in session.execute(query.where(*seen.of_card(card_id)))]
    rows.sort(key=lambda row: (row.effective_from, row.id), reverse=True)
    return sorted(rows, key=lambda row: (_ORDER[row.level], row.whom.lower()))


def clients_with_card(session: Session, *, firm_id: int, card_id: int, on: date, past: bool = False) -> list[GivenCard]:
    """Who has the card, now and later (with `past` also who had it), by name. One query."""
    query = _given(firm_id).where(ClientRateCard.rate_card_id == card_id)
    query = query if past else query.where(_lasts(ClientRateCard.effective_to, on))
    return [GivenCard(*row) for row in session.execute(query.order_by(func.lower(Client.name), ClientRateCard.effective_from))]


def _given(firm_id: int) -> Select[int, int, str, int, str, date, date | None, int]:
    columns = (ClientRateCard.effective_from, ClientRateCard.effective_to, ClientRateCard.version)
    card = (RateCard.firm_id == ClientRateCard.firm_id) & (RateCard.id == ClientRateCard.rate_card_id)
    client = (Client.firm_id == ClientRateCard.firm_id) & (Client.id == ClientRateCard.client_id)
    query = select(ClientRateCard.id, RateCard.id, RateCard.name, Client.id, Client.name, *columns)
    return query.join(RateCard, card).join(Client, client).where(ClientRateCard.firm_id == firm_id, ClientRateCard.removed_at.is_(None))


def card_choices(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, name) of the cards that can be given to somebody."""
    mine = (RateCard.firm_id == firm_id, RateCard.retired_on.is_(None))
    query = select(RateCard.id, RateCard.name).where(*mine).order_by(func.lower(RateCard.name), RateCard.id)
    return [(id_, name) for id_, name in session.execute(query)]


def classes_in_use(session: Session, *, firm_id: int) -> list[str]:
    """The classes of the active timekeepers, those with most of them first."""
    mine = (Timekeeper.firm_id == firm_id, Timekeeper.is_active)
    query = select(Timekeeper.classification).where(*mine).group_by(Timekeeper.classification)
    return list(session.scalars(query.order_by(func.count().desc(), Timekeeper.classification)))
