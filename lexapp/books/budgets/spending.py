"""What was spent on matters: what was billed at what was charged, the rest at its value. One query for any number of matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Select, and_, bindparam, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.budgets import Spent

# Entries are saved after these: on tables, and made once. The matters are looked up through their wall before.
_LINES, _PRE_BILLS = (Base.metadata.tables[name] for name in ("pre_bill_lines", "pre_bills"))
_OF_FIRM: BindParameter[int] = bindparam("of_firm")
_IDS: BindParameter[int] = bindparam("ids", expanding=True)


def _source(table_name: str, column: str, dated_on: str, *, is_fee: bool) -> Select[*tuple[Any, ...]]:
    """Sums of one kind of entries by matter, day and task code. An entry that one of several payers was billed for counts in two pieces."""
    table = Base.metadata.tables[table_name]
    entry, is_time = table.c, table_name == "time_entries"
    billed = (
        select(_LINES.c[column].label("entry_id"), func.sum(_LINES.c.amount_minor).label("charged"))
        .add_columns(func.sum(_LINES.c.entry_amount_minor).label("worth"))
        .join_from(_LINES, _PRE_BILLS, and_(_PRE_BILLS.c.firm_id == _LINES.c.firm_id, _PRE_BILLS.c.id == _LINES.c.pre_bill_id))
        .where(_PRE_BILLS.c.firm_id == _OF_FIRM, _PRE_BILLS.c.matter_id.in_(_IDS), _PRE_BILLS.c.state == "issued")
        .where(_LINES.c.state == "included", _LINES.c[column].is_not(None))
        .group_by(_LINES.c[column])
        .subquery()
    )
    adjustment = entry.adjustment_minor if "adjustment_minor" in entry else literal(0)
    left = case((billed.c.worth.is_(None), entry.amount_minor + adjustment), else_=entry.amount_minor - billed.c.worth)
    if is_time:  # what an agreed fee pays for is not charged
        left = case((entry.fee_term_id.is_(None), left), else_=0)
    charged = func.coalesce(billed.c.charged, 0)
    hours = case((entry.billing_status == "billable", entry.quantity_hundredths), else_=0) if is_time else literal(0)
    task = entry.task_code if is_time else literal("")
    sums = (func.sum(cast(charged + left, BigInteger)), func.sum(charged), func.sum(hours))
    return (
        select(entry.matter_id, entry[dated_on], literal(1 if is_fee else 0), task, *sums)
        .select_from(table.outerjoin(billed, billed.c.entry_id == entry.id))
        .where(entry.firm_id == _OF_FIRM, entry.matter_id.in_(_IDS), entry.discarded_at.is_(None))
        .where(or_(entry.billing_status == "billable", billed.c.charged > 0))
        .group_by(entry.matter_id, entry[dated_on], task)
    )


_SPENT = union_all(
    _source("time_entries", "time_entry_id", "worked_on", is_fee=True),
    _source("fixed_fee_entries", "fixed_fee_entry_id", "charged_on", is_fee=True),
    _source("expense_entries", "expense_entry_id", "incurred_on", is_fee=False),
)


def spent_of(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, list[Spent]]:
    """What was recorded on these matters, by day and task code; a matter without any work has an empty list. One query."""
    found: dict[int, list[Spent]] = defaultdict(list)
    if matter_ids:
        rows = session.connection().execute(_SPENT, {"of_firm": firm_id, "ids": sorted(matter_ids)})
        for matter_id, on, is_fee, task, minor, billed, hundredths in rows:
            found[matter_id].append(Spent(on, bool(is_fee), task, int(minor), int(billed), int(hundredths)))
    return {matter_id: found[matter_id] for matter_id in matter_ids}
