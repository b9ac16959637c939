"""What the other payers are charged for the work of an invoice: the rows of its proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.snapshots import SplitRow
from lexapp.models import Client, PreBillLine
from lexapp.services.invoices.rows import BillRow, LineRow

_ENTRY = ("time_entry_id", "expense_entry_id", "fixed_fee_entry_id")
_KINDS = ("time", "fixed_fee", "expense")


def read_splits(
    session: Session, *, firm_id: int, bills: Sequence[BillRow], lines: Mapping[int, Sequence[LineRow]]
) -> dict[int, tuple[SplitRow, ...]]:
    """By pre-bill, for those that bill a part of something. One statement where there is any, none else.

    A payer counts with what stands on their line of the same division; one whose part was released, with that: it will be billed again.
    """
    wanted = [bill.id for bill in bills if any(line.split_id is not None for line in lines.get(bill.id, ()))]
    if not wanted:
        return {}
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_query(firm_id, wanted)):
        found[row[0]].append(row[1:])
    payers = {bill.id: bill.payer_id for bill in bills}
    proofs = {bill_id: _rows(rows, payers[bill_id]) for bill_id, rows in found.items()}
    return {bill_id: rows for bill_id, rows in proofs.items() if len(rows) > 1}


def _query(firm_id: int, bill_ids: Sequence[int]) -> Any:
    own, part = aliased(PreBillLine), PreBillLine
    keys = [(getattr(own, name), getattr(part, name)) for name in _ENTRY]
    entry = func.coalesce(*(mine for mine, _ in keys))
    same_entry = func.coalesce(*(other for _, other in keys)) == entry
    same = and_(part.firm_id == own.firm_id, part.split_id == own.split_id, part.kind == own.kind, same_entry)
    as_divided = part.entry_amount_minor + part.agreed_minor + part.volume_minor
    figures = (part.payer_id, Client.name, part.state, part.amount_minor, as_divided)
    return (
        select(own.pre_bill_id, own.kind, entry, *figures)
        .join(part, same)
        .join(Client, and_(Client.firm_id == part.firm_id, Client.id == part.payer_id))
        .where(own.firm_id == firm_id, own.pre_bill_id.in_(bill_ids), own.state == "included", own.split_id.is_not(None))
        .order_by(part.id)
    )


def _rows(rows: Iterable[Any], payer_id: int) -> tuple[SplitRow, ...]:
    charged: dict[tuple[str, int, int], tuple[bool, int]] = {}
    names: dict[int, str] = {}
    for kind, entry_id, other, name, state, amount, as_divided in rows:
        names.setdefault(other, name)
        is_live = state == "included"
        if is_live or not charged.get((kind, entry_id, other), (False, 0))[0]:
            charged[kind, entry_id, other] = (is_live, amount if is_live else as_divided)
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for (kind, _, other), (_, amount) in charged.items():
        sums[other, kind] += amount
    return tuple(SplitRow(name, other == payer_id, *(sums[other, kind] for kind in _KINDS)) for other, name in names.items())
