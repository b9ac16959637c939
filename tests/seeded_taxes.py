"""A tax of nothing, so that amounts stay what they are, and an exemption from one that nobody is charged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Client, Tax, TaxExemption
from tests.factories import OPENED, World


def save_taxes(session: Session, world: World, words: Callable[[str], str]) -> None:
    with transaction(session, world.firm_id):
        client_id = session.scalars(select(Client.id).where(Client.firm_id == world.firm_id).order_by(Client.id)).first()
        tax = Tax(name=words("Levy"), rate_millionths=0, registration_number=words("T-1"))
        said = {"tax_name": words("Toll"), "words": words("Exempt"), "client_tax_number": words("N-1")}
        for row in (tax, TaxExemption(client_id=client_id, kind="exempt", **said)):
            row.firm_id, row.effective_from, row.created_at = world.firm_id, OPENED, datetime.now(UTC)
            session.add(row)
