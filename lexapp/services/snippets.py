"""Snippets: words that expand while a narrative is typed, of one person or of the whole firm."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import Changed, change, lock_record
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import Snippet

NOUN = "snippet"
LONGEST_ABBREVIATION, LONGEST_EXPANSION, MOST = 20, 1_000, 300


def add_snippet(
    session: Session,
    *,
    actor: Actor,
    abbreviation: str,
    expansion: str,
    for_firm: bool = False,
    key: str | None = None,
    now: datetime | None = None,
) -> Snippet:
    """Let an abbreviation expand, for oneself or for everybody in the firm (which needs `settings.edit`). Raises InvalidInput."""
    _require(actor, for_firm=for_firm)
    inputs = {"abbreviation": abbreviation, "expansion": expansion, "for_firm": for_firm}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="snippet.add", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Snippet, command.result["snippet_id"])
        user_id = None if for_firm else actor.user_id
        _check(session, actor.firm_id, user_id, abbreviation, expansion)
        snippet = Snippet(firm_id=actor.firm_id, user_id=user_id, abbreviation=abbreviation, expansion=expansion, created_at=command.at)
        session.add(snippet)
        _flush(session, abbreviation)
        _finish(session, command, snippet, "snippet.added", Changed({}, {"abbreviation": abbreviation, "expansion": expansion}))
    return snippet


def change_snippet(
    session: Session,
    *,
    actor: Actor,
    snippet_id: int,
    version: int,
    abbreviation: str,
    expansion: str,
    key: str | None = None,
    now: datetime | None = None,
) -> Snippet:
    """Let it be written or expand otherwise; what was typed before stays. Raises Conflict when it was changed meanwhile."""
    inputs = {"snippet_id": snippet_id, "version": version, "abbreviation": abbreviation, "expansion": expansion}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="snippet.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Snippet, snippet_id)
        snippet = _mine(session, actor, snippet_id, version)
        _check(session, actor.firm_id, snippet.user_id, abbreviation, expansion, besides=snippet.id)
        changed = change(snippet, {"abbreviation": abbreviation, "expansion": expansion})
        _flush(session, abbreviation)
        _finish(session, command, snippet, "snippet.changed", changed)
    return snippet


def remove_snippet(session: Session, *, actor: Actor, snippet_id: int, now: datetime | None = None) -> None:
    """Expand it no more."""
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="snippet.remove", inputs={"snippet_id": snippet_id}, now=now)
        snippet = _mine(session, actor, snippet_id, None)
        was: dict[str, object] = {"abbreviation": snippet.abbreviation, "expansion": snippet.expansion}
        session.delete(snippet)
        session.flush()
        _finish(session, command, snippet, "snippet.removed", Changed(was, {}))


def _require(actor: Actor, *, for_firm: bool) -> None:
    actor.require("settings.edit" if for_firm else "time.record")


def _mine(session: Session, actor: Actor, snippet_id: int, version: int | None) -> Snippet:
    """One's own, or the firm's; of a colleague's nobody learns that it exists."""
    snippet = lock_record(session, Snippet, firm_id=actor.firm_id, record_id=snippet_id, version=version, noun=NOUN)
    if snippet.user_id not in (None, actor.user_id):
        raise NotFound("There is no such snippet.")
    _require(actor, for_firm=snippet.user_id is None)
    return snippet


def _check(session: Session, firm_id: int, user_id: int | None, abbreviation: str, expansion: str, *, besides: int | None = None) -> None:
    if not 2 <= len(abbreviation) <= LONGEST_ABBREVIATION or any(one.isspace() for one in abbreviation):
        raise InvalidInput("Write 2 to 20 characters without a space, such as ;tc.", field="abbreviation")
    if not expansion.strip():
        raise InvalidInput("Write what it becomes, such as: Telephone conference with", field="expansion")
    mine = (Snippet.firm_id == firm_id) & (Snippet.user_id == user_id if user_id is not None else Snippet.user_id.is_(None))
    known = {one.abbreviation: one.id for one in session.execute(select(Snippet.abbreviation, Snippet.id).where(mine))}
    if known.get(abbreviation) not in (None, besides):
        raise _taken(abbreviation)
    if besides is None and len(known) >= MOST:
        raise InvalidInput(f"There are {MOST} snippets already. Remove one that is not used.", field="abbreviation")


def _taken(abbreviation: str) -> InvalidInput:
    return InvalidInput(f"{abbreviation} expands already. Change that one, or choose another abbreviation.", field="abbreviation")


def _flush(session: Session, abbreviation: str) -> None:
    with taken_meanwhile("uq_snippets_own", _taken(abbreviation)), taken_meanwhile("uq_snippets_firm", _taken(abbreviation)):
        session.flush()


def _finish(session: Session, command: CommandRecord, snippet: Snippet, action: str, changed: Changed) -> None:
    was = {"before": changed.before, "after": changed.after}
    audit(session, command, action=action, subject_kind="snippet", subject_id=snippet.id, **was)
    succeed(session, command, snippet_id=snippet.id)
