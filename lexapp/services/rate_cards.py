"""Rate cards: writing one, naming it anew, copying it, retiring it. Its single rates are those of `services.rates`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown
from lexapp.database import transaction
from lexapp.domain.amounts import check_rate
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.domain.rate_cards import check_change
from lexapp.domain.rates import RateLevel
from lexapp.domain.utbms import CLASSIFICATIONS
from lexapp.models import ClientRateCard, Firm, Rate, RateCard

LONGEST_NAME = 80
_NAMELESS = "Write the card’s name, such as Insurers 2027."
_TAKEN = "Another card has this name. Choose a different one."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCard:
    """A card with its first rates, all from one day: minor units per hour for classes and for everybody else.

    Instead of the amount for everybody, hundredths of a percent that are added to the firm's own rates.
    """

    name: str
    effective_from: date
    note: str = ""
    class_rates: tuple[tuple[str, int], ...] = ()
    rate_minor_per_hour: int | None = None
    change_hundredths: int | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Its rates as columns of `rates`."""
        found: list[dict[str, Any]] = [
            {"level": RateLevel.CARD_CLASS.value, "classification": class_, "rate_minor_per_hour": minor}
            for class_, minor in self.class_rates
        ]
        if self.change_hundredths is not None or self.rate_minor_per_hour is not None:
            everybody = {"rate_minor_per_hour": self.rate_minor_per_hour or 0, "change_hundredths": self.change_hundredths}
            found.append({"level": RateLevel.CARD.value, **everybody})
        return [{"classification": None, "change_hundredths": None, "effective_from": self.effective_from} | row for row in found]


def create_card(session: Session, *, actor: Actor, card: NewCard, key: str | None = None, now: datetime | None = None) -> RateCard:
    """Write a card. It changes nothing until a client is given it."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="rate_card.create", inputs=asdict(card), key=key, now=now)
        if command.result is not None:
            return session.get_one(RateCard, command.result["rate_card_id"])
        _check(card, session.get_one(Firm, actor.firm_id).currency)
        row = _add(session, command, name=card.name, note=card.note)
        _add_rates(session, command, row.id, card.rows())
        after = {"name": row.name, "note": row.note, "from": card.effective_from, "rates": len(card.rows())}
        audit(session, command, action="rate_card.created", subject_kind="rate_card", subject_id=row.id, after=after)
        succeed(session, command, rate_card_id=row.id)
    return row


def _check(card: NewCard, currency: str) -> None:
    if card.change_hundredths is not None:
        if card.rate_minor_per_hour is not None:
            raise InvalidInput("Write an amount or a percentage for everybody else, not both.", field="percent")
        check_change(card.change_hundredths, field="percent")
    if not card.rows():
        raise InvalidInput("Write at least one rate: for a class, for everybody, or a percentage of the firm’s rates.", field="rate")
    for class_, minor in (*card.class_rates, ("", card.rate_minor_per_hour or 0)):
        if class_ and class_ not in CLASSIFICATIONS:
            raise InvalidInput("Choose the class of the list.", field="classification")
        if minor < 0:
            raise InvalidInput("A rate cannot be negative. Type 0 for work without charge.", field="rate")
        check_rate(minor, currency, field="rate")


def _add(session: Session, command: CommandRecord, *, name: str, note: str = "", copied_from_id: int | None = None) -> RateCard:
    firm_id = command.actor.firm_id
    # The firm's row first: two who write the same name wait for each other.
    session.execute(select(Firm.id).where(Firm.id == firm_id).with_for_update(key_share=True))
    made = {"created_at": command.at, "created_by_user_id": command.actor.user_id, "copied_from_id": copied_from_id}
    row = RateCard(firm_id=firm_id, name=_free_name(session, firm_id, name), note=note.strip(), **made)
    session.add(row)
    session.flush()
    return row


def _free_name(session: Session, firm_id: int, name: str, card_id: int | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(_NAMELESS, field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"Write a shorter name, at most {LONGEST_NAME} characters.", field="name")
    others = session.execute(select(RateCard.id, RateCard.name).where(RateCard.firm_id == firm_id, RateCard.id != (card_id or 0)))
    if any(other.name.casefold() == name.casefold() for other in others):
        raise InvalidInput(_TAKEN, field="name")
    return name


def _add_rates(session: Session, command: CommandRecord, card_id: int, rows: list[dict[str, Any]]) -> None:
    made = {"firm_id": command.actor.firm_id, "created_at": command.at, "created_by_user_id": command.actor.user_id}
    if rows:
        session.execute(insert(Rate), [made | {"rate_card_id": card_id, "name": ""} | row for row in rows])


def edit_card(
    session: Session, *, actor: Actor, card_id: int, version: int, name: str, note: str, key: str | None = None, now: datetime | None = None
) -> RateCard:
    """Another name or note. Entries keep the name that stood when they were priced. Raises Conflict where somebody was quicker."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"card_id": card_id, "version": version, "name": name, "note": note}
        command = record_command(session, actor=actor, name="rate_card.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(RateCard, card_id)
        row = lock_record(session, RateCard, firm_id=actor.firm_id, record_id=card_id, version=version, noun="rate card")
        free = _free_name(session, actor.firm_id, name, card_id)
        changed = change(row, {"name": free, "note": note.strip()})
        values = {"before": changed.before, "after": {"name": row.name} | changed.after}
        audit(session, command, action="rate_card.edited", subject_kind="rate_card", subject_id=card_id, **values)
        session.flush()
        succeed(session, command, rate_card_id=card_id)
    return row


def copy_card(session: Session, *, actor: Actor, card_id: int, name: str, key: str | None = None, now: datetime | None = None) -> RateCard:
    """A card of another name with the same rates of the same days, that nobody has yet. A retired one can be copied too."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"card_id": card_id, "name": name}
        command = record_command(session, actor=actor, name="rate_card.copy", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(RateCard, command.result["rate_card_id"])
        old = lock_record(session, RateCard, firm_id=actor.firm_id, record_id=card_id, noun="rate card")
        row = _add(session, command, name=name, note=old.note, copied_from_id=old.id)
        columns = (Rate.level, Rate.timekeeper_id, Rate.classification, Rate.rate_minor_per_hour, Rate.change_hundredths)
        query = select(*columns, Rate.effective_from, Rate.effective_to).where(*_rates_of(actor.firm_id, card_id))
        rates = [dict(found) for found in session.execute(query.order_by(Rate.id)).mappings()]
        _add_rates(session, command, row.id, rates)
        after = {"name": row.name, "copied_from": old.name, "rates": len(rates)}
        audit(session, command, action="rate_card.copied", subject_kind="rate_card", subject_id=row.id, after=after)
        succeed(session, command, rate_card_id=row.id)
    return row


def _rates_of(firm_id: int, card_id: int) -> tuple[Any, ...]:
    return (Rate.firm_id == firm_id, Rate.rate_card_id == card_id, Rate.removed_at.is_(None))


def retire_card(
    session: Session, *, actor: Actor, card_id: int, version: int, last_day: date, key: str | None = None, now: datetime | None = None
) -> int:
    """Give the card to nobody any more: who has it has it through `last_day`, who would get it later never does. How many clients that is.

    Its rates stay readable, and entries keep theirs. Raises Conflict when `version` is no longer the present one.
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"card_id": card_id, "version": version, "last_day": last_day}
        command = record_command(session, actor=actor, name="rate_card.retire", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return int(command.result["clients"])
        row = lock_shown(session, RateCard, firm_id=actor.firm_id, record_id=card_id, version=version, noun="rate card")
        if row.retired_on is not None:
            raise InvalidInput("This card is retired already.", field="last_day")
        clients = _take_back(session, command, card_id, last_day)
        change(row, {"retired_on": last_day})
        after = {"name": row.name, "last_day": last_day, "clients": clients}
        audit(session, command, action="rate_card.retired", subject_kind="rate_card", subject_id=card_id, after=after)
        session.flush()
        succeed(session, command, clients=clients)
    return clients


def _take_back(session: Session, command: CommandRecord, card_id: int, last_day: date) -> int:
    """End what reaches beyond the last day, remove what begins after it. Two statements, however many clients there are."""
    given, more = ClientRateCard.__table__.c, {"version": ClientRateCard.version + 1}
    theirs = and_(given.firm_id == command.actor.firm_id, given.rate_card_id == card_id, given.removed_at.is_(None))
    beyond = and_(theirs, given.effective_from <= last_day, given.effective_to.is_(None) | (given.effective_to > last_day))
    later = and_(theirs, given.effective_from > last_day)
    ended: Any = session.execute(update(ClientRateCard).where(beyond).values(effective_to=last_day, **more))
    removed: Any = session.execute(update(ClientRateCard).where(later).values(removed_at=command.at, **more))
    session.expire_all()
    return int(ended.rowcount + removed.rowcount)
