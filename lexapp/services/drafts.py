"""Unsaved text of forms, kept on the server for the person who typed it. No command and no audit: nothing of the firm changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.database import Base, transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import Command, Draft

LARGEST_BYTES = 60_000
MOST_FIELDS = 80
MOST_DRAFTS = 200
KEPT = timedelta(days=30)
SECRETS = ("password", "secret", "token", "otp", "csrf", "passcode")
_DRAFTS: Table = Base.metadata.tables["drafts"]
_OF_ONE = ["firm_id", "user_id", "form", "record_id"]
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def save_draft(
    session: Session, *, actor: Actor, form: str, record_id: int, values: Mapping[str, object], key: str | None = None, now: datetime
) -> bool:
    """Keep what stands in a form that was not sent yet; the draft before goes.

    False where the form's command, known by its `key`, is done already: late text of a form that was saved comes to nothing.
    Raises InvalidInput for values that are no fields of a form, too large, or named like a secret.
    """
    _check(form, values)
    row = {"firm_id": actor.firm_id, "user_id": actor.user_id, "form": form, "record_id": record_id}
    with transaction(session, actor.firm_id):
        if key and session.scalar(select(Command.id).where(Command.firm_id == actor.firm_id, Command.key == key)):
            return False
        fresh = {"payload": dict(values), "saved_at": now}
        put = _INSERT[session.get_bind().dialect.name](_DRAFTS).values({**row, **fresh})
        session.execute(put.on_conflict_do_update(index_elements=_OF_ONE, set_=fresh))
        _drop_oldest(session, actor)
    return True


def forget_draft(session: Session, *, actor: Actor, form: str, record_id: int) -> None:
    """The text was saved, or is not wanted any more."""
    with transaction(session, actor.firm_id):
        session.execute(delete(Draft).where(_own(actor), Draft.form == form, Draft.record_id == record_id))


def prune_drafts(session: Session, *, firm_id: int, now: datetime) -> int:
    """Remove what nobody came back for in thirty days. Returns how many went."""
    with transaction(session, firm_id):
        gone = delete(Draft).where(Draft.firm_id == firm_id, Draft.saved_at < now - KEPT).returning(Draft.id)
        return len(session.scalars(gone).all())


def _check(form: str, values: Mapping[str, object]) -> None:
    if not form or len(form) > 40 or not form.replace("-", "").isalnum() or not form.isascii():
        raise InvalidInput("There is no such form.", field="form")
    fields_only = all(isinstance(name, str) and 0 < len(name) <= 80 and _is_field(value) for name, value in values.items())
    if not fields_only or len(values) > MOST_FIELDS:
        raise InvalidInput("That is not what a form holds.", field="payload")
    if any(secret in name.lower() for name in values for secret in SECRETS):
        raise InvalidInput("Passwords and secrets are never kept.", field="payload")
    if len(json.dumps(values, ensure_ascii=False).encode()) > LARGEST_BYTES:
        raise InvalidInput("The text is too long to be kept unsaved. Save it.", field="payload")


def _is_field(value: object) -> bool:
    """A text without the one character that PostgreSQL cannot hold, or a few of them."""
    texts = value if isinstance(value, list) else [value]
    return all(isinstance(text, str) and "\x00" not in text for text in texts)


def _own(actor: Actor) -> ColumnElement[bool]:
    return (Draft.firm_id == actor.firm_id) & (Draft.user_id == actor.user_id)


def _drop_oldest(session: Session, actor: Actor) -> None:
    kept = select(Draft.id).where(_own(actor)).order_by(Draft.saved_at.desc(), Draft.id.desc()).offset(MOST_DRAFTS)
    surplus = session.scalars(kept.limit(MOST_DRAFTS)).all()
    if surplus:
        session.execute(delete(Draft).where(_own(actor), Draft.id.in_(surplus)))
