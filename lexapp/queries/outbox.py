"""Reads of the outbox for the machinery that works it off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import OutboxMessage

# The oldest due rows are looked at, not all: a backlog of any length costs each look the same.
WINDOW = 500


def due_messages(session: Session, *, now: datetime, limit: int = WINDOW) -> list[tuple[int, int]]:
    """(id, attempts so far) of the rows that may start now, the oldest first, across all firms."""
    query = (
        select(OutboxMessage.id, OutboxMessage.attempts)
        .where(OutboxMessage.state == "pending", OutboxMessage.not_before <= now)
        .order_by(OutboxMessage.not_before, OutboxMessage.id)
        .limit(limit)
    )
    return [(id_, attempts) for id_, attempts in session.execute(query)]
