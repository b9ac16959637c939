"""Money that arrives in a trust bank account."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.books.money_moves import bank_account_of, check_amount
from lexapp.domain import ledger as journal
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import TrustAction, check_action, clean_name
from lexapp.models import TrustTransaction
from lexapp.services.trust.desk import METHODS_IN, NewMovement, TrustCall, check_method, open_desk, trust_command, write_movement
from lexapp.services.trust.ledgers import ledger_for


def deposit_to_trust(
    session: Session,
    *,
    actor: Actor,
    amount: Money,
    effective_on: date,
    source: str,
    method: str,
    matter_id: int | None = None,
    client_id: int | None = None,
    bank_account_id: int | None = None,
    reference: str = "",
    purpose: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Record a deposit for a matter, for a client between matters, or (neither given) of a sender not identified yet.

    Without a bank account it is the firm's default trust account. The ledger is opened by its first deposit.
    """
    inputs = {
        "amount": amount, "effective_on": effective_on, "source": source, "method": method, "matter_id": matter_id,
        "client_id": client_id, "bank_account_id": bank_account_id, "reference": reference, "purpose": purpose,
    }  # fmt: skip

    def act(command: CommandRecord) -> int:
        bank_account = bank_account_of(session, command, bank_account_id, "trust")
        whose = ledger_for(session, bank_account, matter_id=matter_id, client_id=client_id, now=command.at)
        desk = open_desk(session, command, whose.id)
        check_action(desk.facts.kind, TrustAction.DEPOSIT)
        minor = check_amount(desk.firm, amount)
        desk.check(minor, effective_on)
        sender, how = clean_name(source, field="source"), check_method(method, METHODS_IN)
        new = NewMovement("deposit", minor, effective_on, None, sender, how, reference, purpose)
        return write_movement(session, command, desk, "trust.deposited", journal.trust_deposited(amount_minor=minor, ledger=desk.key), new)

    return trust_command(session, TrustCall(actor, "trust.deposit", "trust.deposit", inputs, key, now), act)
