"""What is watched on matters: their budgets, and the caps of their fee agreements, each with the thresholds at which somebody is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from lexapp.books.budgets.standing import StoredBudget, budget_on, budgets_of
from lexapp.books.fee_agreements import MatterAgreements, agreements_of
from lexapp.domain.agreements import AgreedCap, agreement_on
from lexapp.domain.budgets import Limit, Measure
from lexapp.domain.periods import month_of, next_month
from lexapp.domain.reductions import Cap, Window

CAP_THRESHOLDS = (75, 90, 100)


@dataclass(frozen=True, slots=True)
class Watched:
    """Limits with the thresholds at which is told: of a budget, or one of a cap (`fee_term_id`; `month` where it has one for each)."""

    matter_id: int
    limits: tuple[Limit, ...]
    thresholds: tuple[int, ...]
    budget_id: int | None = None
    fee_term_id: int | None = None
    month: str = ""
    is_hard: bool = False
    by_user_id: int | None = None


def watched_budget(stored: StoredBudget) -> Watched:
    """A budget as it is watched."""
    budget = stored.budget
    return Watched(stored.matter_id, tuple(budget.limits), budget.thresholds, budget_id=stored.id, by_user_id=stored.created_by_user_id)


def watched_on(session: Session, *, firm_id: int, matter_ids: Collection[int], on: date) -> dict[int, list[Watched]]:
    """What holds for the work of a day, by matter; nothing for those that have neither. Two queries."""
    budgets = budgets_of(session, firm_id=firm_id, matter_ids=matter_ids)
    agreements = agreements_of(session, firm_id=firm_id, matter_ids=matter_ids)
    found: dict[int, list[Watched]] = {}
    for matter_id in sorted({*budgets, *agreements}):
        stored = budget_on(budgets.get(matter_id, ()), on)
        caps = caps_on(matter_id, agreements[matter_id], on) if matter_id in agreements else []
        mine = [*([watched_budget(stored)] if stored else []), *caps]
        if mine:
            found[matter_id] = mine
    return found


def caps_on(matter_id: int, agreed: MatterAgreements, on: date) -> list[Watched]:
    """The caps of the agreement of a day, hard and soft, as they stand in the month of that day."""
    agreement = agreement_on(agreed.agreements, on)
    if agreement is None or agreed.term_ids is None:
        return []
    ids: Sequence[int] = agreed.term_ids[agreement.id]
    terms = [(id_, term) for id_, term in zip(ids, agreement.terms, strict=True) if isinstance(term, AgreedCap)]
    return [_watched_cap(matter_id, id_, term.cap(agreement.effective_from), on) for id_, term in terms]


def _watched_cap(matter_id: int, term_id: int, cap: Cap, on: date) -> Watched:
    first = None if cap.begins_on == date.min else cap.begins_on
    limit = Limit(Measure.MONEY, cap.limit_minor, cap.phase, cap.counts, first)
    if cap.window is not Window.WHOLE:
        month = month_of(on)
        last = next_month(month) - timedelta(days=1)
        if cap.window is Window.MONTH:
            limit = replace(limit, first=max(cap.begins_on, month), last=last)
        else:
            limit = replace(limit, most=cap.limit_minor * _months(cap.begins_on, on), last=last)
    month_text = "" if cap.window is Window.WHOLE else f"{on:%Y-%m}"
    return Watched(matter_id, (limit,), CAP_THRESHOLDS, fee_term_id=term_id, month=month_text, is_hard=cap.is_hard)


def _months(first: date, on: date) -> int:
    """How many months a rolling cap has brought."""
    return max((on.year - first.year) * 12 + on.month - first.month + 1, 1)
