"""Exceptions from closed days, with who may enter and who signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.permissions import ROLE_PERMISSIONS, Role
from lexapp.models import Membership, TimeLockException, User

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """An exception in the words of a list."""

    id: int
    name: str
    first_day: date
    last_day: date
    until_on: date
    reason: str
    granted_at: datetime
    granted_by: str
    ended_at: datetime | None

    def is_open(self, today: date) -> bool:
        return self.ended_at is None and self.until_on >= today


def exception_rows(session: Session, *, firm_id: int) -> list[ExceptionRow]:
    """Every exception, the latest first."""
    signer = aliased(User)
    one = TimeLockException
    columns = (one.id, User.name, one.first_day, one.last_day, one.until_on, one.reason, one.granted_at, signer.name, one.ended_at)
    query = (
        select(*columns)
        .join(Membership, (Membership.firm_id == one.firm_id) & (Membership.id == one.membership_id))
        .join(User, User.id == Membership.user_id)
        .join(signer, signer.id == one.granted_by_user_id)
    )
    return [ExceptionRow(*row) for row in session.execute(query.where(one.firm_id == firm_id).order_by(one.id.desc()).limit(MOST_SHOWN))]


def who_enters(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """Membership and name of those whose role records time or expenses."""
    roles = [role for role in Role if ROLE_PERMISSIONS[role] & {"time.record", "expense.record"}]
    query = select(Membership.id, User.name).join(User, User.id == Membership.user_id)
    rows = session.execute(query.where(Membership.firm_id == firm_id, Membership.is_active, Membership.role.in_(roles)).order_by(User.name))
    return [(row.id, row.name) for row in rows]
