"""Reads of what somebody has not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.models import Draft


@dataclass(frozen=True, slots=True)
class UnsavedText:
    """The values of a form by field name, and when they were kept."""

    values: Mapping[str, Any]
    saved_at: datetime


def draft_of(session: Session, *, actor: Actor, form: str, record_id: int) -> UnsavedText | None:
    """What the person has not saved of this form, or None."""
    query = select(Draft.payload, Draft.saved_at).where(Draft.firm_id == actor.firm_id, Draft.user_id == actor.user_id)
    row = session.execute(query.where(Draft.form == form, Draft.record_id == record_id)).first()
    return UnsavedText(row.payload, row.saved_at) if row else None
