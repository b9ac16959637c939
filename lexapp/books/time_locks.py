"""Closed days within a command: refused, unless an exception was signed for who acts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.books.work_terms import FirmTerms
from lexapp.domain.permissions import Actor
from lexapp.domain.time_locks import LockException, refuse_closed
from lexapp.models import TimeLockException

__all__ = ["check_unlocked", "closed_days"]


def check_unlocked(session: Session, command: CommandRecord, firm: FirmTerms, days: Iterable[date], *, field: str) -> None:
    """Refuse time or expenses of closed days to whoever has no exception for them. One query where a day is closed, else none."""
    today = firm.today(command.at)
    closed = sorted({day for day in days if firm.lock.closes(day, today)})
    if not closed:
        return
    exceptions = _exceptions(session, command.actor, today)
    for day in closed:
        refuse_closed(firm.lock, exceptions, day, today, field=field)


def closed_days(session: Session, actor: Actor, firm: FirmTerms, days: Iterable[date], today: date) -> set[date]:
    """Those of the days that are closed to this person, as of `today`. One query where a day is closed, else none."""
    closed = {day for day in days if firm.lock.closes(day, today)}
    exceptions = _exceptions(session, actor, today) if closed else []
    return {day for day in closed if not any(one.opens(day, today) for one in exceptions)}


def _exceptions(session: Session, actor: Actor, today: date) -> list[LockException]:
    mine = (TimeLockException.firm_id == actor.firm_id, TimeLockException.membership_id == actor.membership_id)
    columns = (TimeLockException.first_day, TimeLockException.last_day, TimeLockException.until_on)
    query = select(*columns).where(*mine, TimeLockException.ended_at.is_(None), TimeLockException.until_on >= today)
    return [LockException(*row) for row in session.execute(query)]
