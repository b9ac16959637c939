"""Which matters somebody looked at, for the way back to them. No command and no audit: nothing of the firm changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.database import Base, transaction
from lexapp.domain.permissions import Actor
from lexapp.models import MatterVisit

MOST_VISITS = 30
_VISITS: Table = Base.metadata.tables["matter_visits"]
_OF_ONE = ["firm_id", "user_id", "matter_id"]
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def note_visit(session: Session, *, actor: Actor, matter_id: int, now: datetime) -> None:
    """Remember that the person looked at the matter just now; the oldest of more than thirty go."""
    row = {"firm_id": actor.firm_id, "user_id": actor.user_id, "matter_id": matter_id, "seen_at": now}
    mine = (MatterVisit.firm_id == actor.firm_id) & (MatterVisit.user_id == actor.user_id)
    with transaction(session, actor.firm_id):
        put = _INSERT[session.get_bind().dialect.name](_VISITS).values(row)
        session.execute(put.on_conflict_do_update(index_elements=_OF_ONE, set_={"seen_at": now}))
        older = select(MatterVisit.id).where(mine).order_by(MatterVisit.seen_at.desc()).offset(MOST_VISITS).limit(MOST_VISITS)
        session.execute(delete(MatterVisit).where(mine, MatterVisit.id.in_(older)))
