"""Time against the budget of its matter: refused, or held, where work beyond was agreed to be blocked; and the warnings that it brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.budgets.spending import spent_of
from lexapp.books.budgets.standing import StoredBudget, budget_on, budgets_of, limit_name
from lexapp.books.budgets.telling import lock_budget, tell_matter, tell_reached
from lexapp.books.budgets.watched import watched_on
from lexapp.books.commands import CommandRecord, audit
from lexapp.books.time_entries import BILLABLE, Work, revise_time_entry, work_of
from lexapp.domain.budgets import Beyond, Limit, Spent
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
    """Settle a written entry with the budget of its matter, and tell of the thresholds that it reaches. Two queries without any.

    Where work beyond is blocked and the entry adds to it (to what it was `before`), InvalidInput is raised beside `billing_status`; with
    `may_hold` the entry is kept, non-billable, for somebody to decide.
    """
    keys = {"firm_id": entry.firm_id, "matter_ids": {entry.matter_id}}
    watched = watched_on(session, **keys, on=entry.worked_on).get(entry.matter_id)  # type: ignore[arg-type]
    if watched is None:
        return
    stored = budget_on(budgets_of(session, **keys).get(entry.matter_id, ()), entry.worked_on)  # type: ignore[arg-type]
    spent = _spent(session, stored, entry)
    limit = _beyond(stored, spent, [weight_of(entry)], [before] if before and before.matter_id == entry.matter_id else [])
    if limit is not None and not may_hold:
        raise _refusal(limit, spent)
    if stored is not None and limit is not None:
        hold_beyond(session, command, entry, stored, limit)
        return
    _close_hold(session, command, entry)
    for one in watched:
        tell_reached(session, command, one, spent)


def weigh_many(session: Session, command: CommandRecord, entries: Sequence[TimeEntry], before: Mapping[int, Weight]) -> None:
    """`weigh_time` for entries that were changed together, by id as they were `before`. All or none."""
    if not entries:
        return
    matters = {entry.matter_id for entry in entries}
    found = budgets_of(session, firm_id=command.actor.firm_id, matter_ids=matters)
    for matter_id in sorted(matters):
        mine = [entry for entry in entries if entry.matter_id == matter_id]
        for stored in found.get(matter_id, ()):
            dated = [entry for entry in mine if stored.holds_on(entry.worked_on)]
            were = [was for entry in dated if (was := before.get(entry.id)) is not None and was.matter_id == matter_id]
            spent = _spent(session, stored, dated[0]) if dated else []
            limit = _beyond(stored, spent, [weight_of(entry) for entry in dated], were)
            if limit is not None:
                raise _refusal(limit, spent)
        tell_matter(session, command, matter_id)


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


def _spent(session: Session, stored: StoredBudget | None, entry: TimeEntry) -> list[Spent]:
    """Where work is blocked, two who record at once wait for each other."""
    if stored is not None and stored.budget.beyond is Beyond.BLOCK:
        lock_budget(session, entry.firm_id, stored.id)
    return spent_of(session, firm_id=entry.firm_id, matter_ids={entry.matter_id})[entry.matter_id]


def _beyond(stored: StoredBudget | None, spent: Sequence[Spent], after: Iterable[Weight], before: Iterable[Weight]) -> Limit | None:
    """The first limit that these go beyond, if they add to it: what stood beyond already may be made less."""
    if stored is None or stored.budget.beyond is not Beyond.BLOCK:
        return None
    now, was = list(after), list(before)
    for limit in stored.budget.limits:
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
