"""How matters and clients stand: unbilled work, what is owed on invoices, money in trust.

Grouped statements, as many as there are kinds of rows, however many matters or clients are asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lexapp.models import (
    Allocation,
    Balance,
    ExpenseEntry,
    FixedFeeEntry,
    Invoice,
    InvoiceMatter,
    Matter,
    PreBill,
    PreBillLine,
    TimeEntry,
    TrustLedger,
)

Entry = type[TimeEntry] | type[ExpenseEntry] | type[FixedFeeEntry]
_LINE_COLUMNS: dict[Entry, InstrumentedAttribute[int | None]] = {
    TimeEntry: PreBillLine.time_entry_id,
    ExpenseEntry: PreBillLine.expense_entry_id,
    FixedFeeEntry: PreBillLine.fixed_fee_entry_id,
}


def is_unbilled(entry: Entry) -> ColumnElement[bool]:
    """Billable, not discarded, and on no issued invoice that stands. Work on an open pre-bill is unbilled still."""
    line = _LINE_COLUMNS[entry]
    issued = (
        exists()
        .where(PreBillLine.firm_id == entry.firm_id, line == entry.id, PreBillLine.state == "included")
        .where(PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id, PreBill.state == "issued")
        .correlate(entry)
    )
    return (entry.billing_status == "billable") & entry.discarded_at.is_(None) & ~issued


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Work not invoiced yet: hundredths of an hour, and its value in minor units."""

    quantity_hundredths: int = 0
    amount_minor: int = 0


def unbilled_by_matter(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, Unbilled]:
    """Time, expenses and fixed fees by matter; matters without any are left out."""
    found: dict[int, Unbilled] = {}
    for entry in _LINE_COLUMNS:
        for matter_id, quantity, amount in session.execute(_unbilled_sums(entry, firm_id, matter_ids)):
            before = found.get(matter_id, Unbilled())
            found[matter_id] = Unbilled(before.quantity_hundredths + quantity, before.amount_minor + amount)
    return found


def _unbilled_sums(entry: Entry, firm_id: int, matter_ids: Collection[int]) -> Any:
    hours: Any = func.sum(TimeEntry.quantity_hundredths) if entry is TimeEntry else func.count(entry.id) * 0
    query = select(entry.matter_id, func.coalesce(hours, 0), func.coalesce(func.sum(entry.amount_minor), 0))
    return query.where(entry.firm_id == firm_id, entry.matter_id.in_(matter_ids), is_unbilled(entry)).group_by(entry.matter_id)


def open_by_matter(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, int]:
    """What is owed on issued invoices by matter, in minor units."""
    charged = (
        select(InvoiceMatter.matter_id, func.sum(InvoiceMatter.total_minor))
        .join(Invoice, (Invoice.firm_id == InvoiceMatter.firm_id) & (Invoice.id == InvoiceMatter.invoice_id))
        .where(InvoiceMatter.firm_id == firm_id, InvoiceMatter.matter_id.in_(matter_ids), Invoice.voided_on.is_(None))
        .group_by(InvoiceMatter.matter_id)
    )
    applied = (
        select(Allocation.matter_id, func.sum(Allocation.amount_minor))
        .where(Allocation.firm_id == firm_id, Allocation.matter_id.in_(matter_ids))
        .group_by(Allocation.matter_id)
    )
    paid: dict[int, int] = {id_: int(amount) for id_, amount in session.execute(applied)}
    return {id_: int(amount) - paid.get(id_, 0) for id_, amount in session.execute(charged)}


def open_by_payer(session: Session, *, firm_id: int, client_ids: Collection[int]) -> dict[int, int]:
    """What payers owe on issued invoices, in minor units."""
    mine = (Invoice.firm_id == firm_id) & Invoice.payer_id.in_(client_ids) & Invoice.voided_on.is_(None)
    charged = select(Invoice.payer_id, func.sum(Invoice.total_minor)).where(mine).group_by(Invoice.payer_id)
    applied = (
        select(Invoice.payer_id, func.sum(Allocation.amount_minor))
        .join(Allocation, (Allocation.firm_id == Invoice.firm_id) & (Allocation.invoice_id == Invoice.id))
        .where(mine)
        .group_by(Invoice.payer_id)
    )
    paid: dict[int, int] = {id_: int(amount) for id_, amount in session.execute(applied)}
    return {id_: int(amount) - paid.get(id_, 0) for id_, amount in session.execute(charged)}


def trust_by_matter(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, int]:
    """Client money held for matters, in minor units, over all trust bank accounts."""
    return _trust(session, firm_id, TrustLedger.matter_id, matter_ids)


def trust_by_client(session: Session, *, firm_id: int, client_ids: Collection[int]) -> dict[int, int]:
    """Client money held for clients and for their matters, in minor units."""
    return _trust(session, firm_id, TrustLedger.client_id, client_ids)


def _trust(session: Session, firm_id: int, column: InstrumentedAttribute[int | None], ids: Collection[int]) -> dict[int, int]:
    query = (
        select(column, func.sum(Balance.amount_minor))
        .join(TrustLedger, (TrustLedger.firm_id == Balance.firm_id) & (TrustLedger.id == Balance.trust_ledger_id))
        .where(Balance.firm_id == firm_id, column.in_(ids))
        .group_by(column)
    )
    return {id_: -int(amount) for id_, amount in session.execute(query) if id_ is not None}


def unbilled_by_client(session: Session, *, firm_id: int, client_ids: Collection[int]) -> dict[int, Unbilled]:
    """Unbilled work by client; clients without any are left out."""
    found: dict[int, Unbilled] = {}
    for entry in _LINE_COLUMNS:
        hours: Any = func.sum(TimeEntry.quantity_hundredths) if entry is TimeEntry else func.count(entry.id) * 0
        query = (
            select(Matter.client_id, func.coalesce(hours, 0), func.coalesce(func.sum(entry.amount_minor), 0))
            .join(entry, (entry.firm_id == Matter.firm_id) & (entry.matter_id == Matter.id))
            .where(Matter.firm_id == firm_id, Matter.client_id.in_(client_ids), is_unbilled(entry))
            .group_by(Matter.client_id)
        )
        for client_id, quantity, amount in session.execute(query):
            before = found.get(client_id, Unbilled())
            found[client_id] = Unbilled(before.quantity_hundredths + int(quantity), before.amount_minor + int(amount))
    return found
