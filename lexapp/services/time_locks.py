"""Signing an exception from closed days for one person, and taking it back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.database import today_in, transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.time_locks import LockException, check_exception
from lexapp.models import Firm, Membership, TimeLockException

SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NewException:
    """Who may enter which days, as long as it is not after `until_on`, and why."""

    membership_id: int
    first_day: date
    last_day: date
    until_on: date
    reason: str

    def check(self, today: date) -> None:
        """Refuse, beside its field, what opens nothing, and what nobody could understand later."""
        check_exception(LockException(self.first_day, self.last_day, self.until_on), today)
        if len(self.reason.strip()) < SHORTEST_REASON:
            raise InvalidInput("Write why, so that it can be understood later.", field="reason")


def sign_exception(
    session: Session, *, actor: Actor, new: NewException, key: str | None = None, now: datetime | None = None
) -> TimeLockException:
    """Let one member of the firm enter time and expenses of closed days. Raises InvalidInput beside a field, NotAllowed."""
    actor.require("time.unlock")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="time_lock.except", inputs=asdict(new), key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeLockException, command.result["time_lock_exception_id"])
        new.check(today_in(session.get_one(Firm, actor.firm_id).time_zone, command.at))
        _refuse_stranger(session, actor.firm_id, new.membership_id)
        row = TimeLockException(firm_id=actor.firm_id, granted_at=command.at, granted_by_user_id=actor.user_id, **asdict(new))
        session.add(row)
        session.flush()
        audit(session, command, action="time_lock.excepted", subject_kind="membership", subject_id=new.membership_id, after=asdict(new))
        succeed(session, command, time_lock_exception_id=row.id)
    return row


def _refuse_stranger(session: Session, firm_id: int, membership_id: int) -> None:
    mine = (Membership.firm_id == firm_id) & (Membership.id == membership_id) & Membership.is_active
    if session.scalar(select(Membership.id).where(mine)) is None:
        raise InvalidInput("Choose somebody of the list.", field="membership_id")


def end_exception(session: Session, *, actor: Actor, exception_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Take an exception back. What was entered under it stays."""
    actor.require("time.unlock")
    with transaction(session, actor.firm_id):
        inputs = {"time_lock_exception_id": exception_id}
        command = record_command(session, actor=actor, name="time_lock.end_exception", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        mine = (TimeLockException.firm_id == actor.firm_id) & (TimeLockException.id == exception_id)
        row = session.scalars(select(TimeLockException).where(mine).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("There is no such exception.")
        row.ended_at = row.ended_at or command.at
        session.flush()
        audit(session, command, action="time_lock.exception_ended", subject_kind="membership", subject_id=row.membership_id, after=inputs)
        succeed(session, command, time_lock_exception_id=exception_id)
