"""Giving a rate card to a client from a day on, ending that, and taking a mistake back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown, must_exist
from lexapp.books.dated_rows import end_row, lock_alike, make_room
from lexapp.books.rate_effects import RatePreview, RateScope
from lexapp.books.rate_what_ifs import Standing, what_if
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.rate_cards import Assignment, placed
from lexapp.models import Client, ClientRateCard, RateCard

_TAKEN = "The client gets a card on this day already. Take that one back, or choose another day."


def give_card(
    session: Session, *, actor: Actor, assignment: Assignment, key: str | None = None, now: datetime | None = None
) -> ClientRateCard:
    """The client has the card from that day on. The card it has by then ends the day before; a later one that stands already ends this one.

    Unbilled entries keep the rate they have (see `apply_rates`).
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="rate_card.give", inputs=asdict(assignment), key=key, now=now)
        if command.result is not None:
            return session.get_one(ClientRateCard, command.result["assignment_id"])
        card = check_assignable(session, actor.firm_id, assignment)
        row = _add(session, command, assignment)
        _audit(session, command, "rate_card.given", row, card)
        succeed(session, command, assignment_id=row.id)
    return row


def _add(session: Session, command: CommandRecord, assignment: Assignment) -> ClientRateCard:
    firm_id, client_id = command.actor.firm_id, assignment.client_id
    mine = (ClientRateCard.firm_id == firm_id, ClientRateCard.client_id == client_id, ClientRateCard.removed_at.is_(None))
    rows = lock_alike(session, ClientRateCard, mine, firm_id=firm_id)
    first, last = assignment.effective_from, assignment.effective_to
    last = make_room(rows, first=first, last=last, taken=_TAKEN, another="Another card of the client")
    made = {"created_at": command.at, "created_by_user_id": command.actor.user_id, "effective_from": first, "effective_to": last}
    row = ClientRateCard(firm_id=firm_id, client_id=client_id, rate_card_id=assignment.card_id, **made)
    session.add(row)
    session.flush()
    return row


def what_if_given(session: Session, *, actor: Actor, assignment: Assignment, now: datetime | None = None) -> RatePreview:
    """What unbilled work of the client would be worth with the card. Raises InvalidInput where it could not be given."""
    actor.require("rate.edit")
    check_assignable(session, actor.firm_id, assignment)

    def change(standing: Standing) -> Standing:
        mine = [one for one in standing.given if one.client_id == assignment.client_id]
        if any(one.effective_from == assignment.effective_from for one in mine):
            raise InvalidInput(_TAKEN, field="effective_from")
        others = [one for one in standing.given if one.client_id != assignment.client_id]
        return Standing(standing.own, standing.cards, others + placed(mine, assignment))

    scope = RateScope(client_id=assignment.client_id, worked_from=assignment.effective_from)
    return what_if(session, actor=actor, scope=scope, change=change, now=now)


def check_assignable(session: Session, firm_id: int, assignment: Assignment) -> RateCard:
    """The card, locked. Raises InvalidInput beside its field where client or days cannot be, or the card is retired."""
    assignment.check()
    card = lock_record(session, RateCard, firm_id=firm_id, record_id=assignment.card_id, noun="rate card")
    if card.retired_on is not None:
        raise InvalidInput("This card is retired. Copy it, and give the client the copy.")
    sentence = "Pick the client out of the list."
    must_exist(session, Client, firm_id=firm_id, record_id=assignment.client_id, field="client_id", sentence=sentence)
    return card


def end_given_card(
    session: Session, *, actor: Actor, assignment_id: int, version: int, last_day: date, key: str | None = None, now: datetime | None = None
) -> ClientRateCard:
    """Set or move the last day on which the client has the card. Raises Conflict when `version` is no longer the present one."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"assignment_id": assignment_id, "version": version, "last_day": last_day}
        command = record_command(session, actor=actor, name="rate_card.end", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(ClientRateCard, assignment_id)
        row = _standing(session, actor.firm_id, assignment_id)
        lock_record(session, ClientRateCard, firm_id=actor.firm_id, record_id=assignment_id, version=version, noun="card of the client")
        end_row(row, last_day, name="The card", afterwards="Give the client a card for later days.")
        _audit(session, command, "rate_card.ended", row, session.get_one(RateCard, row.rate_card_id))
        succeed(session, command, assignment_id=assignment_id)
    return row


def take_card_back(
    session: Session, *, actor: Actor, assignment_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Mark what was a mistake as removed: the client never had the card. Entries recorded with it keep it and its reason."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"assignment_id": assignment_id, "version": version}
        command = record_command(session, actor=actor, name="rate_card.take_back", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = _standing(session, actor.firm_id, assignment_id)
        lock_shown(session, ClientRateCard, firm_id=actor.firm_id, record_id=assignment_id, version=version, noun="card of the client")
        _audit(session, command, "rate_card.taken_back", row, session.get_one(RateCard, row.rate_card_id))
        change(row, {"removed_at": command.at})
        session.flush()
        succeed(session, command, assignment_id=assignment_id)


def _standing(session: Session, firm_id: int, assignment_id: int) -> ClientRateCard:
    mine = (ClientRateCard.firm_id == firm_id) & (ClientRateCard.id == assignment_id) & ClientRateCard.removed_at.is_(None)
    row = session.scalars(select(ClientRateCard).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("The client does not have this card any more. Reload the page to see who has it.")
    return row


def _audit(session: Session, command: CommandRecord, action: str, row: ClientRateCard, card: RateCard) -> None:
    """Written to the client, so that it stands in its timeline."""
    after: dict[str, Any] = {"rate_card_id": card.id, "name": card.name, "from": row.effective_from, "to": row.effective_to}
    audit(session, command, action=action, subject_kind="client", subject_id=row.client_id, after=after)
