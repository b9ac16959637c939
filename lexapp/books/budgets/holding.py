"""Time against the budget of its matter: refused, or held, where work beyond was agreed to be blocked; and the warnings that it brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.budgets.spending import spent_of
from lexapp.books.budgets.standing import StoredBudget, budget_on, budgets_of, limit_name
from lexapp.books.budgets.telling import lock_budget, tell_reached
from lexapp.books.commands import CommandRecord, audit
from lexapp.books.time_entries import BILLABLE, Work, revise_time_entry, work_of
from lexapp.domain.budgets import Beyond, Budget, Limit, Spent
from lexapp.domain.errors import InvalidInput
from lexapp.models import BudgetHold, TimeEntry

HELD = "held"
"""What somebody may ask for instead of billable: that it is held where it goes beyond a budget."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a time entry counts towards budgets: minor units and hundredths of an hour."""

    matter_id: int
    on: date
    task_code: str
    minor: int
    hundredths: int

    def of(self, limit: Limit) -> int:
        return limit.of(self.minor, self.hundredths) if limit.holds(self.task_code, self.on, is_fee=True) else 0


def weight_of(entry: TimeEntry) -> Weight:
    """Time that an agreed fee pays for costs nothing and takes its hours."""
    is_billed = entry.billing_status == BILLABLE
    minor = entry.amount_minor + entry.adjustment_minor if is_billed and entry.fee_term_id is None else 0
    return Weight(entry.matter_id, entry.worked_on, entry.task_code, minor, entry.quantity_hundredths if is_billed else 0)


def billable_or_held(work: Work) -> tuple[Work, bool]:
    """Work as it is recorded, and whether it may be held instead of being refused."""
    return (replace(work, billing_status=BILLABLE), True) if work.billing_status == HELD else (work, False)


def weigh_time(session: Session, command: CommandRecord, entry: TimeEntry, *, before: Weight | None = None, may_hold: bool = False) -> None:
    """Settle a written entry with the budget of its matter, and tell of the thresholds that it reaches. One query where there is none.

    Where work beyond is blocked and the entry adds to it (to what it was `before`), InvalidInput is raised beside `billing_status`; with
    `may_hold` the entry is kept, non-billable, for somebody to decide.
    """
    found = budgets_of(session, firm_id=entry.firm_id, matter_ids={entry.matter_id}).get(entry.matter_id, ())
    stored = budget_on(found, entry.worked_on)
    if stored is None:
        return
    spent = _spent(session, stored, entry.firm_id)
    limit = _beyond(stored.budget, spent, [weight_of(entry)], [before] if before and before.matter_id == entry.matter_id else [])
    if limit is None:
        _close_hold(session, command, entry)
        tell_reached(session, command, stored, spent)
    elif may_hold:
        hold_beyond(session, command, entry, stored, limit)
    else:
        raise _refusal(limit, spent)


def weigh_many(session: Session, command: CommandRecord, entries: Sequence[TimeEntry], before: Mapping[int, Weight]) -> None:
    """`weigh_time` for entries that were changed together, by id as they were `before`. All or none."""
    if not entries:
        return
    found = budgets_of(session, firm_id=command.actor.firm_id, matter_ids={entry.matter_id for entry in entries})
    for matter_id, budgets in sorted(found.items()):
        mine = [entry for entry in entries if entry.matter_id == matter_id]
        for stored in budgets:
            dated = [entry for entry in mine if stored.holds_on(entry.worked_on)]
            if dated:
                _weigh_together(session, command, stored, dated, before)


def _weigh_together(
    session: Session, command: CommandRecord, stored: StoredBudget, entries: Sequence[TimeEntry], before: Mapping[int, Weight]
) -> None:
    spent = _spent(session, stored, command.actor.firm_id)
    were = [was for entry in entries if (was := before.get(entry.id)) is not None and was.matter_id == stored.matter_id]
    limit = _beyond(stored.budget, spent, [weight_of(entry) for entry in entries], were)
    if limit is not None:
        raise _refusal(limit, spent)
    tell_reached(session, command, stored, spent)


def hold_beyond(session: Session, command: CommandRecord, entry: TimeEntry, stored: StoredBudget, limit: Limit) -> BudgetHold:
    """Keep the time, non-billable, until somebody lets it be billed or leaves it so."""
    revise_time_entry(session, command, entry, replace(work_of(entry), billing_status="non_billable"))
    hold = BudgetHold(firm_id=entry.firm_id, matter_id=entry.matter_id, budget_id=stored.id, time_entry_id=entry.id, code=limit.code)
    hold.held_at = command.at
    session.add(hold)
    session.flush()
    after = {"budget_id": stored.id, "code": limit.code}
    audit(session, command, action="time.held", subject_kind="time_entry", subject_id=entry.id, after=after)
    return hold


def _spent(session: Session, stored: StoredBudget, firm_id: int) -> list[Spent]:
    """Where work is blocked, two who record at once wait for each other."""
    if stored.budget.beyond is Beyond.BLOCK:
        lock_budget(session, firm_id, stored.id)
    return spent_of(session, firm_id=firm_id, matter_ids={stored.matter_id})[stored.matter_id]


def _beyond(budget: Budget, spent: Sequence[Spent], after: Iterable[Weight], before: Iterable[Weight]) -> Limit | None:
    """The first limit that these go beyond, if they add to it: what stood beyond already may be made less."""
    if budget.beyond is not Beyond.BLOCK:
        return None
    now, was = list(after), list(before)
    for limit in budget.limits:
        added = sum(one.of(limit) for one in now) - sum(one.of(limit) for one in was)
        if added > 0 and _sum(limit, spent) > limit.most:
            return limit
    return None


def _sum(limit: Limit, spent: Sequence[Spent]) -> int:
    return sum(limit.by_day(spent).values())


def _refusal(limit: Limit, spent: Sequence[Spent]) -> InvalidInput:
    percent = -(-_sum(limit, spent) * 100 // limit.most)
    sentence = f"This would bring {limit_name(limit)} to {percent} % of its budget, and work beyond it is not billed."
    help_ = "Choose Non-billable, or Held to ask for it to be billed."
    return InvalidInput(f"{sentence} {help_}", field="billing_status", code="beyond_budget")


def _close_hold(session: Session, command: CommandRecord, entry: TimeEntry) -> None:
    """An entry that is billable again waits no more."""
    if entry.billing_status != BILLABLE:
        return
    query = select(BudgetHold).where(BudgetHold.firm_id == entry.firm_id, BudgetHold.time_entry_id == entry.id)
    hold = session.scalars(query.where(BudgetHold.decided_at.is_(None)).with_for_update()).one_or_none()
    if hold is not None:
        hold.outcome, hold.decided_at, hold.decided_by_user_id = "within", command.at, command.actor.user_id
        hold.version += 1
        session.flush()
