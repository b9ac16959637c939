"""Agreeing rates from a date, ending them, and putting new ones on unbilled entries."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown, must_exist
from lexapp.books.dated_rows import end_row
from lexapp.books.rate_effects import RatePreview, RateScope
from lexapp.books.rate_rows import KEYS_OF_LEVEL, TAKEN, NewRate, audit_rate, place_rate, same_keys
from lexapp.books.rate_what_ifs import Standing, what_if
from lexapp.database import transaction
from lexapp.domain.amounts import check_rate
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.rate_cards import CardRate, check_change, placed
from lexapp.domain.utbms import ACTIVITIES, CLASSIFICATIONS
from lexapp.models import Client, Firm, Matter, Rate, RateCard, Timekeeper

__all__ = ["NewRate", "add_rate", "end_rate", "remove_rate", "what_if_added"]

AGREED = "The fee agreement of the matter says this rate. Agree fees anew there, from the day of the change."
_MISSING = {
    "matter_id": "Pick the matter out of the list.",
    "client_id": "Pick the client out of the list.",
    "rate_card_id": "Pick the rate card out of the list.",
    "timekeeper_id": "Pick the timekeeper out of the list.",
    "classification": "Choose the class of the list.",
    "activity_code": "Choose the activity of the list.",
}


def add_rate(session: Session, *, actor: Actor, rate: NewRate, key: str | None = None, now: datetime | None = None) -> Rate:
    """Agree a rate. The one in force for the same keys ends the day before; a later one that stands already ends this one.

    Unbilled entries keep the rate they have (see `apply_rates`).
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="rate.add", inputs=asdict(rate), key=key, now=now)
        if command.result is not None:
            return session.get_one(Rate, command.result["rate_id"])
        _check_keys(session, actor.firm_id, rate)
        check_rate(rate.rate_minor_per_hour, session.get_one(Firm, actor.firm_id).currency, field="rate")
        _refuse_agreed_otherwise(session, actor.firm_id, rate)
        row = place_rate(session, command, rate)
        succeed(session, command, rate_id=row.id)
    return row


def _refuse_agreed_otherwise(session: Session, firm_id: int, rate: NewRate) -> None:
    """What a fee agreement says is changed by agreeing anew, so that its rates are those that are billed."""
    rows = session.scalars(select(Rate).where(*same_keys(firm_id, rate.keys), Rate.fee_agreement_id.is_not(None)))
    if any(row.effective_to is None or row.effective_to >= rate.effective_from for row in rows):
        raise InvalidInput(AGREED, field="effective_from")


def _check_keys(session: Session, firm_id: int, rate: NewRate) -> None:
    keys = KEYS_OF_LEVEL[rate.level]
    for field, model in (("matter_id", Matter), ("client_id", Client), ("rate_card_id", RateCard), ("timekeeper_id", Timekeeper)):
        if field in keys:
            must_exist(session, model, firm_id=firm_id, record_id=getattr(rate, field), field=field, sentence=_MISSING[field])
    _check_card(session, firm_id, rate)
    if rate.classification is not None and rate.classification not in CLASSIFICATIONS:
        raise InvalidInput(_MISSING["classification"], field="classification")
    if rate.activity_code is not None and ACTIVITIES.lookup(rate.activity_code) is None:
        raise InvalidInput(_MISSING["activity_code"], field="activity_code")
    if rate.effective_to is not None and rate.effective_to < rate.effective_from:
        raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")


def what_if_added(session: Session, *, actor: Actor, rate: NewRate, now: datetime | None = None) -> RatePreview:
    """What unbilled work of the clients with the card would be worth with a rate of it. Raises InvalidInput where it could not be added."""
    actor.require("rate.edit")
    _check_keys(session, actor.firm_id, rate)
    card, currency = session.get_one(RateCard, rate.rate_card_id), session.get_one(Firm, actor.firm_id).currency
    check_rate(rate.rate_minor_per_hour, currency, field="rate")
    new = CardRate(
        id=None,
        card_id=card.id,
        rate=Money(rate.rate_minor_per_hour, currency),
        effective_from=rate.effective_from,
        effective_to=rate.effective_to,
        timekeeper_id=rate.timekeeper_id,
        timekeeper_class=rate.classification,
        change_hundredths=rate.change_hundredths,
        name=card.name,
    )

    def change(standing: Standing) -> Standing:
        alike, others = [one for one in standing.cards if one.alike(new)], [one for one in standing.cards if not one.alike(new)]
        if any(one.effective_from == new.effective_from for one in alike):
            raise InvalidInput(TAKEN, field="effective_from")
        return Standing(standing.own, others + placed(alike, new), standing.given)

    scope = RateScope(rate_card_id=card.id, worked_from=rate.effective_from)
    return what_if(session, actor=actor, scope=scope, change=change, now=now)


def _check_card(session: Session, firm_id: int, rate: NewRate) -> None:
    if rate.change_hundredths is not None:
        if rate.rate_card_id is None or rate.rate_minor_per_hour:
            raise InvalidInput("Write an amount per hour or a percentage, not both.", field="rate")
        check_change(rate.change_hundredths, field="percent")
    if rate.rate_card_id is not None:
        card = lock_record(session, RateCard, firm_id=firm_id, record_id=rate.rate_card_id, noun="rate card")
        if card.retired_on is not None:
            raise InvalidInput("This card is retired. Copy it, and add the rate to the copy.")


def end_rate(
    session: Session, *, actor: Actor, rate_id: int, version: int, effective_to: date, key: str | None = None, now: datetime | None = None
) -> Rate:
    """Set or move a rate's last day: not before its first, not beyond where it ends already.

    Raises Conflict when `version` is no longer the present one.
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"rate_id": rate_id, "version": version, "effective_to": effective_to}
        command = record_command(session, actor=actor, name="rate.end", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Rate, rate_id)
        row = _in_force(session, actor.firm_id, rate_id)
        lock_record(session, Rate, firm_id=actor.firm_id, record_id=rate_id, version=version, noun="rate")
        end_row(row, effective_to, name="The rate", afterwards="Add a new rate for later days.")
        row.own_last_day = effective_to
        audit_rate(session, command, "rate.ended", row)
        succeed(session, command, rate_id=rate_id)
    return row


def remove_rate(session: Session, *, actor: Actor, rate_id: int, version: int, key: str | None = None, now: datetime | None = None) -> None:
    """Mark a rate that was a mistake as removed: it applies to nothing any more. Entries recorded with it keep it and its reason.

    Raises Conflict when `version` is no longer the present one.
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"rate_id": rate_id, "version": version}
        command = record_command(session, actor=actor, name="rate.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = _in_force(session, actor.firm_id, rate_id)
        lock_shown(session, Rate, firm_id=actor.firm_id, record_id=rate_id, version=version, noun="rate")
        audit_rate(session, command, "rate.removed", row)
        change(row, {"removed_at": command.at})
        session.flush()
        succeed(session, command, rate_id=rate_id)


def _in_force(session: Session, firm_id: int, rate_id: int) -> Rate:
    mine = (Rate.firm_id == firm_id) & (Rate.id == rate_id) & Rate.removed_at.is_(None)
    row = session.scalars(select(Rate).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("This rate is not there any more. Reload the page to see the rates as they stand.")
    if row.fee_agreement_id is not None:
        raise NotAllowed(AGREED)
    return row
