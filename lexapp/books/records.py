"""Records by id, of one firm only."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.errors import NotFound

Record = TypeVar("Record", bound=Base)


def of_firm(session: Session, model: type[Record], record_id: int, *, firm_id: int, noun: str) -> Record:
    """The record of this firm. Raises NotFound, naming it with `noun`, where there is none."""
    columns: Any = model
    found = session.scalars(select(model).where(columns.firm_id == firm_id, columns.id == record_id)).one_or_none()
    if found is None:
        raise NotFound(f"There is no such {noun}. Choose one of the list.")
    return found
