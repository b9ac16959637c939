"""Trust money that leaves the bank account: back to the client, or to a third party for the client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, record_command, succeed
from lexapp.database import transaction
from lexapp.domain import ledger as journal
from lexapp.domain.ledger import Postings
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import TrustAction, check_action, check_payee
from lexapp.models import TrustTransaction
from lexapp.services.trust.desk import METHODS_OUT, Desk, NewMovement, check_amount, check_method, open_desk, write_movement


@dataclass(frozen=True, slots=True)
class _Way:
    """One way out of trust: its names, what the ledger must be allowed, and its postings."""

    event: str
    kind: str
    action: TrustAction
    postings: Callable[..., Postings]


_REFUND = _Way("trust.refunded", "refund", TrustAction.REFUND, journal.trust_refunded)
_DISBURSEMENT = _Way("trust.disbursed", "disbursement", TrustAction.DISBURSE, journal.trust_disbursed)


def refund_trust(
    session: Session,
    *,
    actor: Actor,
    trust_ledger_id: int,
    amount: Money,
    effective_on: date,
    method: str,
    payee: str = "",
    reference: str = "",
    purpose: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Pay money of a ledger back to the client. An unidentified receipt goes back to its sender, whom `payee` names."""
    actor.require("trust.disburse")
    inputs = {"trust_ledger_id": trust_ledger_id, "amount": amount, "effective_on": effective_on, "method": method}
    texts = {"payee": payee, "reference": reference, "purpose": purpose}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="trust.refund", inputs={**inputs, **texts}, key=key, now=now)
        if command.result is not None:
            return session.get_one(TrustTransaction, command.result["trust_transaction_id"])
        desk = open_desk(session, command, trust_ledger_id)
        to = desk.ledger.client.name if desk.ledger.client else payee
        new = NewMovement("refund", -amount.minor, effective_on, None, to, method, reference, purpose)
        id_ = _pay_out(session, command, desk, _REFUND, amount, new)
    return session.get_one(TrustTransaction, id_)


def disburse_trust(
    session: Session,
    *,
    actor: Actor,
    trust_ledger_id: int,
    amount: Money,
    effective_on: date,
    payee: str,
    method: str,
    reference: str = "",
    purpose: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Pay a third party for the client, out of a matter's ledger. Never to cash, to bearer, or to the firm."""
    actor.require("trust.disburse")
    inputs = {"trust_ledger_id": trust_ledger_id, "amount": amount, "effective_on": effective_on, "method": method}
    texts = {"payee": payee, "reference": reference, "purpose": purpose}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="trust.disburse", inputs={**inputs, **texts}, key=key, now=now)
        if command.result is not None:
            return session.get_one(TrustTransaction, command.result["trust_transaction_id"])
        desk = open_desk(session, command, trust_ledger_id)
        new = NewMovement("disbursement", -amount.minor, effective_on, None, payee, method, reference, purpose)
        id_ = _pay_out(session, command, desk, _DISBURSEMENT, amount, new)
    return session.get_one(TrustTransaction, id_)


def _pay_out(session: Session, command: CommandRecord, desk: Desk, way: _Way, amount: Money, new: NewMovement) -> int:
    check_action(desk.facts.kind, way.action)
    minor = check_amount(desk.firm, amount)
    payee = check_payee(new.counterparty, firm_name=desk.firm.name)
    check_method(new.method, METHODS_OUT)
    desk.check(-minor, new.effective_on)
    named = NewMovement(way.kind, -minor, new.effective_on, None, payee, new.method, new.reference, new.purpose)
    postings = way.postings(amount_minor=minor, ledger=desk.key)
    ids = {"bank_account_id": desk.bank_account.id, "ledger_id": desk.ledger.id}
    id_ = write_movement(session, command, event=way.event, postings=postings, new=named, **ids)
    succeed(session, command, trust_transaction_id=id_, trust_ledger_id=desk.ledger.id)
    return id_
