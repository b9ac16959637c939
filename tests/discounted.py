"""A client with a discount by volume and one for early payment."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.reductions import EarlyDiscount, Tier, VolumeDiscount, YearlyDiscount
from lexapp.models import Client
from lexapp.services.client_discounts import NewDiscount, agree_discount
from tests.factories import NOW, OPENED

ABOVE_100K = YearlyDiscount(VolumeDiscount((Tier(100_000_00, 1_000),)))
TWO_PERCENT = EarlyDiscount(200, 10)


def seed_discounts(session: Session, owner: Actor, client: Client) -> None:
    """10 % above 100,000 a year, and 2 % within 10 days."""
    for terms in (ABOVE_100K, TWO_PERCENT):
        agree_discount(session, actor=owner, discount=NewDiscount(client_id=client.id, terms=terms, effective_from=OPENED), now=NOW)


def minor(text: str) -> int:
    """Minor units of an amount as a document writes it."""
    return Money.parse(text, "USD").minor


def whole_units(text: str) -> list[int]:
    """Amounts as a document lists them, in whole units."""
    return [minor(one) // 100 for one in text.split(", ")]
