"""The letter of an agreement on its way into storage, the milestones that a day makes due, and the fees that a month does."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, today_in
from lexapp.domain.agreements import month_end, months_over
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.permissions import Actor, Role
from lexapp.integrations.expense_receipts import clean_receipt
from lexapp.integrations.storage import Storage
from lexapp.models import FeeAgreement, FeeTerm, Firm, Matter, Membership, Milestone, User
from lexapp.queries.agreed_fees import recorded_months
from lexapp.services.fee_agreements import LetterFile, reach_milestone, record_month

GRACE = timedelta(days=3)
"""The time of a month’s last days is written down by then."""

_REACHERS = (Role.OWNER.value, Role.BILLING_MANAGER.value)


def store_letter(storage: Storage, *, actor: Actor, data: bytes) -> LetterFile:
    """The file as `attach_letter` takes it. Raises InvalidInput beside `letter` for a file that may not be one."""
    actor.require("rate.edit")
    try:
        kept, media_type = clean_receipt(data)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="letter", code=error.code) from error
    return LetterFile(sha256=storage.put(kept, firm_id=actor.firm_id), media_type=media_type, size_bytes=len(kept))


def reach_due_milestones(session: Session, *, firm_id: int, now: datetime) -> tuple[int, int]:
    """Reach every milestone whose day has come where the firm is, in the name of who agreed it, or of an owner where that person has left.

    How many were reached, and how many wait because their fee cannot be recorded (closed days). Done again it finds them.
    """
    scope_to_firm(session, firm_id)
    today = today_in(session.get_one(Firm, firm_id).time_zone, now)
    actors = _actors(session, firm_id)
    anybody = next(iter(actors.values()), None)
    due = session.execute(_due(firm_id, today)).all()
    session.rollback()
    reached = sum(_reach(session, actors.get(by or 0, anybody), (id_, version, day or today), now) for id_, version, day, by in due)
    return reached, len(due) - reached


def record_months_over(session: Session, *, firm_id: int, now: datetime) -> tuple[int, int]:
    """Record minimums and monthly retainers of the months that are over since they were agreed, once each, some days after their end.

    How many terms were recorded for a month, and how many wait (closed days). Done again it finds those.
    """
    scope_to_firm(session, firm_id)
    through = today_in(session.get_one(Firm, firm_id).time_zone, now) - GRACE
    actors = _actors(session, firm_id)
    anybody = next(iter(actors.values()), None)
    due = _months(session, firm_id, through)
    session.rollback()
    done = sum(_record_month(session, actors.get(by or 0, anybody), term_id, month, now) for term_id, month, by in due)
    return done, len(due) - done


def _months(session: Session, firm_id: int, through: date) -> list[tuple[int, date, int | None]]:
    """(term, month, who agreed it) of what was not recorded, undone or not."""
    rows = session.execute(_by_month(firm_id)).all()
    known = recorded_months(session, firm_id=firm_id, matter_ids={row.matter_id for row in rows})
    found = []
    for row in rows:
        kind = "retainer" if row.kind == "monthly_retainer" else "minimum"
        if kind == "minimum" and not row.terms["is_monthly"]:
            continue
        for month in months_over(row.effective_from, row.effective_to, through=through):
            if month_end(month) >= row.created_at.date() and (row.matter_id, kind, month) not in known:
                found.append((row.id, month, row.created_by_user_id))
    return found


def _by_month(firm_id: int) -> Select[int, int, str, dict[str, object], date, date | None, datetime, int | None]:
    return (
        select(FeeTerm.id, FeeTerm.matter_id, FeeTerm.kind, FeeTerm.terms, FeeAgreement.effective_from, FeeAgreement.effective_to)
        .add_columns(FeeAgreement.created_at, FeeAgreement.created_by_user_id)
        .join(FeeAgreement, (FeeAgreement.firm_id == FeeTerm.firm_id) & (FeeAgreement.id == FeeTerm.fee_agreement_id))
        .join(Matter, (Matter.firm_id == FeeTerm.firm_id) & (Matter.id == FeeTerm.matter_id))
        .where(FeeTerm.firm_id == firm_id, FeeTerm.kind.in_(("minimum", "monthly_retainer")))
        .where(FeeAgreement.removed_at.is_(None), Matter.status != "closed")
        .order_by(FeeTerm.id)
    )


def _record_month(session: Session, actor: Actor | None, term_id: int, month: date, now: datetime) -> bool:
    if actor is None:
        return False
    try:
        record_month(session, actor=actor, fee_term_id=term_id, month=month, now=now)
    except Refused:
        session.rollback()
        return False
    return True


def _reach(session: Session, actor: Actor | None, what: tuple[int, int, date], now: datetime) -> bool:
    milestone_id, version, day = what
    if actor is None:
        return False
    try:
        reach_milestone(session, actor=actor, milestone_id=milestone_id, version=version, reached_on=day, now=now)
    except Refused:
        session.rollback()
        return False
    return True


def _due(firm_id: int, today: date) -> Select[int, int, date | None, int | None]:
    agreement = (FeeAgreement.firm_id == Milestone.firm_id) & (FeeAgreement.id == Milestone.fee_agreement_id)
    return (
        select(Milestone.id, Milestone.version, Milestone.due_on, FeeAgreement.created_by_user_id)
        .join(FeeAgreement, agreement)
        .join(Matter, (Matter.firm_id == Milestone.firm_id) & (Matter.id == Milestone.matter_id))
        .where(Milestone.firm_id == firm_id, Milestone.due_on <= today, Milestone.cancelled_at.is_(None))
        .where(FeeAgreement.removed_at.is_(None), Milestone.due_on >= FeeAgreement.effective_from, Matter.status != "closed")
        .where(or_(FeeAgreement.effective_to.is_(None), Milestone.due_on <= FeeAgreement.effective_to))
        .where(Milestone.fixed_fee_entry_id.is_(None))
        .order_by(Milestone.due_on, Milestone.id)
    )


def _actors(session: Session, firm_id: int) -> dict[int, Actor]:
    """Who may reach milestones, by user, owners first."""
    query = (
        select(Membership, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.firm_id == firm_id, Membership.is_active, Membership.role.in_(_REACHERS))
        .order_by(Membership.role.desc(), Membership.id)
    )
    return {member.user_id: _actor(member, name) for member, name in session.execute(query)}


def _actor(member: Membership, name: str) -> Actor:
    return Actor(member.user_id, member.firm_id, member.id, Role(member.role), member.timekeeper_id, name)
