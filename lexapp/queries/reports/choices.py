"""What the filters of reports offer."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.models import PracticeArea, Timekeeper


def practice_areas(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, name) of every practice area, by name; retired ones too, since old matters have them."""
    query = select(PracticeArea.id, PracticeArea.name).where(PracticeArea.firm_id == firm_id).order_by(func.lower(PracticeArea.name))
    return [(id_, name) for id_, name in session.execute(query)]


def everybody(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, name) of every timekeeper, those who left too, by name."""
    query = select(Timekeeper.id, Timekeeper.name).where(Timekeeper.firm_id == firm_id).order_by(func.lower(Timekeeper.name), Timekeeper.id)
    return [(id_, name) for id_, name in session.execute(query)]
