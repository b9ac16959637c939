"""Side effects owed to the outside, written with the change that causes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord
from lexapp.models import OutboxMessage


def enqueue(
    session: Session,
    command: CommandRecord,
    *,
    kind: str,
    dedupe_key: str,
    payload: Mapping[str, int | str],
    not_before: datetime | None = None,
) -> None:
    """Owe one side effect. The same `dedupe_key` in a firm is owed once, however often it is asked for."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "firm_id": command.actor.firm_id,
        "kind": kind,
        "dedupe_key": dedupe_key,
        "payload": dict(payload),
        "not_before": not_before or command.at,
        "created_at": command.at,
    }
    session.execute(make(OutboxMessage).values(**row).on_conflict_do_nothing(index_elements=["firm_id", "dedupe_key"]))


def enqueue_many(session: Session, command: CommandRecord, *, kind: str, messages: Sequence[tuple[str, Mapping[str, int | str]]]) -> None:
    """`enqueue` for many: (dedupe key, payload) each, in one statement."""
    if not messages:
        return
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    shared = {
        "firm_id": command.actor.firm_id,
        "kind": kind,
        "state": "pending",
        "attempts": 0,
        "claimed_by": "",
        "last_error": "",
        "not_before": command.at,
        "created_at": command.at,
    }
    rows = [{**shared, "dedupe_key": key, "payload": dict(payload)} for key, payload in messages]
    statement = make(OutboxMessage.__table__).on_conflict_do_nothing(index_elements=["firm_id", "dedupe_key"])  # type: ignore[arg-type]
    session.execute(statement, rows)
