"""Timekeepers measured: of the work done in a period, what was billable, what of it was billed, and what of that was collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period, month_of
from lexapp.domain.productivity import available_hundredths, share_per_mille
from lexapp.models import Matter, TimeEntry, Timekeeper
from lexapp.queries.reports.hours import worked
from lexapp.queries.reports.outcomes import billed_and_paid, part_paid_lines
from lexapp.queries.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class ProductivityRow:
    """One timekeeper: hours in hundredths, amounts in minor units. Billed and collected are those of the period's work, to date."""

    key: int | None
    name: str
    classification: str = ""
    available: int = 0
    total: int = 0
    billable: int = 0
    value_minor: int = 0
    billed_minor: int = 0
    collected_minor: int = 0

    @property
    def utilization(self) -> int | None:
        return share_per_mille(self.billable, self.available)

    @property
    def realization(self) -> int | None:
        return share_per_mille(self.billed_minor, self.value_minor)

    @property
    def collection(self) -> int | None:
        return share_per_mille(self.collected_minor, self.billed_minor)


@dataclass(slots=True)
class _Work:
    months: set[date] = field(default_factory=set)
    total: int = 0
    billable: int = 0
    value: int = 0
    billed: int = 0
    collected: int = 0


def productivity(session: Session, *, scope: Scope, period: Period) -> list[ProductivityRow]:
    """Everybody who recorded time in the period, by name. Four queries, whatever the number of entries."""
    work: dict[int, _Work] = defaultdict(_Work)
    for timekeeper_id, day, *figures in session.execute(_worked(scope, period)):
        one = work[timekeeper_id]
        one.months.add(month_of(day))
        one.total, one.billable, one.value = (a + int(b) for a, b in zip((one.total, one.billable, one.value), figures, strict=True))
    for timekeeper_id, billed, collected in session.execute(billed_and_paid(TimeEntry.timekeeper_id, scope, period)):
        work[timekeeper_id].billed, work[timekeeper_id].collected = int(billed), int(collected)
    for line in part_paid_lines(session, scope=scope, period=period):
        work[line.timekeeper_id].collected += line.collected_minor
    people = session.execute(
        select(Timekeeper.id, Timekeeper.name, Timekeeper.classification, Timekeeper.yearly_target_hours)
        .where(Timekeeper.firm_id == scope.firm_id, Timekeeper.id.in_(work))
        .order_by(func.lower(Timekeeper.name), Timekeeper.id)
    )
    return [_row(id_, name, classification, target, work[id_], period) for id_, name, classification, target in people]


def utilization(session: Session, *, scope: Scope, period: Period) -> tuple[int, int]:
    """Billable and available hours of everybody in hundredths. One query."""
    query = _worked(scope, period).join(Timekeeper, and_(Timekeeper.firm_id == TimeEntry.firm_id, Timekeeper.id == TimeEntry.timekeeper_id))
    query = query.add_columns(Timekeeper.yearly_target_hours).group_by(Timekeeper.yearly_target_hours)
    months: dict[tuple[int, int | None], set[date]] = defaultdict(set)
    billable = 0
    for timekeeper_id, day, _, charged, _, target in session.execute(query):
        months[timekeeper_id, target].add(month_of(day))
        billable += int(charged)
    span = (period.first, period.last)
    return billable, sum(available_hundredths(*span, yearly_target_hours=target, months=seen) for (_, target), seen in months.items())


def _row(id_: int, name: str, classification: str, target: int | None, work: _Work, period: Period) -> ProductivityRow:
    available = available_hundredths(period.first, period.last, yearly_target_hours=target, months=work.months)
    return ProductivityRow(id_, name, classification, available, work.total, work.billable, work.value, work.billed, work.collected)


def _worked(scope: Scope, period: Period) -> Any:
    """Hours and billable value by timekeeper and day, in the order of an index."""
    billable = case((TimeEntry.billing_status == "billable", TimeEntry.quantity_hundredths), else_=0)
    sums = (func.sum(TimeEntry.quantity_hundredths), func.sum(billable), func.sum(TimeEntry.amount_minor))
    query = select(TimeEntry.timekeeper_id, TimeEntry.worked_on, *sums).join_from(TimeEntry, Matter, scope.matter_of(TimeEntry))
    return query.where(worked(scope, period)).group_by(TimeEntry.timekeeper_id, TimeEntry.worked_on)


def sum_productivity(rows: Sequence[ProductivityRow]) -> ProductivityRow:
    """The firm: hours and amounts added up, the measures taken of the sums."""
    names = ("available", "total", "billable", "value_minor", "billed_minor", "collected_minor")
    return ProductivityRow(None, "Firm", "", *(sum(getattr(row, name) for row in rows) for name in names))
