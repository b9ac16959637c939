"""Which expenses may be billed, and what holds back the others."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from lexapp.domain.expenses import BILLED_STATES
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
