"""What was spent on matters: what was billed at what was charged, the rest at its value. One query for any number of matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, BindParameter, Select, Subquery, and_, bindparam, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.budgets import Spent

# Entries are saved after these: on tables, and made once. The matters are looked up through their wall before.
_LINES, _PRE_BILLS = (Base.metadata.tables[name] for name in ("pre_bill_lines", "pre_bills"))
_OF_FIRM: BindParameter[int] = bindparam("of_firm")
_IDS: BindParameter[int] = bindparam("ids", expanding=True)


class SpentEntry(NamedTuple):
    """One entry behind what was spent. `kind`: time, fixed_fee, expense; money in minor units, hours in hundredths."""

    kind: str
    id: int
    on: date
    is_fee: bool
    task_code: str
    timekeeper_id: int | None
    text: str
    minor: int
    billed_minor: int
    hundredths: int

    @property
    def unbilled_minor(self) -> int:
        return self.minor - self.billed_minor


def _billed(column: str) -> Subquery:
    """What invoices charge for each entry, and what of its worth they took."""
    return (
        select(_LINES.c[column].label("entry_id"), func.sum(_LINES.c.amount_minor).label("charged"))
        .add_columns(func.sum(_LINES.c.entry_amount_minor).label("worth"))
        .join_from(_LINES, _PRE_BILLS, and_(_PRE_BILLS.c.firm_id == _LINES.c.firm_id, _PRE_BILLS.c.id == _LINES.c.pre_bill_id))
        .where(_PRE_BILLS.c.firm_id == _OF_FIRM, _PRE_BILLS.c.matter_id.in_(_IDS), _PRE_BILLS.c.state == "issued")
        .where(_LINES.c.state == "included", _LINES.c[column].is_not(None))
        .group_by(_LINES.c[column])
        .subquery()
    )


def _entries(kind: str, table_name: str, dated_on: str, text: str) -> Select[*tuple[Any, ...]]:
    """Entries of one kind as `SpentEntry`, after the id of their matter. What one of several payers was billed for counts in two pieces."""
    table, billed = Base.metadata.tables[table_name], _billed(f"{kind}_entry_id")
    entry, is_time = table.c, kind == "time"
    adjustment = entry.adjustment_minor if "adjustment_minor" in entry else literal(0)
    left = case((billed.c.worth.is_(None), entry.amount_minor + adjustment), else_=entry.amount_minor - billed.c.worth)
    if is_time:  # what an agreed fee pays for is not charged
        left = case((entry.fee_term_id.is_(None), left), else_=0)
    charged = func.coalesce(billed.c.charged, 0)
    hours = case((entry.billing_status == "billable", entry.quantity_hundredths), else_=0) if is_time else literal(0)
    who = entry.timekeeper_id if "timekeeper_id" in entry else cast(null(), BigInteger)
    return (
        select(entry.matter_id.label("matter_id"), literal(kind).label("kind"), entry.id.label("id"), entry[dated_on].label("on_day"))
        .add_columns(literal(0 if kind == "expense" else 1).label("is_fee"), (entry.task_code if is_time else literal("")).label("task"))
        .add_columns(who.label("who"), entry[text].label("words"), cast(charged + left, BigInteger).label("minor"))
        .add_columns(cast(charged, BigInteger).label("billed"), hours.label("hundredths"))
        .select_from(table.outerjoin(billed, billed.c.entry_id == entry.id))
        .where(entry.firm_id == _OF_FIRM, entry.matter_id.in_(_IDS), entry.discarded_at.is_(None))
        .where(or_(entry.billing_status == "billable", billed.c.charged > 0))
    )


_ALL = union_all(
    _entries("time", "time_entries", "worked_on", "narrative"),
    _entries("fixed_fee", "fixed_fee_entries", "charged_on", "description"),
    _entries("expense", "expense_entries", "incurred_on", "description"),
).subquery()
_SUMS = (func.sum(_ALL.c.minor), func.sum(_ALL.c.billed), func.sum(_ALL.c.hundredths))
_DAYS = (_ALL.c.matter_id, _ALL.c.on_day, _ALL.c.is_fee, _ALL.c.task)
_SPENT = select(*_DAYS, *_SUMS).group_by(*_DAYS)
_EACH = select(_ALL).order_by(_ALL.c.on_day, _ALL.c.kind, _ALL.c.id)


def spent_of(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, list[Spent]]:
    """What was recorded on these matters, by day and task code; a matter without any work has an empty list. One query."""
    found: dict[int, list[Spent]] = defaultdict(list)
    if matter_ids:
        rows = session.connection().execute(_SPENT, {"of_firm": firm_id, "ids": sorted(matter_ids)})
        for matter_id, on, is_fee, task, minor, billed, hundredths in rows:
            found[matter_id].append(Spent(on, bool(is_fee), task, int(minor), int(billed), int(hundredths)))
    return {matter_id: found[matter_id] for matter_id in matter_ids}


def spent_entries(session: Session, *, firm_id: int, matter_id: int) -> list[SpentEntry]:
    """The entries behind `spent_of` of one matter, the oldest first. One query."""
    rows = session.connection().execute(_EACH, {"of_firm": firm_id, "ids": [matter_id]})
    return [
        SpentEntry(row.kind, row.id, row.on_day, bool(row.is_fee), row.task, row.who, row.words, row.minor, row.billed, row.hundredths)
        for row in rows
    ]
