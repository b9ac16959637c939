"""Which thresholds were reached, kept so that each is told once, and the mail that tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, case, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.books.budgets.spending import spent_of
from lexapp.books.budgets.watched import Watched, watched_on
from lexapp.books.commands import CommandRecord, audit
from lexapp.books.outbox import enqueue
from lexapp.books.work_terms import firm_terms
from lexapp.domain.budgets import Limit, Spent
from lexapp.domain.permissions import ROLE_PERMISSIONS, Role
from lexapp.domain.reductions import passed
from lexapp.models import BudgetNotice, Matter, MatterAdmission, MatterBudget, Membership

_SEES_WALLED = [role.value for role, held in ROLE_PERMISSIONS.items() if "matter.see_walled" in held]


class Reached(NamedTuple):
    """A threshold of a limit that work has come to."""

    limit: Limit
    threshold: int
    spent: int
    is_highest: bool

    @property
    def key(self) -> tuple[str, str, int]:
        return self.limit.code, self.limit.measure.value, self.threshold


def lock_budget(session: Session, firm_id: int, budget_id: int) -> None:
    """Two who record at once under a budget that blocks wait for each other."""
    session.execute(select(MatterBudget.id).where(MatterBudget.firm_id == firm_id, MatterBudget.id == budget_id).with_for_update())


def reached_thresholds(watched: Watched, spent: Sequence[Spent]) -> list[Reached]:
    """Every threshold that its limits have come to."""
    found = []
    for limit in watched.limits:
        sum_ = sum(limit.by_day(spent).values())
        thresholds = passed(limit.most, 0, sum_, watched.thresholds)
        found += [Reached(limit, one, sum_, one == thresholds[-1]) for one in thresholds]
    return found


def tell_reached(session: Session, command: CommandRecord, watched: Watched, spent: Sequence[Spent], *, silently: bool = False) -> int:
    """Keep the thresholds that were reached and not told yet, and owe one mail for them; returns how many there were.

    Of several thresholds of one limit the highest is told. `silently`: they were reached already when the budget was set.
    """
    reached = reached_thresholds(watched, spent)
    known = _known(session, command.actor.firm_id, watched) if reached else set()
    if not any(one.key not in known for one in reached):
        return 0
    user_id = None if silently else _whom(session, command.actor.firm_id, watched)
    kept = _keep(session, command, watched, reached, user_id)
    fresh = [one for one in reached if one.key in kept]
    if fresh and not silently:
        _tell(session, command, watched, fresh, user_id)
    return len(fresh)


def tell_matter(session: Session, command: CommandRecord, matter_id: int) -> int:
    """`tell_reached` for everything that is watched on a matter today, where the firm is; returns how many thresholds were new."""
    firm_id = command.actor.firm_id
    today = firm_terms(session, firm_id).today(command.at)
    found = watched_on(session, firm_id=firm_id, matter_ids={matter_id}, on=today).get(matter_id, ())
    spent = spent_of(session, firm_id=firm_id, matter_ids={matter_id})[matter_id] if found else []
    return sum(tell_reached(session, command, one, spent) for one in found)


def _of(watched: Watched) -> Any:
    if watched.budget_id is not None:
        return BudgetNotice.budget_id == watched.budget_id
    return and_(BudgetNotice.fee_term_id == watched.fee_term_id, BudgetNotice.month == watched.month)


def _known(session: Session, firm_id: int, watched: Watched) -> set[tuple[str, str, int]]:
    columns = (BudgetNotice.code, BudgetNotice.measure, BudgetNotice.threshold)
    query = select(*columns).where(BudgetNotice.firm_id == firm_id, _of(watched))
    return {(row[0], row[1], row[2]) for row in session.execute(query.execution_options(through_walls=True))}


def _keep(
    session: Session, command: CommandRecord, watched: Watched, reached: Sequence[Reached], user_id: int | None
) -> set[tuple[str, str, int]]:
    """Those that this command was the first to keep: whoever passed the same one meanwhile tells of it."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(BudgetNotice).values([_columns(command, watched, one, user_id) for one in reached]).on_conflict_do_nothing()
    rows = session.execute(statement.returning(BudgetNotice.code, BudgetNotice.measure, BudgetNotice.threshold))
    return {(row[0], row[1], row[2]) for row in rows}


def _columns(command: CommandRecord, watched: Watched, one: Reached, user_id: int | None) -> dict[str, Any]:
    what = {"code": one.limit.code, "measure": one.limit.measure.value, "threshold": one.threshold, "month": watched.month}
    of = {"firm_id": command.actor.firm_id, "matter_id": watched.matter_id, "command_id": command.id}
    source = {"budget_id": watched.budget_id, "fee_term_id": watched.fee_term_id}
    told = {"user_id": user_id if one.is_highest else None, "passed_at": command.at}
    return {**of, **source, **what, **told, "spent": one.spent, "most": one.limit.most}


def _tell(session: Session, command: CommandRecord, watched: Watched, fresh: Sequence[Reached], user_id: int | None) -> None:
    told = [one for one in fresh if one.is_highest]
    after = {"reached": [f"{one.limit.code} {one.threshold} %".strip() for one in told], "of": "budget" if watched.budget_id else "cap"}
    audit(session, command, action="budget.reached", subject_kind="matter", subject_id=watched.matter_id, after=after)
    if user_id is not None and told:
        payload = {"command_id": command.id, "matter_id": watched.matter_id, "user_id": user_id}
        enqueue(session, command, kind="budget.mail", dedupe_key=f"budget.mail:{command.id}:{watched.matter_id}", payload=payload)


def _whom(session: Session, firm_id: int, watched: Watched) -> int | None:
    """The user of the responsible timekeeper; without one, whoever set the budget, else an owner; nobody who is shut out."""
    responsible = Membership.timekeeper_id == Matter.responsible_timekeeper_id
    set_by = Membership.user_id == (watched.by_user_id or 0)
    admitted = exists().where(
        MatterAdmission.firm_id == Matter.firm_id,
        MatterAdmission.matter_id == Matter.id,
        MatterAdmission.membership_id == Membership.id,
    )
    query: Any = (
        select(Membership.user_id)
        .join(Matter, and_(Matter.firm_id == Membership.firm_id, Matter.id == watched.matter_id))
        .where(Membership.firm_id == firm_id, Membership.is_active)
        .where(or_(responsible, set_by, Membership.role == Role.OWNER.value))
        .where(or_(Matter.is_walled.is_(False), Membership.role.in_(_SEES_WALLED), admitted))
        .order_by(case((responsible, 0), (set_by, 1), else_=2), Membership.id)
        .limit(1)
    )
    found: int | None = session.scalar(query.execution_options(through_walls=True))
    return found
