"""Trust money that leaves the bank account: back to the client, or to a third party for the client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord
from lexapp.books.money_moves import check_amount
from lexapp.domain import ledger as journal
from lexapp.domain.ledger import Postings
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import TrustAction, check_action, check_payee
from lexapp.models import TrustTransaction
from lexapp.services.trust.desk import METHODS_OUT, NewMovement, TrustCall, check_method, open_desk, trust_command, write_movement


@dataclass(frozen=True, slots=True)
class _Way:
    """One way out of trust: its names, what the ledger must be allowed, and its postings."""

    name: str
    event: str
    kind: str
    action: TrustAction
    postings: Callable[..., Postings]


_REFUND = _Way("trust.refund", "trust.refunded", "refund", TrustAction.REFUND, journal.trust_refunded)
_DISBURSEMENT = _Way("trust.disburse", "trust.disbursed", "disbursement", TrustAction.DISBURSE, journal.trust_disbursed)


@dataclass(frozen=True, slots=True)
class _Asked:
    trust_ledger_id: int
    amount: Money
    effective_on: date
    method: str
    payee: str
    reference: str
    purpose: str


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
    asked = _Asked(trust_ledger_id, amount, effective_on, method, payee, reference, purpose)
    return _pay_out(session, actor, _REFUND, asked, key, now)


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
    asked = _Asked(trust_ledger_id, amount, effective_on, method, payee, reference, purpose)
    return _pay_out(session, actor, _DISBURSEMENT, asked, key, now)


def _pay_out(session: Session, actor: Actor, way: _Way, asked: _Asked, key: str | None, now: datetime | None) -> TrustTransaction:
    call = TrustCall(actor, "trust.disburse", way.name, asdict(asked), key, now)
    return trust_command(session, call, lambda command: _write(session, command, way, asked))


def _write(session: Session, command: CommandRecord, way: _Way, asked: _Asked) -> int:
    desk = open_desk(session, command, asked.trust_ledger_id)
    check_action(desk.facts.kind, way.action)
    minor = check_amount(desk.firm, asked.amount)
    to = desk.ledger.client.name if way is _REFUND and desk.ledger.client else asked.payee
    payee = check_payee(to, firm_name=desk.firm.name)
    check_method(asked.method, METHODS_OUT)
    desk.check(-minor, asked.effective_on)
    new = NewMovement(way.kind, -minor, asked.effective_on, None, payee, asked.method, asked.reference, asked.purpose)
    return write_movement(session, command, desk, way.event, way.postings(amount_minor=minor, ledger=desk.key), new)
