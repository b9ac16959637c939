"""Editing a record that somebody else may be editing too: lock it, compare versions, note what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.errors import Conflict, InvalidInput, NotFound

Record = TypeVar("Record", bound=Base)


@dataclass(frozen=True, slots=True)
class Changed:
    """The values that an edit replaced, and what they became; both empty when nothing changed."""

    before: dict[str, object]
    after: dict[str, object]


def lock_record(session: Session, model: type[Record], *, firm_id: int, record_id: int, noun: str, version: int | None = None) -> Record:
    """The firm's record, locked until the transaction ends. With `version`, a record that has moved on raises Conflict.

    Rows that refer to the record go on being written meanwhile.
    """
    columns: Any = model
    query = select(model).where(columns.firm_id == firm_id, columns.id == record_id).with_for_update(key_share=True)
    record: Any = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if record is None:
        raise NotFound(f"There is no such {noun}. Go back to the list and look for it there.")
    if version is not None and record.version != version:
        raise Conflict(
            f"Somebody changed this {noun} while you were writing. Their version stands now; your text is still here. "
            "Compare the two, then save again."
        )
    found: Record = record
    return found


def lock_shown(session: Session, model: type[Record], *, firm_id: int, record_id: int, noun: str, version: int) -> Record:
    """`lock_record` for what is done by a button on a page that showed `version`: there is no form to compare."""
    record: Any = lock_record(session, model, firm_id=firm_id, record_id=record_id, noun=noun)
    if record.version != version:
        raise Conflict(f"Somebody changed this {noun} after you opened the page. Look at it as it is now, then try again.")
    found: Record = record
    return found


def change(record: Base, values: Mapping[str, object]) -> Changed:
    """Write the values that differ, and count the version up when there is one to write."""
    subject: Any = record
    differing = {name: value for name, value in values.items() if getattr(subject, name) != value}
    before = {name: getattr(subject, name) for name in differing}
    for name, value in differing.items():
        setattr(subject, name, value)
    if differing:
        subject.version += 1
    return Changed(before, dict(differing))


def must_exist(session: Session, model: type[Base], *, firm_id: int, record_id: int | None, field: str, sentence: str) -> None:
    """Refuse, beside its field, the id of a record that the firm does not have; None passes."""
    columns: Any = model
    found = record_id is None or session.scalar(select(columns.id).where(columns.firm_id == firm_id, columns.id == record_id))
    if not found:
        raise InvalidInput(sentence, field=field)
