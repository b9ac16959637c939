"""Which expenses may be billed, and what holds back the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.expenses import BILLED_STATES, Approval
from lexapp.models import ExpenseEntry


def is_ready() -> ColumnElement[bool]:
    """An expense with the approval and the receipt that it needs, which the client's trust money has not paid."""
    has_receipt = or_(ExpenseEntry.needs_receipt.is_(False), ExpenseEntry.receipt_id.is_not(None))
    return and_(ExpenseEntry.approval.in_([state.value for state in BILLED_STATES]), has_receipt, not_paid_from_trust())


def not_paid_from_trust() -> ColumnElement[bool]:
    """Nobody owes the firm what trust money paid."""
    return ExpenseEntry.trust_transaction_id.is_(None)


def is_held_back() -> ColumnElement[bool]:
    """Billable and not taken out, but without the approval or the receipt that it needs."""
    standing = and_(ExpenseEntry.billing_status == "billable", ExpenseEntry.discarded_at.is_(None), not_paid_from_trust())
    return and_(standing, ~is_ready())


def held_back_matters(session: Session, *, firm_id: int, matter_ids: Collection[int], through_on: date) -> set[int]:
    """Those of the matters on which an expense waits for its approval or receipt. One query; none for no matters."""
    if not matter_ids:
        return set()
    query = select(ExpenseEntry.matter_id).where(ExpenseEntry.firm_id == firm_id, ExpenseEntry.matter_id.in_(matter_ids))
    return set(session.scalars(query.where(ExpenseEntry.incurred_on <= through_on, is_held_back()).distinct()))


def _waits() -> ColumnElement[bool]:
    return and_(ExpenseEntry.approval == Approval.WAITING.value, not_paid_from_trust())


def _is_declined() -> ColumnElement[bool]:
    return ExpenseEntry.approval == Approval.DECLINED.value


def _lacks_receipt() -> ColumnElement[bool]:
    return and_(ExpenseEntry.needs_receipt, ExpenseEntry.receipt_id.is_(None), not_paid_from_trust())


def _paid_from_trust() -> ColumnElement[bool]:
    return ~not_paid_from_trust()


HOLDS: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "waiting": _waits,
    "declined": _is_declined,
    "no_receipt": _lacks_receipt,
    "from_trust": _paid_from_trust,
}
"""What a list of expenses can be narrowed to, by name."""
