"""Work in progress: billable work that no invoice charges yet, as of a date.

At its recorded worth (quantity × rate), before agreed reductions and write-downs: so work in progress and what was billed add up to
what was recorded. Entries are taken as they stand today; what was billed, as it was on the date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from lexapp.domain.aging import BY_ISSUE
from lexapp.models import ExpenseEntry, Matter
from lexapp.queries.expense_states import is_held_back, is_ready
from lexapp.queries.reports.billed import SOURCES, Source, is_left, left_as_of
from lexapp.queries.reports.scope import MATTER_KEYS, Name, Scope, is_or_lacks, names_of

GROUPS = ("client", "matter", "timekeeper", "practice", "responsible")
AGES = BY_ISSUE


@dataclass(frozen=True, slots=True)
class WipRow:
    """What is unbilled of one group: hours in hundredths; fees, fixed fees, expenses and the ages of all of it in minor units."""

    key: int | None
    name: Name
    quantity: int
    fees_minor: int
    fixed_minor: int
    expenses_minor: int
    by_age: tuple[int, ...]
    oldest_on: date | None
    without_rate: int = 0

    @property
    def total_minor(self) -> int:
        return sum(self.by_age)


class _Part(NamedTuple):
    kind: str
    key: int | None
    age: int
    quantity: int
    worth: int
    oldest_on: date
    without_rate: int


def wip_by(session: Session, *, scope: Scope, on: date, by: str) -> list[WipRow]:
    """Unbilled work by client, matter, timekeeper, practice area or responsible timekeeper, the most valuable first."""
    parts = wip_parts(session, scope=scope, on=on, by=by)
    groups: dict[int | None, list[_Part]] = {}
    for part in parts:
        groups.setdefault(part.key, []).append(part)
    names = names_of(session, firm_id=scope.firm_id, by=by, keys=groups)
    rows = [_row(key, names[key], group) for key, group in groups.items()]
    return sorted(rows, key=lambda row: (-row.total_minor, row.name.label))


def wip_parts(session: Session, *, scope: Scope, on: date, by: str = "client") -> list[_Part]:
    """Sums by kind of entry, group and age. One query."""
    query = union_all(*(_of_source(source, scope, on, by) for source in SOURCES if _has(source, scope)))
    return [
        _Part(kind, key, age, int(q), int(worth), oldest, int(bare)) for kind, key, age, q, worth, oldest, bare in session.execute(query)
    ]


def _has(source: Source, scope: Scope) -> bool:
    """A fixed fee is nobody's: asked for one timekeeper, there are none."""
    return not scope.timekeeper_id or source.kind != "fixed_fee"


def _of_source(source: Source, scope: Scope, on: date, by: str) -> Any:
    left, key = left_as_of(source, scope.firm_id, on), MATTER_KEYS.get(by, source.timekeeper_id)
    age = age_column(source.dated_on, on).label("age")
    bare = case((source.model.rate_minor_per_hour.is_(None), 1), else_=0) if source.kind == "time" else literal(0)
    sums = (func.sum(left.quantity), func.sum(left.worth), func.min(source.dated_on), func.sum(bare))
    return (
        select(literal(source.kind), key, age, *sums)
        .join_from(source.model, Matter, scope.matter_of(source.model))
        .outerjoin(left.billed, left.on)
        .where(unbilled(source, scope, on), is_left(source, left))
        .group_by(key, age)
    )


def unbilled(source: Source, scope: Scope, on: date) -> Any:
    """What holds for the entries of one kind that may be in progress on a day; the matter is joined."""
    entry = source.model
    rules = [entry.firm_id == scope.firm_id, entry.discarded_at.is_(None), entry.billing_status == "billable", source.dated_on <= on]
    if source.kind == "time":
        rules.append(entry.fee_term_id.is_(None))  # an agreed fee pays for it
    if source.kind == "expense":
        rules.append(is_ready())
    if scope.timekeeper_id is not None:
        rules.append(is_or_lacks(source.timekeeper_id, scope.timekeeper_id))
    return and_(*rules, Matter.is_internal.is_(False), scope.matters())


def held_back(session: Session, *, scope: Scope, on: date) -> tuple[int, int]:
    """How many billable expenses lack their approval or receipt, and their worth in minor units: they are not in progress. One query."""
    query = select(func.count(ExpenseEntry.id), func.coalesce(func.sum(ExpenseEntry.amount_minor), 0))
    mine = (ExpenseEntry.firm_id == scope.firm_id, ExpenseEntry.incurred_on <= on, is_held_back())
    count, worth = session.execute(query.join(Matter, scope.matter_of(ExpenseEntry)).where(*mine, scope.matters())).one()
    return int(count), int(worth)


def age_column(dated_on: Any, on: date) -> Any:
    """The place of a date's age in AGES."""
    ends = [(dated_on >= on - timedelta(days=age.most_days), place) for place, age in enumerate(AGES) if age.most_days is not None]
    return case(*ends, else_=len(AGES) - 1)


def _row(key: int | None, name: Name, parts: list[_Part]) -> WipRow:
    time, fixed, expenses = (sum(part.worth for part in parts if part.kind == source.kind) for source in SOURCES)
    by_age = tuple(sum(part.worth for part in parts if part.age == place) for place in range(len(AGES)))
    bare = sum(part.without_rate for part in parts)
    quantity, oldest = sum(part.quantity for part in parts), min(part.oldest_on for part in parts)
    return WipRow(key, name, quantity, time, fixed, expenses, by_age, oldest, bare)


def sum_wip(rows: Iterable[WipRow]) -> WipRow:
    """The total of all groups."""
    rows = list(rows)
    names = ("quantity", "fees_minor", "fixed_minor", "expenses_minor")
    quantity, fees, fixed, expenses = (sum(getattr(row, name) for row in rows) for name in names)
    by_age = tuple(sum(row.by_age[place] for row in rows) for place in range(len(AGES)))
    oldest = min((row.oldest_on for row in rows if row.oldest_on), default=None)
    return WipRow(None, Name("Total"), quantity, fees, fixed, expenses, by_age, oldest, sum(row.without_rate for row in rows))


@dataclass(frozen=True, slots=True)
class Recorded:
    """Billable work through a date at its recorded worth, and how much of it invoices charge; minor units."""

    recorded_minor: int
    billed_minor: int


def recorded_and_billed(session: Session, *, scope: Scope, on: date) -> Recorded:
    """The two sums whose difference work in progress must be. One query; what is billed is counted from the lines of invoices."""
    query = union_all(*(_recorded(source, scope, on) for source in SOURCES if _has(source, scope)))
    rows = [(int(recorded), int(billed)) for recorded, billed in session.execute(query)]
    return Recorded(sum(recorded for recorded, _ in rows), sum(billed for _, billed in rows))


def _recorded(source: Source, scope: Scope, on: date) -> Any:
    left = left_as_of(source, scope.firm_id, on)
    recorded, billed = func.coalesce(func.sum(source.model.amount_minor), 0), func.coalesce(func.sum(left.billed.c.worth), 0)
    return (
        select(recorded, billed)
        .join_from(source.model, Matter, scope.matter_of(source.model))
        .outerjoin(left.billed, left.on)
        .where(unbilled(source, scope, on))
    )
