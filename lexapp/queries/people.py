"""Reads about the people of a firm."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from lexapp.models import Timekeeper
from lexapp.queries.walls import read_rows


def active_timekeepers(session: Session, *, firm_id: int, also_id: int | None = None) -> list[tuple[int, str]]:
    """Id and name of those who record time, by name; with `also_id` somebody who has left but is named on a record."""
    return [(id_, name) for id_, name in read_rows(session, _ACTIVE, {"firm_id": firm_id, "also_id": also_id or 0})]


_ACTIVE = (
    select(Timekeeper.id, Timekeeper.name)
    .where(Timekeeper.firm_id == bindparam("firm_id"), or_(Timekeeper.is_active, Timekeeper.id == bindparam("also_id")))
    .order_by(Timekeeper.name, Timekeeper.id)
)
