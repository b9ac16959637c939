"""Entries that a pre-bill or an invoice has taken: they are changed there, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lexapp.domain.errors import NotAllowed
from lexapp.models import Invoice, PreBill, PreBillLine
from lexapp.models.spared import settled_costs, settled_fees

__all__ = ["refuse_taken", "taken_ids"]

SETTLED = (
    "A settled statement fixed this entry as the client consented to it, so it stays as it is. "
    "To charge less, write it down on its pre-bill and say why."
)
_Column = InstrumentedAttribute[Any]


def refuse_taken(session: Session, *, firm_id: int, column: _Column, entry_id: int) -> None:
    """Refuse to change an entry with a live line, or one that a settlement statement fixed.

    `column` is the line's column for its kind, such as `PreBillLine.time_entry_id`.
    """
    _refuse_settled(session, firm_id, column, entry_id)
    query = (
        select(PreBill.id, Invoice.number)
        .select_from(PreBillLine)
        .join(PreBill, (PreBill.firm_id == PreBillLine.firm_id) & (PreBill.id == PreBillLine.pre_bill_id))
        .outerjoin(Invoice, (Invoice.firm_id == PreBill.firm_id) & (Invoice.pre_bill_id == PreBill.id) & Invoice.voided_on.is_(None))
        .where(PreBillLine.firm_id == firm_id, column == entry_id, PreBillLine.state == "included")
        .order_by(PreBill.id)
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None:
        return
    if found.number is not None:
        message = f"This entry is billed on {found.number} and stays as it is. Void the invoice to change it."
        raise NotAllowed(message, code="entry_is_billed")
    message = f"This entry is on pre-bill {found.id}. Change it there, or take it off the pre-bill first."
    raise NotAllowed(message, code="entry_is_on_pre_bill")


def _refuse_settled(session: Session, firm_id: int, column: _Column, entry_id: int) -> None:
    """What the client consented to is billed as it is, also while it is on no pre-bill yet."""
    settled = {"fixed_fee_entry_id": settled_fees, "expense_entry_id": settled_costs}.get(column.key)
    if settled is not None and session.scalar(select(literal(entry_id).in_(settled(firm_id)))):
        raise NotAllowed(SETTLED, code="entry_is_settled")


def taken_ids(session: Session, *, firm_id: int, column: _Column, entry_ids: Collection[int]) -> set[int]:
    """Which of these entries have a live line. One query for each 500 of them."""
    return {found for some in _chunks(sorted(entry_ids)) for found in session.scalars(_taken(firm_id, column, some))}


def _taken(firm_id: int, column: _Column, entry_ids: list[int]) -> Any:
    return select(column).where(PreBillLine.firm_id == firm_id, column.in_(entry_ids), PreBillLine.state == "included")


def _chunks(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
