"""Forms of time entries as a browser sends them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.models import Matter, TimeEntry
from tests.factories import World, local_today

TODAY = local_today()  # lists begin with this week


def form_of(world: World, matter: Matter, **changes: Any) -> dict[str, Any]:
    """A good form of a new entry; None takes a field out."""
    values = {
        "key": "test-key-0001",
        "worked_on": TODAY.isoformat(),
        "matter_id": str(matter.id),
        "timekeeper_id": str(world.partner.id),
        "recorded_seconds": "1h 12m",
        "narrative": "Call with A. Strand",
        "billing_status": "billable",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(TimeEntry.id)).where(TimeEntry.discarded_at.is_(None))) or 0


def text(answer: Any) -> str:
    return answer.get_data(as_text=True)
