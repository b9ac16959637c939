"""Short words for moving client money in tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.models import Balance, Matter, TrustTransaction
from lexapp.services import trust
from tests.factories import NOW, TODAY, World


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def put_in(session: Session, world: World, matter: Matter, minor: int, on: date = TODAY, **changes: Any) -> TrustTransaction:
    """A deposit, by default for the matter."""
    given: dict[str, Any] = {"matter_id": matter.id, "source": "Castellane Treasury", "method": "transfer"} | changes
    return trust.deposit_to_trust(session, actor=world.owner, amount=usd(minor), effective_on=on, now=NOW, **given)


def refund(session: Session, world: World, ledger_id: int, minor: int, on: date = TODAY, **more: Any) -> TrustTransaction:
    given: dict[str, Any] = {"method": "cheque"} | more
    return trust.refund_trust(session, actor=world.owner, trust_ledger_id=ledger_id, amount=usd(minor), effective_on=on, now=NOW, **given)


def held(session: Session, ledger_id: int) -> int:
    return -(session.scalar(select(Balance.amount_minor).where(Balance.trust_ledger_id == ledger_id)) or 0)


def apply(session: Session, world: World, ledger_id: int, invoice_id: int, minor: int, on: date = TODAY) -> TrustTransaction:
    return trust.apply_trust_to_invoice(
        session, actor=world.owner, trust_ledger_id=ledger_id, invoice_id=invoice_id, amount=usd(minor), effective_on=on, now=NOW
    )


def reverse(session: Session, world: World, id_: int, on: date = TODAY, reason: str = "Wrong matter") -> TrustTransaction:
    return trust.reverse_trust_transaction(session, actor=world.owner, trust_transaction_id=id_, effective_on=on, reason=reason, now=NOW)
