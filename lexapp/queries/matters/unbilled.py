"""What is not invoiced yet on one matter: time by timekeeper, expenses, fixed fees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from lexapp.models import ExpenseEntry, FixedFeeEntry, TimeEntry, Timekeeper
from lexapp.queries.standing import is_unbilled


@dataclass(frozen=True, slots=True)
class UnbilledLine:
    """A timekeeper's unbilled time on a matter. The two rates are the lowest and the highest of its entries, None without any."""

    timekeeper_id: int
    name: str
    classification: str
    quantity_hundredths: int
    amount_minor: int
    entries: int
    oldest_on: date
    lowest_rate_minor: int | None
    highest_rate_minor: int | None


@dataclass(frozen=True, slots=True)
class UnbilledCosts:
    """Entries of one kind that no timekeeper worked: how many, their sum in minor units, the day of the oldest."""

    count: int = 0
    amount_minor: int = 0
    oldest_on: date | None = None


@dataclass(frozen=True, slots=True)
class UnbilledWork:
    """All that is not invoiced yet on a matter, in hundredths of an hour and minor units."""

    lines: Sequence[UnbilledLine]
    expenses: UnbilledCosts = UnbilledCosts()
    fixed_fees: UnbilledCosts = UnbilledCosts()

    @property
    def quantity_hundredths(self) -> int:
        return sum(line.quantity_hundredths for line in self.lines)

    @property
    def fees_minor(self) -> int:
        """Time and fixed fees."""
        return sum(line.amount_minor for line in self.lines) + self.fixed_fees.amount_minor

    @property
    def amount_minor(self) -> int:
        return self.fees_minor + self.expenses.amount_minor

    @property
    def entries(self) -> int:
        return sum(line.entries for line in self.lines) + self.expenses.count + self.fixed_fees.count

    @property
    def oldest_on(self) -> date | None:
        days = (self.expenses.oldest_on, self.fixed_fees.oldest_on, *(line.oldest_on for line in self.lines))
        return min((day for day in days if day is not None), default=None)


def unbilled_work(session: Session, *, firm_id: int, matter_id: int, timekeeper_id: int | None = None) -> UnbilledWork:
    """Unbilled time by timekeeper, expenses and fixed fees; only one timekeeper's, and nothing else, when one is named. One query."""
    time = _time(firm_id, matter_id)
    if timekeeper_id is not None:
        parts: list[Any] = [time.where(Timekeeper.id == timekeeper_id)]
    else:
        dated = ((ExpenseEntry, ExpenseEntry.incurred_on), (FixedFeeEntry, FixedFeeEntry.charged_on))
        parts = [time, *(_costs(entry, day, firm_id, matter_id) for entry, day in dated)]
    rows: Sequence[Any] = session.execute(union_all(*parts)).all()
    costs = {row[0]: UnbilledCosts(row[6], int(row[5]), row[7]) for row in rows if row[0] != "time"}
    lines = [_line(row) for row in rows if row[0] == "time"]
    lines.sort(key=lambda line: (-line.amount_minor, line.timekeeper_id))
    return UnbilledWork(lines, costs.get("expense_entries", UnbilledCosts()), costs.get("fixed_fee_entries", UnbilledCosts()))


def _line(row: Any) -> UnbilledLine:
    return UnbilledLine(row[1], row[2], row[3], int(row[4]), int(row[5]), *row[6:])


def _time(firm_id: int, matter_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal("time"),
            Timekeeper.id,
            Timekeeper.name,
            Timekeeper.classification,
            func.sum(TimeEntry.quantity_hundredths),
            func.sum(TimeEntry.amount_minor),
            func.count(TimeEntry.id),
            func.min(TimeEntry.worked_on, type_=TimeEntry.worked_on.type),
            func.min(TimeEntry.rate_minor_per_hour),
            func.max(TimeEntry.rate_minor_per_hour),
        )
        .join(TimeEntry, (TimeEntry.firm_id == Timekeeper.firm_id) & (TimeEntry.timekeeper_id == Timekeeper.id))
        .where(TimeEntry.firm_id == firm_id, TimeEntry.matter_id == matter_id, is_unbilled(TimeEntry))
        .group_by(Timekeeper.id, Timekeeper.name, Timekeeper.classification)
    )


def _costs(entry: type[ExpenseEntry] | type[FixedFeeEntry], day: Any, firm_id: int, matter_id: int) -> Select[*tuple[Any, ...]]:
    nobody = (null(), null(), null(), literal(0))
    sums = (func.sum(entry.amount_minor), func.count(entry.id), func.min(day, type_=day.type), null(), null())
    mine = (entry.firm_id == firm_id, entry.matter_id == matter_id, is_unbilled(entry))
    return select(literal(entry.__tablename__), *nobody, *sums).where(*mine).having(func.count(entry.id) > 0)
