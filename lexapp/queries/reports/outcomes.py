"""What became of time entries: charged on invoices, paid in full or in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal_column, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period
from lexapp.domain.spread import Charges, spread_over_people
from lexapp.models import Allocation, FixedFeeEntry, Invoice, InvoiceMatter, Matter, PreBillLine, TimeEntry
from lexapp.queries.credited import IS_MONEY, credited_lines, credited_sums
from lexapp.queries.reports.hours import worked
from lexapp.queries.reports.scope import Scope


def applied_sums(firm_id: int) -> Any:
    """(invoice, matter) -> what money is applied to it to date."""
    return (
        select(Allocation.invoice_id, Allocation.matter_id, func.sum(Allocation.amount_minor).label("applied"))
        .where(Allocation.firm_id == firm_id, IS_MONEY)
        .group_by(Allocation.invoice_id, Allocation.matter_id)
        .subquery()
    )


# Written out, so that SQLite sees that the partial index of live lines fits.
_INCLUDED: ColumnElement[str] = literal_column("'included'")


def billed_and_paid(key: Any, scope: Scope, period: Period) -> Any:
    """By a key: what live invoices charge for the work of the period, and how much of that is paid on invoices that are paid in full.

    What a credit note takes off a line was billed, and is never collected.
    """
    return charged_lines(scope, period, lambda in_full: (key, func.sum(PreBillLine.amount_minor), func.sum(in_full))).group_by(key)


def charged_lines(scope: Scope, period: Period, columns: Callable[[Any], Sequence[Any]]) -> Any:
    """The lines of live invoices that charge for the work of the period. `columns` are made with what of a line's amount is paid on an
    invoice that is paid in full."""
    firm_id, paid, credited = scope.firm_id, _paid_in_full(scope.firm_id), credited_lines(scope.firm_id)
    line = and_(PreBillLine.firm_id == firm_id, PreBillLine.time_entry_id == TimeEntry.id, PreBillLine.state == _INCLUDED)
    invoice = and_(Invoice.firm_id == firm_id, Invoice.pre_bill_id == PreBillLine.pre_bill_id, Invoice.voided_on.is_(None))
    in_full = case((paid.c.invoice_id.is_not(None), PreBillLine.amount_minor - func.coalesce(credited.c.credited, 0)), else_=0)
    return (
        select(*columns(in_full))
        .join_from(TimeEntry, Matter, scope.matter_of(TimeEntry))
        .join(PreBillLine, line)
        .join(Invoice, invoice)
        .outerjoin(paid, and_(paid.c.invoice_id == Invoice.id, paid.c.matter_id == TimeEntry.matter_id))
        .outerjoin(credited, credited.c.line_id == PreBillLine.id)
        .where(worked(scope, period))
    )


def _paid_in_full(firm_id: int) -> FromClause:
    """(invoice, matter) of which everything is paid that was not credited."""
    paid, credited = applied_sums(firm_id), credited_sums(firm_id)
    part = and_(InvoiceMatter.invoice_id == paid.c.invoice_id, InvoiceMatter.matter_id == paid.c.matter_id)
    return (
        select(InvoiceMatter.invoice_id, InvoiceMatter.matter_id)
        .join_from(paid, InvoiceMatter, part)
        .outerjoin(credited, _same_place(credited))
        .where(InvoiceMatter.firm_id == firm_id, paid.c.applied >= InvoiceMatter.total_minor - func.coalesce(credited.c.total, 0))
        .subquery()
    )


def _same_place(sums: FromClause) -> ColumnElement[bool]:
    return and_(sums.c.invoice_id == InvoiceMatter.invoice_id, sums.c.matter_id == InvoiceMatter.matter_id)


class PaidLine(NamedTuple):
    """A time line of a part-paid invoice, with what the spread gives it; minor units."""

    line_id: int
    entry_id: int
    timekeeper_id: int
    collected_minor: int


def part_paid_lines(session: Session, *, scope: Scope, period: Period) -> Iterator[PaidLine]:
    """The period's work on invoices that are paid in part. One query; of these invoices every fee line is read."""
    rows = session.execute(_part_paid(scope, period))
    for _, group in groupby(rows, key=lambda row: (row.invoice_id, row.matter_id)):
        lines = list(group)
        credited = Charges(*(int(minor) for minor in lines[0][5:8]))
        fees = Charges(*lines[0][2:5]).paid(int(lines[0].applied), credited).fees_minor
        parts = spread_over_people(fees, [(line.timekeeper_id, int(line.amount_minor)) for line in lines])
        wanted = ((line, part) for line, part in zip(lines, parts, strict=True) if line.is_wanted)
        yield from (PaidLine(line.line_id, line.entry_id, line.timekeeper_id, part) for line, part in wanted)


def _part_paid(scope: Scope, period: Period) -> Any:
    paid, firm_id = applied_sums(scope.firm_id), scope.firm_id
    credited, of_line = credited_sums(firm_id), credited_lines(firm_id)
    columns = (
        Invoice.id.label("invoice_id"),
        InvoiceMatter.matter_id,
        InvoiceMatter.fees_minor,
        InvoiceMatter.costs_minor,
        InvoiceMatter.tax_minor,
        *(func.coalesce(credited.c[name], 0) for name in ("fees", "costs", "tax")),
        paid.c.applied,
        PreBillLine.id.label("line_id"),
        PreBillLine.time_entry_id.label("entry_id"),
        PreBillLine.timekeeper_id,
        (PreBillLine.amount_minor - func.coalesce(of_line.c.credited, 0)).label("amount_minor"),
        case((worked(scope, period), 1), else_=0).label("is_wanted"),
    )
    part = and_(
        InvoiceMatter.firm_id == Invoice.firm_id, InvoiceMatter.invoice_id == Invoice.id, InvoiceMatter.matter_id == paid.c.matter_id
    )
    line = and_(PreBillLine.firm_id == firm_id, PreBillLine.pre_bill_id == Invoice.pre_bill_id, PreBillLine.state == "included")
    return (
        select(*columns)
        .join_from(paid, Invoice, and_(Invoice.firm_id == firm_id, Invoice.id == paid.c.invoice_id))
        .join(InvoiceMatter, part)
        .join(Matter, scope.matter_of(InvoiceMatter))
        .join(PreBillLine, and_(line, PreBillLine.kind != "expense"))
        .outerjoin(credited, _same_place(credited))
        .outerjoin(of_line, of_line.c.line_id == PreBillLine.id)
        .outerjoin(TimeEntry, and_(TimeEntry.firm_id == firm_id, TimeEntry.id == PreBillLine.time_entry_id))
        .outerjoin(FixedFeeEntry, and_(FixedFeeEntry.firm_id == firm_id, FixedFeeEntry.id == PreBillLine.fixed_fee_entry_id))
        .where(paid.c.applied > 0, paid.c.applied < InvoiceMatter.total_minor - func.coalesce(credited.c.total, 0))
        .where(func.coalesce(TimeEntry.matter_id, FixedFeeEntry.matter_id) == InvoiceMatter.matter_id)
        .order_by(Invoice.id, InvoiceMatter.matter_id, PreBillLine.position, PreBillLine.id)
    )
