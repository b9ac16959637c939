"""Amounts that no discount takes anything off: what a settlement statement fixed, and what was missing to a minimum.

They are known before any of them is billed, and stay so: a statement is settled while its fee and its costs are on no bill.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, union_all
from sqlalchemy.sql import CompoundSelect

from lexapp.domain.agreements import MINIMUM_FEES
from lexapp.domain.pricing import LineKind
from lexapp.models.contingency import Recovery, RecoveryClaim
from lexapp.models.fee_agreements import AgreedFee
from lexapp.models.pre_bills import PreBillLine


def spared_entries(firm_id: int, matter_ids: Collection[int] | None = None) -> CompoundSelect[Any]:
    """Rows of kind and id of the entries of these matters; None for all of the firm."""
    fee, expense = literal(LineKind.FIXED_FEE.value), literal(LineKind.EXPENSE.value)
    of_matters = (
        (_minimums(firm_id, fee), AgreedFee.matter_id),
        (settled_fees(firm_id, fee), Recovery.matter_id),
        (settled_costs(firm_id, expense), RecoveryClaim.matter_id),
    )
    return union_all(*(query if matter_ids is None else query.where(matter_id.in_(matter_ids)) for query, matter_id in of_matters))


def is_spared(firm_id: int) -> ColumnElement[bool]:
    """Whether a pre-bill line bills such an entry; in a query of PreBillLine."""
    fee_id, expense_id = PreBillLine.fixed_fee_entry_id, PreBillLine.expense_entry_id
    is_fee = and_(fee_id.is_not(None), or_(fee_id.in_(_minimums(firm_id)), fee_id.in_(settled_fees(firm_id))))
    return or_(is_fee, and_(expense_id.is_not(None), expense_id.in_(settled_costs(firm_id))))


def is_settled(firm_id: int) -> ColumnElement[bool]:
    """Whether a pre-bill line bills what a settlement statement fixed; in a query of PreBillLine."""
    fee_id, expense_id = PreBillLine.fixed_fee_entry_id, PreBillLine.expense_entry_id
    return or_(fee_id.in_(settled_fees(firm_id)), expense_id.in_(settled_costs(firm_id)))


def _minimums(firm_id: int, *kind: Any) -> Select[Any]:
    mine = (AgreedFee.firm_id == firm_id, AgreedFee.kind.in_(MINIMUM_FEES), AgreedFee.fixed_fee_entry_id.is_not(None))
    return _ids(*kind, AgreedFee.fixed_fee_entry_id).where(*mine)


def settled_fees(firm_id: int, *kind: Any) -> Select[Any]:
    """Ids of the fixed fees that settlement statements recorded."""
    mine = (Recovery.firm_id == firm_id, Recovery.status == "settled", Recovery.fixed_fee_entry_id.is_not(None))
    return _ids(*kind, Recovery.fixed_fee_entry_id).where(*mine)


def settled_costs(firm_id: int, *kind: Any) -> Select[Any]:
    """Ids of the expenses that settled statements bill."""
    settled = and_(Recovery.firm_id == RecoveryClaim.firm_id, Recovery.id == RecoveryClaim.recovery_id, Recovery.status == "settled")
    query = _ids(*kind, RecoveryClaim.expense_entry_id).join(Recovery, settled)
    return query.where(RecoveryClaim.firm_id == firm_id, RecoveryClaim.expense_entry_id.is_not(None))


_ids: Callable[..., Select[Any]] = select
