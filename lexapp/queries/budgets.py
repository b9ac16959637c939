"""Budgets as pages, mails and the job that watches them need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period
from lexapp.domain.permissions import Actor
from lexapp.models import BudgetHold, BudgetNotice, Client, FeeAgreement, FeeTerm, Firm, Matter, MatterBudget, TimeEntry, Timekeeper, User
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class HoldRow:
    """Time that is held beyond a budget, or was: what it would be worth in minor units, and what was decided by whom."""

    id: int
    version: int
    code: str
    entry_id: int
    worked_on: date
    timekeeper: str
    narrative: str
    hundredths: int
    rate_minor: int | None
    outcome: str
    reason: str
    decided_by: str
    decided_at: datetime | None


def holds_of_matter(session: Session, *, firm_id: int, matter_id: int, limit: int = 100) -> list[HoldRow]:
    """What is held on a matter first, then what was decided, the latest first; without discarded entries. One query."""
    entry, hold = TimeEntry, BudgetHold
    columns = (entry.id, entry.worked_on, Timekeeper.name, entry.narrative, entry.quantity_hundredths, entry.rate_minor_per_hour)
    query = (
        select(hold.id, hold.version, hold.code, *columns, hold.outcome, hold.reason, User.name, hold.decided_at)
        .join(entry, and_(entry.firm_id == hold.firm_id, entry.id == hold.time_entry_id))
        .join(Timekeeper, and_(Timekeeper.firm_id == entry.firm_id, Timekeeper.id == entry.timekeeper_id))
        .outerjoin(User, User.id == hold.decided_by_user_id)
        .where(hold.firm_id == firm_id, hold.matter_id == matter_id, entry.discarded_at.is_(None))
        .order_by(hold.outcome != "", hold.decided_at.desc(), entry.worked_on, hold.id)
        .limit(limit)
    )
    return [HoldRow(*[*row[:11], row[11] or "", row[12]]) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """A threshold that one was told of: of a budget, or with `month` and `fee_term_id` of a cap."""

    matter_id: int
    title: str
    code: str
    threshold: int
    is_cap: bool
    passed_at: datetime


def unseen_notices(session: Session, *, actor: Actor, limit: int = 8) -> list[ToldNotice]:
    """The warnings that were told to a person and not seen yet, the latest first. One query."""
    told = BudgetNotice
    query = (
        select(told.matter_id, Client.name, Matter.name, told.code, told.threshold, told.fee_term_id, told.passed_at)
        .join(Matter, and_(Matter.firm_id == told.firm_id, Matter.id == told.matter_id))
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .where(told.firm_id == actor.firm_id, told.user_id == actor.user_id, told.seen_at.is_(None))
        .order_by(told.id.desc())
        .limit(limit)
    )
    return [ToldNotice(row[0], matter_title(row[1], row[2]), row[3], row[4], row[5] is not None, row[6]) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """What a mail about a budget says: (phase or task, measure, threshold, spent, most) of each limit that it tells of."""

    firm_name: str
    currency: str
    name: str
    email: str
    matter_number: str
    matter_title: str
    lines: Sequence[tuple[str, str, int, int, int]]


def notice_words(session: Session, *, firm_id: int, command_id: int, matter_id: int, user_id: int) -> NoticeWords:
    """The thresholds that one command passed, for the person who is told."""
    told = BudgetNotice
    query = (
        select(told.code, told.measure, told.threshold, told.spent, told.most)
        .where(told.firm_id == firm_id, told.command_id == command_id, told.matter_id == matter_id, told.user_id == user_id)
        .order_by(told.id)
    )
    lines = [(row[0], row[1], row[2], row[3], row[4]) for row in session.execute(query)]
    client = and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id)
    named = select(Firm.name, Firm.currency, Matter.number, Client.name, Matter.name).join(Matter, Matter.firm_id == Firm.id)
    firm, currency, number, client_name, matter = session.execute(
        named.outerjoin(Client, client).where(Firm.id == firm_id, Matter.id == matter_id)
    ).one()
    user = session.get_one(User, user_id)
    return NoticeWords(firm, currency, user.name, user.email, number, matter_title(client_name, matter), lines)


def watched_matters(session: Session, *, firm_id: int, today: date) -> list[int]:
    """Matters that are not closed and have a budget in force on a day, or an agreement with a cap."""
    query = select(Matter.id).where(Matter.firm_id == firm_id, Matter.status != "closed", _is_limited(today)).order_by(Matter.id)
    return list(session.scalars(query))


def _is_limited(on: date) -> ColumnElement[bool]:
    """Whether a matter has a budget in force on a day, or an agreement with a cap."""
    return or_(*(select(model.id).where(*rules).correlate(Matter).exists() for model, rules in (_budget_on(on), _cap_on(on))))


def _budget_on(on: date) -> tuple[Any, list[ColumnElement[bool]]]:
    budget = MatterBudget
    mine = [budget.firm_id == Matter.firm_id, budget.matter_id == Matter.id, budget.removed_at.is_(None)]
    return budget, [*mine, budget.effective_from <= on, or_(budget.effective_to.is_(None), budget.effective_to >= on)]


def _cap_on(on: date) -> tuple[Any, list[ColumnElement[bool]]]:
    agreed, term = FeeAgreement, FeeTerm
    mine = [agreed.firm_id == Matter.firm_id, agreed.matter_id == Matter.id, agreed.removed_at.is_(None)]
    has_cap = and_(term.firm_id == agreed.firm_id, term.fee_agreement_id == agreed.id, term.kind == "cap")
    days = [agreed.effective_from <= on, or_(agreed.effective_to.is_(None), agreed.effective_to >= on)]
    return agreed, [*mine, *days, select(term.id).where(has_cap).exists()]


ToldThreshold = tuple[int | None, int | None, str, str, str, int]
"""(budget, term of a cap, month, code, measure, threshold)."""


def told_thresholds(session: Session, *, firm_id: int, matter_ids: Sequence[int]) -> set[ToldThreshold]:
    """Everything that was told of these matters. One query."""
    told = BudgetNotice
    query = select(told.budget_id, told.fee_term_id, told.month, told.code, told.measure, told.threshold)
    rows = session.execute(query.where(told.firm_id == firm_id, told.matter_id.in_(matter_ids)))
    return {(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows}


@dataclass(frozen=True, slots=True)
class BudgetedMatter:
    """A matter with a budget, as a report names it."""

    id: int
    number: str
    name: str
    client_name: str
    responsible: str
    status: str


def budgeted_matters(session: Session, *, scope: Scope, on: date) -> list[BudgetedMatter]:
    """The matters that have a budget in force on a day or a cap, by number. One query."""
    query = (
        select(Matter.id, Matter.number, Matter.name, Client.name, Timekeeper.name, Matter.status)
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .outerjoin(Timekeeper, and_(Timekeeper.firm_id == Matter.firm_id, Timekeeper.id == Matter.responsible_timekeeper_id))
        .where(scope.matters(), _is_limited(on))
        .order_by(Matter.number)
    )
    return [BudgetedMatter(row[0], row[1], row[2], row[3] or "", row[4] or "", row[5]) for row in session.execute(query)]


def count_budgeted(session: Session, *, scope: Scope, month: Period) -> tuple[int, int]:
    """How many matters have a budget or a cap at the end of a month, and how many thresholds were told of in it. One query."""
    told = select(func.count(BudgetNotice.id)).where(BudgetNotice.firm_id == scope.firm_id, BudgetNotice.user_id.is_not(None))
    told = told.where(BudgetNotice.passed_at >= datetime.combine(month.first, time(), UTC))
    query = select(func.count(Matter.id), told.scalar_subquery()).where(scope.matters(), _is_limited(month.last))
    count, reached = session.execute(query).one()
    return int(count), int(reached)


@dataclass(frozen=True, slots=True)
class PassedThreshold:
    """A threshold of a budget that was reached, and who was told (nobody where it was reached already, or passed with a higher one)."""

    code: str
    measure: str
    threshold: int
    passed_at: datetime
    told: str


def notices_of_budget(session: Session, *, firm_id: int, budget_id: int) -> list[PassedThreshold]:
    """The thresholds that were reached, in the order in which they were. One query."""
    notice = BudgetNotice
    query = (
        select(notice.code, notice.measure, notice.threshold, notice.passed_at, User.name)
        .outerjoin(User, User.id == notice.user_id)
        .where(notice.firm_id == firm_id, notice.budget_id == budget_id)
        .order_by(notice.passed_at, notice.id)
    )
    return [PassedThreshold(row[0], row[1], row[2], row[3], row[4] or "") for row in session.execute(query)]
