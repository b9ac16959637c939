"""How matters and clients stand: unbilled work, what is owed on invoices, money in trust.

One grouped statement over every kind of row, however many matters or clients are asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, literal, literal_column, select, union_all
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
from lexapp.queries.expense_states import is_ready

Entry = type[TimeEntry] | type[ExpenseEntry] | type[FixedFeeEntry]
_LINE_COLUMNS: dict[Entry, InstrumentedAttribute[int | None]] = {
    TimeEntry: PreBillLine.time_entry_id,
    ExpenseEntry: PreBillLine.expense_entry_id,
    FixedFeeEntry: PreBillLine.fixed_fee_entry_id,
}


def is_unbilled(entry: Entry) -> ColumnElement[bool]:
    """Billable, not discarded, in no agreed fee, and on no issued invoice that stands. Work on an open pre-bill is unbilled still.

    An expense that waits for its approval or receipt is not, nor one that trust money paid.
    """
    line = _LINE_COLUMNS[entry]
    issued = (
        exists()
        .where(PreBillLine.firm_id == entry.firm_id, line == entry.id, PreBillLine.state == "included")
        .where(PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id, PreBill.state == "issued")
        .correlate(entry)
    )
    standing = (entry.billing_status == "billable") & entry.discarded_at.is_(None) & ~issued
    if entry is ExpenseEntry:
        return standing & is_ready()
    return standing & entry.fee_term_id.is_(None) if entry is TimeEntry else standing


@dataclass(frozen=True, slots=True)
class Shown:
    """Which figures the reader may see."""

    unbilled: bool
    invoices: bool
    trust: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Work not invoiced yet, what is owed on issued invoices, client money held: hundredths of an hour and minor units.

    A figure that the reader may not see is None.
    """

    quantity_hundredths: int | None = None
    unbilled_minor: int | None = None
    open_minor: int | None = None
    trust_minor: int | None = None


def standing_of_matters(session: Session, *, firm_id: int, matter_ids: Collection[int], shown: Shown) -> dict[int, Standing]:
    """Every one of these matters with its figures. One query."""
    return _standing(session, shown, matter_ids, _parts(firm_id, matter_ids, _BY_MATTER))


def standing_of_clients(session: Session, *, firm_id: int, client_ids: Collection[int], shown: Shown) -> dict[int, Standing]:
    """Every one of these clients with the unbilled work on their matters, what they owe as payers, and their trust money. One query."""
    return _standing(session, shown, client_ids, _parts(firm_id, client_ids, _BY_CLIENT))


class _Keys(NamedTuple):
    """By which column each kind of row is grouped; entries by their own matter or by that matter's client."""

    entry: Any
    charged: Any
    invoice_total: Any
    applied: Any
    trust: Any


_BY_MATTER = _Keys(None, InvoiceMatter.matter_id, InvoiceMatter.total_minor, Allocation.matter_id, TrustLedger.matter_id)
_BY_CLIENT = _Keys(Matter.client_id, Invoice.payer_id, Invoice.total_minor, Invoice.payer_id, TrustLedger.client_id)


def _standing(session: Session, shown: Shown, ids: Collection[int], parts: dict[str, list[Any]]) -> dict[int, Standing]:
    wanted = [part for name, some in parts.items() if getattr(shown, name) for part in some]
    figures: dict[tuple[str, int], tuple[int, int]] = {}
    if wanted and ids:
        for name, id_, quantity, amount in session.execute(union_all(*wanted)):
            before = figures.get((name, id_), (0, 0))
            figures[name, id_] = (before[0] + int(quantity), before[1] + int(amount))
    return {id_: _standing_of(shown, figures, id_) for id_ in ids}


def _standing_of(shown: Shown, figures: dict[tuple[str, int], tuple[int, int]], id_: int) -> Standing:
    def figure(name: str) -> tuple[int, int]:
        return figures.get((name, id_), (0, 0))

    return Standing(
        quantity_hundredths=figure("unbilled")[0] if shown.unbilled else None,
        unbilled_minor=figure("unbilled")[1] if shown.unbilled else None,
        open_minor=figure("invoices")[1] if shown.invoices else None,
        trust_minor=figure("trust")[1] if shown.trust else None,
    )


def _parts(firm_id: int, ids: Collection[int], keys: _Keys) -> dict[str, list[Any]]:
    """(kind, id, hundredths, minor) of every kind of row, grouped in the database."""
    return {
        "unbilled": [_unbilled_sums(entry, firm_id, ids, keys.entry) for entry in _LINE_COLUMNS],
        "invoices": [_charged(firm_id, ids, keys), _applied(firm_id, ids, keys)],
        "trust": [_trust(firm_id, ids, keys.trust)],
    }


def _row(kind: str, key: Any, quantity: Any, amount: Any) -> Select[Any]:
    return select(literal(kind), key, func.coalesce(quantity, 0), func.coalesce(amount, 0)).group_by(key)


def _unbilled_sums(entry: Entry, firm_id: int, ids: Collection[int], key: Any) -> Select[Any]:
    hours: Any = func.sum(TimeEntry.quantity_hundredths) if entry is TimeEntry else literal_column("0")
    query = _row("unbilled", entry.matter_id if key is None else key, hours, func.sum(entry.amount_minor)).where(is_unbilled(entry))
    if key is None:
        return query.where(entry.firm_id == firm_id, entry.matter_id.in_(ids))
    of_matter = (entry.firm_id == Matter.firm_id) & (entry.matter_id == Matter.id)
    return query.select_from(Matter).join(entry, of_matter).where(Matter.firm_id == firm_id, key.in_(ids))


def _charged(firm_id: int, ids: Collection[int], keys: _Keys) -> Select[Any]:
    query = _row("invoices", keys.charged, literal_column("0"), func.sum(keys.invoice_total)).select_from(Invoice)
    if keys is _BY_MATTER:
        query = query.join(InvoiceMatter, (Invoice.firm_id == InvoiceMatter.firm_id) & (Invoice.id == InvoiceMatter.invoice_id))
    return query.where(Invoice.firm_id == firm_id, keys.charged.in_(ids), Invoice.voided_on.is_(None))


def _applied(firm_id: int, ids: Collection[int], keys: _Keys) -> Select[Any]:
    of_invoice = (Invoice.firm_id == Allocation.firm_id) & (Invoice.id == Allocation.invoice_id)
    query = _row("invoices", keys.applied, literal_column("0"), -func.sum(Allocation.amount_minor)).select_from(Allocation)
    query = query.join(Invoice, of_invoice).where(Invoice.voided_on.is_(None))
    return query.where(Allocation.firm_id == firm_id, keys.applied.in_(ids))


def _trust(firm_id: int, ids: Collection[int], key: Any) -> Select[Any]:
    """A trust ledger is a liability: what is held stands on its credit side."""
    of_ledger = (TrustLedger.firm_id == Balance.firm_id) & (TrustLedger.id == Balance.trust_ledger_id)
    query = _row("trust", key, literal_column("0"), -func.sum(Balance.amount_minor)).select_from(Balance).join(TrustLedger, of_ledger)
    return query.where(Balance.firm_id == firm_id, key.in_(ids))
