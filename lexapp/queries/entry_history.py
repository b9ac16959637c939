"""Who recorded and changed an entry, from the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import AuditEvent, User

NAMES = {
    "worked_on": "date",
    "incurred_on": "date",
    "matter_id": "matter",
    "timekeeper_id": "timekeeper",
    "recorded_seconds": "recorded time",
    "quantity_hundredths": "billed time",
    "narrative": "narrative",
    "description": "description",
    "task_code": "task",
    "activity_code": "activity",
    "billing_status": "billing",
    "rate_minor_per_hour": "rate",
    "unit_minor": "price",
    "amount_minor": "amount",
}
DEEDS = {"recorded": "Recorded", "edited": "Changed", "discarded": "Discarded", "restored": "Brought back"}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that somebody did; `changed` are the names of what is different since."""

    at: datetime
    who: str
    deed: str
    changed: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


def entry_history(session: Session, *, firm_id: int, subject_kind: str, subject_id: int) -> list[HistoryLine]:
    """What happened to one entry, the first thing first. One query."""
    query = (
        select(AuditEvent, User.name)
        .outerjoin(User, User.id == AuditEvent.actor_user_id)
        .where(AuditEvent.firm_id == firm_id, AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.id)
    )
    return [_line(event, name) for event, name in session.execute(query)]


def _line(event: AuditEvent, name: str | None) -> HistoryLine:
    before, after = event.before or {}, event.after or {}
    changed = tuple(label for column, label in NAMES.items() if column in before and before[column] != after.get(column))
    deed = DEEDS.get(event.action.partition(".")[2], event.action)
    return HistoryLine(event.at, name or "lexapp", deed, changed, before, after)
