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


def spared_entries(firm_id: int, matter_ids: Collection[int]) -> CompoundSelect[Any]:
    """Rows of kind and id of the entries of these matters."""
    fee, expense = literal(LineKind.FIXED_FEE.value), literal(LineKind.EXPENSE.value)
    return union_all(
        _minimums(firm_id, fee).where(AgreedFee.matter_id.in_(matter_ids)),
        _fees(firm_id, fee).where(Recovery.matter_id.in_(matter_ids)),
        _costs(firm_id, expense).where(RecoveryClaim.matter_id.in_(matter_ids)),
    )


def is_spared(firm_id: int) -> ColumnElement[bool]:
    """Whether a pre-bill line bills such an entry; in a query of PreBillLine."""
    fee_id, expense_id = PreBillLine.fixed_fee_entry_id, PreBillLine.expense_entry_id
    is_fee = and_(fee_id.is_not(None), or_(fee_id.in_(_minimums(firm_id)), fee_id.in_(_fees(firm_id))))
    return or_(is_fee, and_(expense_id.is_not(None), expense_id.in_(_costs(firm_id))))


def _minimums(firm_id: int, *kind: Any) -> Select[Any]:
    mine = (AgreedFee.firm_id == firm_id, AgreedFee.kind.in_(MINIMUM_FEES), AgreedFee.fixed_fee_entry_id.is_not(None))
    return _ids(*kind, AgreedFee.fixed_fee_entry_id).where(*mine)


def _fees(firm_id: int, *kind: Any) -> Select[Any]:
    mine = (Recovery.firm_id == firm_id, Recovery.status == "settled", Recovery.fixed_fee_entry_id.is_not(None))
    return _ids(*kind, Recovery.fixed_fee_entry_id).where(*mine)


def _costs(firm_id: int, *kind: Any) -> Select[Any]:
    settled = and_(Recovery.firm_id == RecoveryClaim.firm_id, Recovery.id == RecoveryClaim.recovery_id, Recovery.status == "settled")
    query = _ids(*kind, RecoveryClaim.expense_entry_id).join(Recovery, settled)
    return query.where(RecoveryClaim.firm_id == firm_id, RecoveryClaim.expense_entry_id.is_not(None))


_ids: Callable[..., Select[Any]] = select
