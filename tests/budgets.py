"""Budgets of matters, as tests need them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.budgets import budgets_of, spent_of, standings_of
from lexapp.database import scope_to_firm, transaction
from lexapp.domain.budgets import Beyond, Budget, BudgetPart, Measure
from lexapp.domain.permissions import Actor
from lexapp.models import BudgetHold, BudgetNotice, Matter, MatterBudget, OutboxMessage, TimeEntry
from lexapp.services.budgets import set_budget
from lexapp.services.time_entries import Work, record_time
from tests.factories import NOW, OPENED, TODAY, World

WHOLE, PHASE = 5_000_00, 2_000_00
"""The budget of these tests: 5,000, of which 2,000 are for L100."""


def budget(**given: Any) -> Budget:
    said = {"effective_from": OPENED, "amount_minor": WHOLE, "parts": (BudgetPart("L100", PHASE),)}
    return Budget(**said | given)


def give(session: Session, world: World, matter: Matter, *, now: Any = NOW, **given: Any) -> MatterBudget:
    return set_budget(session, actor=world.owner, matter_id=matter.id, budget=budget(**given), now=now)


def answer_for(session: Session, world: World, matter: Matter, timekeeper_id: int) -> None:
    """Make somebody the responsible timekeeper."""
    with transaction(session, world.firm_id):
        session.add(matter)
        matter.responsible_timekeeper_id = timekeeper_id


def work(session: Session, actor: Actor, matter: Matter, hours: float, **given: Any) -> TimeEntry:
    """An entry of so many hours; the associate's cost 300 an hour, the partner's 500."""
    usual = {
        "timekeeper_id": actor.timekeeper_id or 0,
        "worked_on": TODAY,
        "narrative": "Work",
        "task_code": "L110",
        "activity_code": "A102",
    }
    said = Work(matter_id=matter.id, recorded_seconds=int(hours * 3600), **usual | given)
    return record_time(session, actor=actor, work=said, now=NOW if said.worked_on <= TODAY else None)


def notices(session: Session, **wanted: Any) -> list[tuple[str, int]]:
    """(code, threshold) of what was kept, in order; with `told` only what somebody is told of."""
    query = select(BudgetNotice).order_by(BudgetNotice.id).execution_options(populate_existing=True)
    rows = session.scalars(query.where(BudgetNotice.user_id.is_not(None)) if wanted.get("told") else query)
    return [(row.code, row.threshold) for row in rows]


def mails(session: Session) -> list[OutboxMessage]:
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "budget.mail").order_by(OutboxMessage.id)))


def holds(session: Session) -> list[BudgetHold]:
    return list(session.scalars(select(BudgetHold).order_by(BudgetHold.id).execution_options(populate_existing=True)))


def seed_budgets(session: Session, world: World, matter: Matter, words: Callable[[str], str]) -> None:
    """One that blocks, with a warning that was told and an entry that is held; and one that was before it."""
    since = OPENED + timedelta(days=30)
    parts = (BudgetPart("L100", 2_000_00), BudgetPart("L110", 1_000_00, 50_00))
    most = {"amount_minor": 1_000_000_00, "hours_hundredths": 5_000_00}
    blocking = Budget(effective_from=since, **most, parts=parts, beyond=Beyond.BLOCK, note=words("By letter"))  # type: ignore[arg-type]
    set_budget(session, actor=world.owner, matter_id=matter.id, budget=blocking)
    before = Budget(effective_from=OPENED, amount_minor=1_000_000_00, note=words("By phone"))
    set_budget(session, actor=world.owner, matter_id=matter.id, budget=before)
    for hours in (2.5, 9):
        work(
            session,
            world.owner,
            matter,
            hours,
            timekeeper_id=world.associate.id,
            worked_on=since,
            narrative=words("Read the file"),
            billing_status="held",
            task_code="L130",
        )


def spent(session: Session, world: World, matter: Matter) -> dict[str, int]:
    """What is spent of each limit in force, by its code."""
    scope_to_firm(session, world.firm_id)
    rows = spent_of(session, firm_id=world.firm_id, matter_ids={matter.id})[matter.id]
    stored = budgets_of(session, firm_id=world.firm_id, matter_ids={matter.id})[matter.id][-1]
    return {one.limit.code: one.spent for one in standings_of(stored.budget, rows, TODAY) if one.limit.measure is Measure.MONEY}
