"""The feed of changes is for open screens; what is older than a day no screen asks for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Change

KEPT = timedelta(days=1)
MOST = 20_000


def prune_changes(session: Session, *, firm_id: int, now: datetime) -> int:
    """Remove what is older than a day, at most MOST at once. The newest row stays, so that no id comes twice. Returns how many went."""
    with transaction(session, firm_id):
        newest = select(func.max(Change.id)).scalar_subquery()
        old = select(Change.id).where(Change.firm_id == firm_id, Change.at < now - KEPT, Change.id < newest).order_by(Change.id).limit(MOST)
        gone = delete(Change).where(Change.firm_id == firm_id, Change.id.in_(old))
        return len(session.scalars(gone.returning(Change.id)).all())
