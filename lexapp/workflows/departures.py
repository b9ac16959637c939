"""A member leaves: the access is closed, and their timers become time entries where they can. And comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.domain.errors import Refused
from lexapp.domain.permissions import Actor
from lexapp.models import Timekeeper
from lexapp.services.members import deactivate_member, reactivate_member
from lexapp.services.timekeepers import deactivate_timekeeper, reactivate_timekeeper
from lexapp.services.timers import stop_timer


def let_go(
    session: Session,
    *,
    actor: Actor,
    membership_id: int,
    timekeeper_id: int | None,
    timer_ids: Sequence[int],
    successor_id: int | None,
    key: str | None = None,
    now: datetime | None = None,
) -> int:
    """Deactivate a member and the timekeeper; returns how many of their timers could not become entries and stay as they are.

    Access is closed first: a refusal leaves everything as it was.
    """
    deactivate_member(session, actor=actor, membership_id=membership_id, successor_id=successor_id, key=key, now=now)
    if timekeeper_id is None:
        return 0
    theirs = replace(actor, timekeeper_id=timekeeper_id)
    kept = sum(not _stopped(session, theirs, timer_id, now) for timer_id in timer_ids)
    deactivate_timekeeper(session, actor=actor, timekeeper_id=timekeeper_id, version=_version(session, timekeeper_id), now=now)
    return kept


def take_back(session: Session, *, actor: Actor, membership_id: int, timekeeper_id: int | None, now: datetime | None = None) -> None:
    """Let a member in again, and put the timekeeper back on the lists."""
    reactivate_member(session, actor=actor, membership_id=membership_id, now=now)
    if timekeeper_id is not None:
        reactivate_timekeeper(session, actor=actor, timekeeper_id=timekeeper_id, version=_version(session, timekeeper_id), now=now)


def _version(session: Session, timekeeper_id: int) -> int:
    """The one that stands: what is shown of the timekeeper is not what is decided here."""
    return session.get_one(Timekeeper, timekeeper_id).version


def _stopped(session: Session, actor: Actor, timer_id: int, now: datetime | None) -> bool:
    """A timer without a matter, an empty one or one of more than a day needs a person: it is kept."""
    try:
        stop_timer(session, actor=actor, timer_id=timer_id, now=now)
    except Refused:
        return False
    return True
