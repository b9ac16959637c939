"""Which thresholds were reached, kept so that each is told once, and the mail that tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, case, exists, or_, select
from sqlalchemy.orm import Session

from lexapp.books.budgets.spending import spent_of
from lexapp.books.budgets.standing import StoredBudget, budget_on, budgets_of
from lexapp.books.commands import CommandRecord, audit
from lexapp.books.outbox import enqueue
from lexapp.books.work_terms import firm_terms
from lexapp.domain.budgets import Limit, Spent
from lexapp.domain.permissions import ROLE_PERMISSIONS
from lexapp.domain.reductions import passed
from lexapp.models import BudgetNotice, Matter, MatterAdmission, MatterBudget, Membership

_SEES_WALLED = [role.value for role, held in ROLE_PERMISSIONS.items() if "matter.see_walled" in held]


class Reached(NamedTuple):
    """A threshold of a limit that work has come to."""

    limit: Limit
    threshold: int
    spent: int
    is_highest: bool


def lock_budget(session: Session, firm_id: int, budget_id: int) -> None:
    session.execute(select(MatterBudget.id).where(MatterBudget.firm_id == firm_id, MatterBudget.id == budget_id).with_for_update())


def reached_thresholds(stored: StoredBudget, spent: Sequence[Spent]) -> list[Reached]:
    """Every threshold that the limits of a budget have come to."""
    found = []
    for limit in stored.budget.limits:
        sum_ = sum(limit.by_day(spent).values())
        thresholds = passed(limit.most, 0, sum_, stored.budget.thresholds)
        found += [Reached(limit, one, sum_, one == thresholds[-1]) for one in thresholds]
    return found


def tell_reached(session: Session, command: CommandRecord, stored: StoredBudget, spent: Sequence[Spent], *, silently: bool = False) -> int:
    """Keep the thresholds that were reached and not told yet, and owe one mail for them; returns how many there were.

    Of several thresholds of one limit the highest is told. `silently`: they were reached already when the budget was set.
    """
    reached = reached_thresholds(stored, spent)
    firm_id = command.actor.firm_id
    if not reached or not _new(session, firm_id, stored, reached):
        return 0
    lock_budget(session, firm_id, stored.id)
    fresh = _new(session, firm_id, stored, reached)
    if not fresh:
        return 0
    user_id = None if silently else _whom(session, firm_id, stored)
    session.add_all(_notice(command, stored, one, user_id) for one in fresh)
    session.flush()
    if not silently:
        _tell(session, command, stored, fresh, user_id)
    return len(fresh)


def tell_matter(session: Session, command: CommandRecord, matter_id: int) -> int:
    """`tell_reached` for every budget of a matter that holds today where the firm is; returns how many thresholds were new."""
    firm_id = command.actor.firm_id
    found = budgets_of(session, firm_id=firm_id, matter_ids={matter_id}).get(matter_id, ())
    stored = budget_on(found, firm_terms(session, firm_id).today(command.at))
    if stored is None:
        return 0
    return tell_reached(session, command, stored, spent_of(session, firm_id=firm_id, matter_ids={matter_id})[matter_id])


def _new(session: Session, firm_id: int, stored: StoredBudget, reached: Sequence[Reached]) -> list[Reached]:
    columns = (BudgetNotice.code, BudgetNotice.measure, BudgetNotice.threshold)
    query = select(*columns).where(BudgetNotice.firm_id == firm_id, BudgetNotice.budget_id == stored.id)
    known = {tuple(row) for row in session.execute(query.execution_options(through_walls=True))}
    return [one for one in reached if (one.limit.code, one.limit.measure.value, one.threshold) not in known]


def _notice(command: CommandRecord, stored: StoredBudget, one: Reached, user_id: int | None) -> BudgetNotice:
    what = {"code": one.limit.code, "measure": one.limit.measure.value, "threshold": one.threshold}
    of = {"firm_id": command.actor.firm_id, "matter_id": stored.matter_id, "budget_id": stored.id, "command_id": command.id}
    told = {"user_id": user_id if one.is_highest else None, "passed_at": command.at}
    return BudgetNotice(**of, **what, **told, spent=one.spent, most=one.limit.most)


def _tell(session: Session, command: CommandRecord, stored: StoredBudget, fresh: Sequence[Reached], user_id: int | None) -> None:
    told = [one for one in fresh if one.is_highest]
    after = {"budget_id": stored.id, "reached": [f"{one.limit.code} {one.threshold} %".strip() for one in told]}
    audit(session, command, action="budget.reached", subject_kind="matter", subject_id=stored.matter_id, after=after)
    if user_id is not None and told:
        payload = {"command_id": command.id, "matter_id": stored.matter_id, "user_id": user_id}
        enqueue(session, command, kind="budget.mail", dedupe_key=f"budget.mail:{stored.id}:{command.id}", payload=payload)


def _whom(session: Session, firm_id: int, stored: StoredBudget) -> int | None:
    """The user of the responsible timekeeper; without one, whoever set the budget. Nobody who is shut out from the matter."""
    responsible = Membership.timekeeper_id == Matter.responsible_timekeeper_id
    admitted = exists().where(
        MatterAdmission.firm_id == Matter.firm_id,
        MatterAdmission.matter_id == Matter.id,
        MatterAdmission.membership_id == Membership.id,
    )
    query: Any = (
        select(Membership.user_id)
        .join(Matter, and_(Matter.firm_id == Membership.firm_id, Matter.id == stored.matter_id))
        .where(Membership.firm_id == firm_id, Membership.is_active)
        .where(or_(responsible, Membership.user_id == (stored.created_by_user_id or 0)))
        .where(or_(Matter.is_walled.is_(False), Membership.role.in_(_SEES_WALLED), admitted))
        .order_by(case((responsible, 0), else_=1), Membership.id)
        .limit(1)
    )
    found: int | None = session.scalar(query.execution_options(through_walls=True))
    return found
