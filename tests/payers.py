"""Payers for the tests of two firms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from lexapp.domain.splits import Arrangement, PayerTerms
from lexapp.models import Client, Matter
from tests.billing import agree
from tests.factories import World, make_client


def seed_payers(session: Session, world: World, client: Client, matter: Matter, words: Callable[[str], str]) -> None:
    """From a later day on another one pays half of the fees, and has agreed to."""
    insurer = make_client(session, world.owner, words("Pemberwick Mutual"))
    payers = (PayerTerms(insurer.id, 5_000, cap_minor=1_000_000), PayerTerms(client.id))
    agree(session, world, matter, Arrangement(payers, client.id), date(2027, 1, 1), by=words("R. Okonjo"))
