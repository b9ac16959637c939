"""Client money of a whole firm, for `tests/two_firms.py`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.models import Client, Invoice, Matter
from lexapp.services import trust
from tests.agreed_fees import seed_earned_transfer
from tests.factories import World, local_today


def seed_trust(session: Session, world: World, client: Client, matter: Matter, invoice: Invoice, words: Callable[[str], str]) -> None:
    """Deposits of a matter and of a client, one applied to an invoice, one returned after it was spent."""
    today = local_today()
    received = {"amount": Money(1_000_00, "USD"), "effective_on": today, "source": words("Payer"), "method": "cheque"}
    told = {"reference": words("77"), "purpose": words("Advance")}
    for whose in ({"matter_id": matter.id}, {"client_id": client.id}):
        made = trust.deposit_to_trust(session, actor=world.owner, **received, **told, **whose)  # type: ignore[arg-type]
        if "matter_id" in whose:
            ledger_id = made.trust_ledger_id or 0
    paid = {"trust_ledger_id": ledger_id, "invoice_id": invoice.id, "amount": Money(50_00, "USD"), "effective_on": today}
    trust.apply_trust_to_invoice(session, actor=world.owner, **paid)  # type: ignore[arg-type]
    seed_earned_transfer(session, world, matter)
    bounced = trust.deposit_to_trust(session, actor=world.owner, **received, **told, client_id=client.id)  # type: ignore[arg-type]
    spent = {"trust_ledger_id": bounced.trust_ledger_id, "amount": Money(1_500_00, "USD"), "effective_on": today, "method": "cheque"}
    trust.refund_trust(session, actor=world.owner, **spent)  # type: ignore[arg-type]
    returned = {"trust_transaction_id": bounced.id, "effective_on": today, "reason": words("Unpaid cheque")}
    trust.return_deposit(session, actor=world.owner, **returned)  # type: ignore[arg-type]
