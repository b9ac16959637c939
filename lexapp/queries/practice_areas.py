"""Practice areas with how many matters have each."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.models import Matter, PracticeArea


class AreaRow(NamedTuple):
    """One practice area; `open_matters` are not closed."""

    id: int
    name: str
    is_retired: bool
    open_matters: int
    matters: int


def areas_with_matters(session: Session, *, firm_id: int) -> list[AreaRow]:
    """Those on offer by name, then those retired. One query."""
    mine = and_(Matter.firm_id == PracticeArea.firm_id, Matter.practice_area_id == PracticeArea.id)
    still = func.count(Matter.id).filter(Matter.status != "closed")
    retired = PracticeArea.retired_at.is_not(None)
    query = (
        select(PracticeArea.id, PracticeArea.name, retired, still, func.count(Matter.id))
        .outerjoin(Matter, mine)
        .where(PracticeArea.firm_id == firm_id)
        .group_by(PracticeArea.id, PracticeArea.name, PracticeArea.retired_at)
        .order_by(retired, func.lower(PracticeArea.name))
    )
    return [AreaRow(*row) for row in session.execute(query)]
