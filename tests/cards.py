"""A rate card and discounts that a client has: rows that a test needs to exist, but does not test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.models import Client, ClientRateCard, RateCard
from tests.factories import NOW, OPENED, make_rate, save


def make_card(session: Session, owner: Actor, name: str = "Harbor 2026", note: str = "") -> RateCard:
    """A card without rates."""
    return save(session, RateCard(firm_id=owner.firm_id, name=name, note=note, created_at=NOW), owner.firm_id)


def give_card(session: Session, owner: Actor, card: RateCard, client: Client, start: date = OPENED) -> ClientRateCard:
    """The client has the card from a day on."""
    given = ClientRateCard(firm_id=owner.firm_id, client_id=client.id, rate_card_id=card.id, effective_from=start, created_at=NOW)
    return save(session, given, owner.firm_id)


def seed_card(session: Session, owner: Actor, client: Client, words: Callable[[str], str]) -> None:
    """A card with two rates, given to the client."""
    card = make_card(session, owner, words("Harbor"), words("Agreed by letter"))
    make_rate(session, owner, "card_class", 39_000, rate_card_id=card.id, classification="PARTNR")
    make_rate(session, owner, "card", 0, rate_card_id=card.id, change_hundredths=-1_000)
    give_card(session, owner, card, client)
