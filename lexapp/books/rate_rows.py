"""Rows of the table of rates: a rate placed among those for the same keys, and what is told of one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.dated_rows import lock_alike, make_room
from lexapp.domain.errors import InvalidInput
from lexapp.domain.rates import RateLevel, change_words
from lexapp.domain.utbms import classification_plural
from lexapp.models import Rate

KEYS = ("matter_id", "client_id", "rate_card_id", "timekeeper_id", "classification", "activity_code")
KEYS_OF_LEVEL: dict[RateLevel, tuple[str, ...]] = {
    RateLevel.MATTER_TIMEKEEPER: ("matter_id", "timekeeper_id"),
    RateLevel.MATTER_CLASS: ("matter_id", "classification"),
    RateLevel.MATTER: ("matter_id",),
    RateLevel.CLIENT_TIMEKEEPER: ("client_id", "timekeeper_id"),
    RateLevel.CLIENT_CLASS: ("client_id", "classification"),
    RateLevel.CLIENT: ("client_id",),
    RateLevel.CARD_TIMEKEEPER: ("rate_card_id", "timekeeper_id"),
    RateLevel.CARD_CLASS: ("rate_card_id", "classification"),
    RateLevel.CARD: ("rate_card_id",),
    RateLevel.ACTIVITY: ("activity_code",),
    RateLevel.TIMEKEEPER: ("timekeeper_id",),
    RateLevel.CLASS: ("classification",),
}
NOBODY = "Say what the rate is for: a timekeeper, a class or an activity, or all of a matter or client."
TOO_MANY = "A rate is for a timekeeper, a class or an activity, not for two of them together. Keep one, and empty the others."
TAKEN = "A rate for the same starts on this day already. Remove that one, or choose another day."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRate:
    """A rate per hour in minor units for what the keys name, from a day on. The level follows from the keys.

    On a card `change_hundredths` (of a percent, added to the firm's own rate) may stand instead of an amount, which is 0 then.
    """

    rate_minor_per_hour: int
    effective_from: date
    effective_to: date | None = None
    matter_id: int | None = None
    client_id: int | None = None
    rate_card_id: int | None = None
    timekeeper_id: int | None = None
    classification: str | None = None
    activity_code: str | None = None
    name: str = ""
    change_hundredths: int | None = None

    @property
    def keys(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in KEYS}

    @property
    def level(self) -> RateLevel:
        """The level whose keys are exactly those given. Raises InvalidInput where there is none."""
        given = tuple(name for name, value in self.keys.items() if value is not None)
        found = next((level for level, keys in KEYS_OF_LEVEL.items() if keys == given), None)
        if found is None:
            raise InvalidInput(TOO_MANY if len(given) > 1 else NOBODY, field="timekeeper_id")
        return found


def place_rate(session: Session, command: CommandRecord, rate: NewRate, *, fee_agreement_id: int | None = None) -> Rate:
    """Add a rate that was checked. The one in force for the same keys ends the day before; a later one that stands already ends this one.

    Raises InvalidInput beside `effective_from` where one begins on that day, beside `effective_to` where it reaches into the next.
    """
    firm_id, level = command.actor.firm_id, rate.level
    rows = lock_alike(session, Rate, same_keys(firm_id, rate.keys), firm_id=firm_id)
    ended = [row for row in rows if row.effective_from < rate.effective_from <= (row.effective_to or rate.effective_from)]
    effective_to = make_room(rows, first=rate.effective_from, last=rate.effective_to, taken=TAKEN, another="Another rate for the same")
    by_hand = fee_agreement_id is None
    for row in ended if by_hand else ():
        row.own_last_day = row.effective_to
    own_last_day = effective_to if by_hand or rate.effective_to is None else None
    values = asdict(rate) | {"effective_to": effective_to, "own_last_day": own_last_day}
    values |= {"level": level.value, "fee_agreement_id": fee_agreement_id}
    row = Rate(firm_id=firm_id, created_at=command.at, created_by_user_id=command.actor.user_id, **values)
    session.add(row)
    session.flush()
    audit_rate(session, command, "rate.added", row)
    return row


def same_keys(firm_id: int, keys: dict[str, Any]) -> list[ColumnElement[bool]]:
    """Conditions on the rates that stand for the same."""
    same = [getattr(Rate, name).is_(None) if value is None else getattr(Rate, name) == value for name, value in keys.items()]
    return [Rate.firm_id == firm_id, Rate.removed_at.is_(None), *same]


def audit_rate(session: Session, command: CommandRecord, action: str, row: Rate) -> None:
    """Written to the matter or client that the rate belongs to, so that it stands in their timeline."""
    kinds = (("matter", row.matter_id), ("client", row.client_id), ("rate_card", row.rate_card_id), ("timekeeper", row.timekeeper_id))
    kind, subject_id = next(((kind, id_) for kind, id_ in kinds if id_), ("firm", row.firm_id))
    values = {
        "rate_id": row.id,
        "level": row.level,
        "for": classification_plural(row.classification) if row.classification else None,
        "rate_minor": row.rate_minor_per_hour if row.change_hundredths is None else None,
        "percent": None if row.change_hundredths is None else change_words(row.change_hundredths),
        "from": row.effective_from,
        "to": row.effective_to,
    }
    audit(session, command, action=action, subject_kind=kind, subject_id=subject_id, after=values)
