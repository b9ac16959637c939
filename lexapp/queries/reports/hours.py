"""Billable against non-billable hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period, month_of, week_of
from lexapp.domain.productivity import share_per_mille
from lexapp.models import Matter, TimeEntry
from lexapp.queries.reports.scope import MATTER_KEYS, Name, Scope, names_of

GROUPS = ("timekeeper", "month", "week", "client", "matter", "practice", "responsible")
BUCKETS: dict[str, Callable[[date], date]] = {"month": month_of, "week": week_of}


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Hours of one group in hundredths: charged, shown on invoices without charge, and the firm's own. `key` is an id, or a first day."""

    key: int | date | None
    name: Name
    billable: int = 0
    no_charge: int = 0
    non_billable: int = 0

    @property
    def total(self) -> int:
        return self.billable + self.no_charge + self.non_billable

    @property
    def billable_per_mille(self) -> int | None:
        return share_per_mille(self.billable, self.total)


def worked(scope: Scope, period: Period) -> Any:
    """What holds for the time entries of a report; the matter is joined."""
    rules = [
        TimeEntry.firm_id == scope.firm_id,
        TimeEntry.discarded_at.is_(None),
        TimeEntry.worked_on.between(period.first, period.last),
        scope.matters(),
    ]
    if scope.timekeeper_id is not None:
        rules.append(TimeEntry.timekeeper_id == scope.timekeeper_id)
    return and_(*rules)


def hours_by(session: Session, *, scope: Scope, period: Period, by: str) -> list[HoursRow]:
    """Hours by timekeeper, month, week, client, matter, practice area or responsible timekeeper; months and weeks without any too."""
    key = TimeEntry.worked_on if by in BUCKETS else MATTER_KEYS.get(by, TimeEntry.timekeeper_id)
    sums = [_hours("billable"), _hours("no_charge"), _hours("non_billable")]
    query = select(key, *sums).join_from(TimeEntry, Matter, scope.matter_of(TimeEntry)).where(worked(scope, period)).group_by(key)
    found = [(key, int(billable), int(free), int(own)) for key, billable, free, own in session.execute(query)]
    if by in BUCKETS:
        return _by_date(found, BUCKETS[by], period.months() if by == "month" else period.weeks())
    names = names_of(session, firm_id=scope.firm_id, by=by, keys=[row[0] for row in found])
    rows = [HoursRow(row[0], names[row[0]], *row[1:]) for row in found]
    return sorted(rows, key=lambda row: (-row.total, row.name.label))


def _hours(status: str) -> Any:
    return func.coalesce(func.sum(case((TimeEntry.billing_status == status, TimeEntry.quantity_hundredths), else_=0)), 0)


def _by_date(found: list[Any], bucket: Callable[[date], date], buckets: list[date]) -> list[HoursRow]:
    sums = {first: [0, 0, 0] for first in buckets}
    for day, *hours in found:
        sums[bucket(day)] = [before + more for before, more in zip(sums[bucket(day)], hours, strict=True)]
    return [HoursRow(first, Name(""), *hours) for first, hours in sums.items()]


def sum_hours(rows: list[HoursRow]) -> HoursRow:
    """The total of all groups."""
    parts = zip(*((row.billable, row.no_charge, row.non_billable) for row in rows), strict=True)
    return HoursRow(None, Name("Total"), *(sum(part) for part in parts))
