"""What recurring time makes by itself: the days of every rule of a firm, each in the name of whose rule it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm, today_in
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Membership, RecurringEntry, User
from lexapp.services.recurring_entries import make_days


def make_due_days(session: Session, *, firm_id: int, now: datetime) -> int:
    """Make all days through today where the firm is; returns how many. Done again it finds them made."""
    scope_to_firm(session, firm_id)
    today = today_in(session.get_one(Firm, firm_id).time_zone, now)
    due = (RecurringEntry.firm_id == firm_id, RecurringEntry.paused_at.is_(None), RecurringEntry.ended_at.is_(None))
    not_over = or_(RecurringEntry.last_on.is_(None), RecurringEntry.last_on > RecurringEntry.made_through)
    query = (
        select(RecurringEntry.id, Membership, User.name)
        .join(Membership, (Membership.firm_id == RecurringEntry.firm_id) & (Membership.id == RecurringEntry.membership_id))
        .join(User, User.id == Membership.user_id)
        .where(*due, not_over, RecurringEntry.first_on <= today, RecurringEntry.made_through < today)
        .order_by(RecurringEntry.id)
    )
    found = [(rule_id, _actor(member, name)) for rule_id, member, name in session.execute(query)]
    session.rollback()
    return sum(make_days(session, actor=actor, rule_id=rule_id, now=now) for rule_id, actor in found)


def _actor(member: Membership, name: str) -> Actor:
    return Actor(member.user_id, member.firm_id, member.id, Role(member.role), member.timekeeper_id, name)
