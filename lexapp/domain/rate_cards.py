"""Rate cards: named sets of dated rates that clients are given with dates; and what stands once something dated is added to the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol, Self, TypeVar

from lexapp.domain.errors import InvalidInput, InvariantBroken
from lexapp.domain.money import Money
from lexapp.domain.rates import WHOLE, RateLevel, RateRule
from lexapp.domain.rounding import round_half_up

_PERCENT = re.compile(r"([0-9]{1,4})?(?:[.,]([0-9]{1,2}))?\s*%?", re.ASCII)
ONE_DAY = timedelta(days=1)
MOST_CHANGE = WHOLE
"""A percentage card or an increase changes a rate by at most 100 %: more is a slip of the hand."""


class Dated(Protocol):
    """Something with a first and a last day (None: open)."""

    @property
    def effective_from(self) -> date: ...

    @property
    def effective_to(self) -> date | None: ...

    def ended(self, last_day: date) -> Self:
        """The same with that last day."""
        ...


Row = TypeVar("Row", bound=Dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A card given to a client from a day through a last day (None: until the next one)."""

    card_id: int
    client_id: int
    effective_from: date
    effective_to: date | None = None

    def check(self) -> None:
        """Refuse a last day before the first. Raises InvalidInput."""
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")

    def ended(self, last_day: date) -> Assignment:
        """The same with that last day."""
        return replace(self, effective_to=last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRate:
    """A rate of a card: an amount per hour, or hundredths of a percent added to the firm's own rate, for one, a class, or everybody.

    `name` is the card's with for whom the rate is: "Harbor 2026 for partners".
    """

    id: int | None
    card_id: int
    rate: Money
    effective_from: date
    effective_to: date | None = None
    timekeeper_id: int | None = None
    timekeeper_class: str | None = None
    change_hundredths: int | None = None
    name: str = ""

    @property
    def level(self) -> RateLevel:
        """The rank among rates: a card's for a timekeeper, for a class, or for everybody."""
        if self.timekeeper_id is not None and self.timekeeper_class is not None:
            raise InvariantBroken("a card's rate is for a timekeeper or for a class, not for both")
        if self.timekeeper_id is not None:
            return RateLevel.CARD_TIMEKEEPER
        return RateLevel.CARD if self.timekeeper_class is None else RateLevel.CARD_CLASS

    def ended(self, last_day: date) -> CardRate:
        """The same with that last day."""
        return replace(self, effective_to=last_day)

    def alike(self, other: CardRate) -> bool:
        """Whether both are for the same people on the same card: one of them is in force at a time."""
        mine = (self.card_id, self.timekeeper_id, self.timekeeper_class)
        return mine == (other.card_id, other.timekeeper_id, other.timekeeper_class)

    def given(self, assignment: Assignment) -> RateRule | None:
        """The rule that it is for the client: in force while both are. None where there is no such day, or the card is another."""
        first = max(self.effective_from, assignment.effective_from)
        last = min((day for day in (self.effective_to, assignment.effective_to) if day is not None), default=None)
        if assignment.card_id != self.card_id or (last is not None and last < first):
            return None
        return RateRule(
            id=self.id,
            level=self.level,
            rate=self.rate,
            effective_from=first,
            effective_to=last,
            client_id=assignment.client_id,
            timekeeper_id=self.timekeeper_id,
            timekeeper_class=self.timekeeper_class,
            name=self.name,
            card_id=self.card_id,
            change_hundredths=self.change_hundredths,
        )


def rules_of_cards(rates: Iterable[CardRate], assignments: Iterable[Assignment]) -> list[RateRule]:
    """What the cards mean for the clients that have them."""
    of_card: dict[int, list[CardRate]] = {}
    for rate in rates:
        of_card.setdefault(rate.card_id, []).append(rate)
    found = (rate.given(one) for one in assignments for rate in of_card.get(one.card_id, ()))
    return [rule for rule in found if rule is not None]


def placed(rows: Iterable[Row], new: Row) -> list[Row]:
    """The rows for one thing with a new one among them: it ends the row before it, and the next row ends it."""
    rows = list(rows)
    later = min((row.effective_from for row in rows if row.effective_from > new.effective_from), default=None)
    if later is not None and (new.effective_to is None or new.effective_to >= later):
        new = new.ended(later - ONE_DAY)
    before = new.effective_from - ONE_DAY
    return [row.ended(before) if _reaches(row, new.effective_from) else row for row in rows] + [new]


def _reaches(row: Dated, day: date) -> bool:
    """Whether a row that began before a day is in force on it."""
    return row.effective_from < day and (row.effective_to is None or row.effective_to >= day)


def check_change(change_hundredths: int, *, field: str) -> None:
    """Refuse a percentage of nothing, of less than nothing, or of more than double. Raises InvalidInput beside `field`."""
    if change_hundredths == 0:
        raise InvalidInput("Nothing changes by 0 %. Write the percentage, for example 5.", field=field)
    if not -MOST_CHANGE < change_hundredths <= MOST_CHANGE:
        raise InvalidInput("Write a percentage between 0 and 100.", field=field)


def parse_change(text: str, *, lower: bool) -> int:
    """Hundredths of a percent out of "10", "7.5 %": below zero where the rate gets lower. Raises InvalidInput with a sentence."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise InvalidInput("Write the percentage with at most two decimals, for example 10 or 7.5.", field="percent")
    hundredths = int(found[1] or 0) * 100 + int((found[2] or "").ljust(2, "0"))
    change = -hundredths if lower else hundredths
    check_change(change, field="percent")
    return change


def raised(rate: Money, change_hundredths: int, *, step_minor: int = 1) -> Money:
    """A rate changed by hundredths of a percent, rounded half up once to whole steps of minor units: $5.00 with 500."""
    if step_minor < 1:
        raise InvariantBroken("a step of rounding is at least one minor unit")
    return Money(round_half_up(rate.minor * (WHOLE + change_hundredths), WHOLE * step_minor) * step_minor, rate.currency)
