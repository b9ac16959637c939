"""The rows of a world that was made once in this test process, to be put into the empty database of the next test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from lexapp.database import Base, transaction
from lexapp.domain.permissions import Actor
from lexapp.models import Firm, User

KEPT: dict[tuple[str, str, datetime], KeptWorld] = {}
"""By engine, the name of the firm and when it was made."""


@dataclass(frozen=True)
class KeptWorld:
    owner: Actor
    record_ids: tuple[int, ...]
    rows: Mapping[Table, list[dict[str, Any]]]


def is_empty(session: Session) -> bool:
    """Whether nobody is there yet; leaves no read open."""
    there = session.scalar(select(User.id).limit(1)) or session.scalar(select(Firm.id).limit(1))
    session.rollback()
    return there is None


def keep(session: Session, owner: Actor, record_ids: tuple[int, ...]) -> KeptWorld:
    """Read what the firm has."""
    found: dict[Table, list[dict[str, Any]]] = {}
    for table in Base.metadata.sorted_tables:
        asked = select(*(column for column in table.columns if column.computed is None))
        if "firm_id" in table.columns:
            asked = asked.where(table.c.firm_id == owner.firm_id)
        elif table.name not in ("firms", "users"):
            continue
        rows = [dict(row) for row in session.execute(asked.order_by(table.c.id)).mappings()]
        if rows:
            found[table] = rows
    session.rollback()
    return KeptWorld(owner, record_ids, found)


def put(session: Session, kept: KeptWorld) -> None:
    """Write the rows with the ids that they had; ids given out later come after them."""
    with transaction(session, kept.owner.firm_id):
        for table, rows in kept.rows.items():
            session.execute(table.insert(), rows)
        if session.get_bind().dialect.name == "postgresql":
            taken = [_take_ids(table, rows[-1]["id"]) for table, rows in kept.rows.items()]
            session.execute(select(*taken))


def _take_ids(table: Table, last: int) -> Any:
    sequence = func.pg_get_serial_sequence(table.name, "id")
    series = func.generate_series(1, last).table_valued("place")
    return select(func.max(func.nextval(sequence))).select_from(series).scalar_subquery().label(table.name)
