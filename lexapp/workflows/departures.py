"""A member leaves: their timers become time entries where they can, then the access is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.domain.errors import Refused
from lexapp.domain.permissions import Actor
from lexapp.services.members import deactivate_member
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
    """Deactivate a member; returns how many of their timers could not become entries and stay as they are.

    Access is closed first: a refusal leaves the timers running as before.
    """
    deactivate_member(session, actor=actor, membership_id=membership_id, successor_id=successor_id, key=key, now=now)
    theirs = replace(actor, timekeeper_id=timekeeper_id)
    return sum(not _stopped(session, theirs, timer_id, now) for timer_id in timer_ids)


def _stopped(session: Session, actor: Actor, timer_id: int, now: datetime | None) -> bool:
    """A timer without a matter, an empty one or one of more than a day needs a person: it is kept."""
    try:
        stop_timer(session, actor=actor, timer_id=timer_id, now=now)
    except Refused:
        return False
    return True
