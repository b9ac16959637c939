"""Entries whose amount was agreed elsewhere: fees that a fee agreement made, and what a settled statement bills."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Exists, ScalarSelect, Select, and_, exists, func, or_, select

from lexapp.models.contingency import Recovery, RecoveryClaim
from lexapp.models.entries import ExpenseEntry, FixedFeeEntry
from lexapp.models.fee_agreements import AgreedFee, Milestone


def is_agreed_fee() -> ColumnElement[bool]:
    """Whether a fee agreement made the fee: a milestone, or what a month or a result came to. In a query of FixedFeeEntry."""
    return or_(*(_made(one).correlate(FixedFeeEntry) for one in (Milestone, AgreedFee)))


def _made(by: type[Milestone] | type[AgreedFee]) -> Exists:
    return exists().where(by.firm_id == FixedFeeEntry.firm_id, by.fixed_fee_entry_id == FixedFeeEntry.id)


def bound_entry(firm_id: int, *, fixed_fee_entry_id: int | None, expense_entry_id: int | None) -> Select[Any]:
    """The id of one of the two where it is such an entry."""
    if fixed_fee_entry_id is not None:
        mine = (FixedFeeEntry.firm_id == firm_id, FixedFeeEntry.id == fixed_fee_entry_id)
        return select(FixedFeeEntry.id).where(*mine, or_(is_agreed_fee(), recovery_of_fee().is_not(None)))
    spent = (ExpenseEntry.firm_id == firm_id, ExpenseEntry.id == expense_entry_id)
    return select(ExpenseEntry.id).where(*spent, recovery_of_cost().is_not(None))


def recovery_of_fee() -> ScalarSelect[Any]:
    """The settled recovery whose fee it is, or nothing. In a query of FixedFeeEntry."""
    mine = (Recovery.firm_id == FixedFeeEntry.firm_id, Recovery.fixed_fee_entry_id == FixedFeeEntry.id, Recovery.status == "settled")
    return select(func.min(Recovery.id)).where(*mine).correlate(FixedFeeEntry).scalar_subquery()


def recovery_of_cost() -> ScalarSelect[Any]:
    """The settled recovery that pays the expense, or nothing. In a query of ExpenseEntry."""
    settled = and_(Recovery.firm_id == RecoveryClaim.firm_id, Recovery.id == RecoveryClaim.recovery_id, Recovery.status == "settled")
    mine = (RecoveryClaim.firm_id == ExpenseEntry.firm_id, RecoveryClaim.expense_entry_id == ExpenseEntry.id)
    return select(func.min(Recovery.id)).join(RecoveryClaim, settled).where(*mine).correlate(ExpenseEntry).scalar_subquery()
