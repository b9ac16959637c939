"""Which part of an entry was on invoices as of a date: the piece that work in progress and the rows behind it share."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, cast, func, literal, literal_column, null, or_, select

from lexapp.models import ExpenseEntry, FixedFeeEntry, Invoice, PreBillLine, TimeEntry


class Source(NamedTuple):
    """One kind of entry, the line column that points at it, its date, text, timekeeper and quantity."""

    kind: str
    model: Any
    line_column: Any
    dated_on: Any
    text: Any
    timekeeper_id: Any
    quantity: Any


_NO_HOURS: ColumnElement[int] = literal_column("0")
SOURCES = (
    Source(
        "time",
        TimeEntry,
        PreBillLine.time_entry_id,
        TimeEntry.worked_on,
        TimeEntry.narrative,
        TimeEntry.timekeeper_id,
        TimeEntry.quantity_hundredths,
    ),
    Source(
        "fixed_fee",
        FixedFeeEntry,
        PreBillLine.fixed_fee_entry_id,
        FixedFeeEntry.charged_on,
        FixedFeeEntry.description,
        cast(null(), BigInteger),
        _NO_HOURS,
    ),
    Source(
        "expense",
        ExpenseEntry,
        PreBillLine.expense_entry_id,
        ExpenseEntry.incurred_on,
        ExpenseEntry.description,
        ExpenseEntry.timekeeper_id,
        _NO_HOURS,
    ),
)


class Left(NamedTuple):
    """A subquery of what was billed to join on, and what is left of the entry's worth (minor units) and hours (hundredths)."""

    billed: FromClause
    on: Any
    worth: Any
    quantity: Any


def left_as_of(source: Source, firm_id: int, on: date) -> Left:
    """What of each entry no invoice had charged yet on a day, at its recorded worth; a line bills the share that it took."""
    live = or_(Invoice.voided_on.is_(None), Invoice.voided_on > on)
    billed = (
        select(
            source.line_column.label("entry_id"),
            func.sum(PreBillLine.entry_amount_minor).label("worth"),
            func.sum(PreBillLine.entry_quantity_hundredths).label("quantity"),
        )
        .join_from(PreBillLine, Invoice, and_(Invoice.firm_id == PreBillLine.firm_id, Invoice.pre_bill_id == PreBillLine.pre_bill_id))
        .where(PreBillLine.firm_id == firm_id, PreBillLine.state != "held", source.line_column.is_not(None))
        .where(Invoice.issued_on <= on, live)
        .group_by(source.line_column)
        .subquery()
    )
    worth = source.model.amount_minor - func.coalesce(billed.c.worth, 0)
    quantity = source.quantity - func.coalesce(billed.c.quantity, 0) if source.kind == "time" else literal(0)
    return Left(billed, billed.c.entry_id == source.model.id, worth, quantity)


def is_left(source: Source, left: Left) -> Any:
    """Something is left: worth, or hours that have no rate yet."""
    return or_(left.worth != 0, left.quantity > 0) if source.kind == "time" else left.worth != 0
