"""The budgets of matters as they are stored, and how they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.budgets import Beyond, Budget, BudgetPart, Limit, Spent, Standing, standing_of
from lexapp.domain.reductions import Counts

_BUDGETS, _PARTS = (Base.metadata.tables[name] for name in ("matter_budgets", "budget_parts"))
_OF_MATTERS = (
    select(_BUDGETS, _PARTS.c.code, _PARTS.c.amount_minor.label("part_minor"), _PARTS.c.hours_hundredths.label("part_hundredths"))
    .join_from(
        _BUDGETS,
        _PARTS,
        (_PARTS.c.firm_id == _BUDGETS.c.firm_id) & (_PARTS.c.budget_id == _BUDGETS.c.id),
        isouter=True,
    )
    .where(_BUDGETS.c.firm_id == bindparam("of_firm"), _BUDGETS.c.matter_id.in_(bindparam("ids", expanding=True)))
    .where(_BUDGETS.c.removed_at.is_(None))
    .order_by(_BUDGETS.c.effective_from, _BUDGETS.c.id, _PARTS.c.position)
)


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """A budget of a matter with what identifies it."""

    id: int
    matter_id: int
    version: int
    budget: Budget
    created_by_user_id: int | None = None

    def holds_on(self, day: date) -> bool:
        return self.budget.effective_from <= day and (self.budget.effective_to is None or day <= self.budget.effective_to)

    def state(self, on: date) -> str:
        """past, now or later, on a day."""
        if self.budget.effective_from > on:
            return "later"
        return "now" if self.holds_on(on) else "past"


def budgets_of(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, list[StoredBudget]]:
    """The standing budgets of those matters that have any, of any date, the earliest first. One query."""
    if not matter_ids:
        return {}
    heads: dict[int, Any] = {}
    parts: dict[int, list[BudgetPart]] = defaultdict(list)
    for row in session.connection().execute(_OF_MATTERS, {"of_firm": firm_id, "ids": sorted(matter_ids)}):
        heads[row.id] = row
        if row.code is not None:
            parts[row.id].append(BudgetPart(row.code, row.part_minor, row.part_hundredths))
    found: dict[int, list[StoredBudget]] = defaultdict(list)
    for id_, row in heads.items():
        found[row.matter_id].append(stored_budget(row, parts[id_]))
    return dict(found)


def stored_budget(row: Any, parts: Iterable[BudgetPart]) -> StoredBudget:
    """A row of `matter_budgets` with its parts."""
    budget = Budget(
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        counts_from=row.counts_from,
        amount_minor=row.amount_minor,
        hours_hundredths=row.hours_hundredths,
        parts=tuple(parts),
        counts=Counts(row.counts),
        beyond=Beyond(row.beyond),
        thresholds=tuple(row.thresholds),
        note=row.note,
    )
    return StoredBudget(row.id, row.matter_id, row.version, budget, row.created_by_user_id)


def budget_on(budgets: Sequence[StoredBudget], day: date) -> StoredBudget | None:
    """The one that holds on a day."""
    return next((one for one in budgets if one.holds_on(day)), None)


def standings_of(budget: Budget, spent: Sequence[Spent], today: date) -> list[Standing]:
    """How each limit of a budget stands, the whole first."""
    return [standing_of(limit, spent, today) for limit in budget.limits]


def limit_name(limit: Limit) -> str:
    """What a limit is of, within a sentence."""
    return limit.code or "the matter"
