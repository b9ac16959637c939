"""Timekeepers: the list, and the choices of a field."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.models import Timekeeper


def timekeeper_rows(session: Session, *, firm_id: int) -> Sequence[Timekeeper]:
    """Everybody whose time is or was recorded: who is active first, then by name."""
    query = select(Timekeeper).where(Timekeeper.firm_id == firm_id)
    return session.scalars(query.order_by(Timekeeper.is_active.desc(), func.lower(Timekeeper.name), Timekeeper.id)).all()


def timekeeper_choices(session: Session, *, firm_id: int, besides: Sequence[int | None] = ()) -> list[tuple[int, str]]:
    """(id, name) of the active timekeepers, and of those in `besides`, who stand in a record already."""
    kept = [id_ for id_ in besides if id_ is not None]
    mine = (Timekeeper.firm_id == firm_id) & (Timekeeper.is_active | Timekeeper.id.in_(kept))
    query = select(Timekeeper.id, Timekeeper.name).where(mine).order_by(func.lower(Timekeeper.name), Timekeeper.id)
    return [(id_, name) for id_, name in session.execute(query)]
