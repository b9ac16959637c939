"""Idempotency and audit: one `commands` row per committed write."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.errors import InvariantBroken, KeyReused
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Command

__all__ = ["CommandRecord", "audit", "audit_changes", "audit_many", "record_command", "succeed", "tell_changed"]


# Every command runs these: built once, and on tables instead of classes, they cost half.
_COMMANDS, _AUDIT_EVENTS, _CHANGES = (Base.metadata.tables[name] for name in ("commands", "audit_events", "changes"))
_CLAIM = {
    name: make(_COMMANDS).on_conflict_do_nothing(index_elements=["firm_id", "key"]).returning(_COMMANDS.c.id)
    for name, make in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_SUCCEED = update(_COMMANDS).where(_COMMANDS.c.id == bindparam("of")).values(result=bindparam("answer"))
_AUDIT, _CHANGE = insert(_AUDIT_EVENTS), insert(_CHANGES)


@dataclass(slots=True)
class CommandRecord:
    """The command under way. `result` is not None when the same key was committed before: answer with it and do nothing."""

    id: int
    actor: Actor
    at: datetime
    result: dict[str, Any] | None = None


def _plain(value: object) -> object:
    """Input as JSON: dates as text, money with its currency; anything else unknown is a programming error."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Money):
        return [value.minor, value.currency]
    raise InvariantBroken(f"a command's input may not hold {type(value).__name__}")


def input_hash(name: str, inputs: Mapping[str, object]) -> str:
    """SHA-256 of the command's name and input, the same for the same input whatever its order."""
    text = json.dumps([name, inputs], default=_plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record_command(
    session: Session,
    *,
    actor: Actor,
    name: str,
    inputs: Mapping[str, object],
    key: str | None = None,
    now: datetime | None = None,
) -> CommandRecord:
    """Claim `key` for this command inside the caller's transaction.

    Same key and same input: the record carries the first result. Same key, other input: KeyReused.
    Without a key the command cannot be repeated by accident (no form, no device) and gets one of its own.
    """
    at = now or datetime.now(UTC)
    digest = input_hash(name, inputs)
    values = {
        "firm_id": actor.firm_id,
        "key": key or str(uuid.uuid4()),
        "name": name,
        "input_hash": digest,
        "actor_user_id": actor.user_id,
        "at": at,
    }
    claimed = _insert_once(session, values)
    if claimed is not None:
        return CommandRecord(claimed, actor, at)
    return _replay(session, actor, str(values["key"]), digest)


def _insert_once(session: Session, values: dict[str, Any]) -> int | None:
    """The new row's id, or None when the key is taken. A concurrent holder of the key is waited for."""
    claimed: int | None = session.execute(_CLAIM[session.get_bind().dialect.name], values).scalar()
    return claimed


def _replay(session: Session, actor: Actor, key: str, digest: str) -> CommandRecord:
    row = session.execute(select(Command).where(Command.firm_id == actor.firm_id, Command.key == key)).scalar_one()
    if row.input_hash != digest:
        raise KeyReused("This form was already sent with other values. Reload the page and enter it again.")
    return CommandRecord(row.id, actor, row.at, row.result or {})


def succeed(session: Session, command: CommandRecord, **result: object) -> None:
    """Store what a repeat of this command is answered with (ids, versions and counts only)."""
    session.execute(_SUCCEED, {"of": command.id, "answer": result})


def audit(
    session: Session,
    command: CommandRecord,
    *,
    action: str,
    subject_kind: str,
    subject_id: int,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Append who did what to which record, and tell open screens that it changed."""
    shared = {**_whose(command), "subject_kind": subject_kind, "subject_id": subject_id}
    row = {**shared, "command_id": command.id, "action": action}
    session.execute(_AUDIT, {**row, "before": _json(before), "after": _json(after)})
    session.execute(_CHANGE, shared)


def audit_many(
    session: Session, command: CommandRecord, *, action: str, subject_kind: str, after: Sequence[tuple[int, Mapping[str, object]]]
) -> None:
    """`audit` for many records of one kind: (id, what it became) each, in one statement per table."""
    if not after:
        return
    shared = {**_whose(command), "subject_kind": subject_kind}
    event = {**shared, "command_id": command.id, "action": action, "before": None}
    session.execute(_AUDIT, [{**event, "subject_id": id_, "after": _json(values)} for id_, values in after])
    session.execute(_CHANGE, [{**shared, "subject_id": id_} for id_, _ in after])


def tell_changed(session: Session, command: CommandRecord, *, subject_kind: str, subject_ids: Iterable[int]) -> None:
    """Tell open screens that records look different now because of another one, whose audit this command writes."""
    rows = [{**_whose(command), "subject_kind": subject_kind, "subject_id": id_} for id_ in sorted(set(subject_ids))]
    if rows:
        session.execute(_CHANGE, rows)


def _whose(command: CommandRecord) -> dict[str, object]:
    return {"firm_id": command.actor.firm_id, "actor_user_id": command.actor.user_id, "at": command.at}


def audit_changes(
    session: Session,
    command: CommandRecord,
    *,
    action: str,
    subject_kind: str,
    changed: Sequence[tuple[int, Mapping[str, object], Mapping[str, object]]],
) -> None:
    """`audit` for many changed records of one kind: (id, before, after) each, in one statement per table."""
    if not changed:
        return
    shared = {**_whose(command), "subject_kind": subject_kind}
    event = {**shared, "command_id": command.id, "action": action}
    rows = [{**event, "subject_id": id_, "before": _json(before), "after": _json(after)} for id_, before, after in changed]
    session.execute(_AUDIT, rows)
    session.execute(_CHANGE, [{**shared, "subject_id": id_} for id_, *_ in changed])


def _json(values: Mapping[str, object] | None) -> dict[str, Any] | None:
    return None if values is None else json.loads(json.dumps(values, default=_plain))
