"""Guidelines of clients, and those that a matter has instead: agreed from a day, corrected, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record, must_exist
from lexapp.books.dated_rows import lock_alike, make_room
from lexapp.database import transaction
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.guidelines import LONGEST_NARRATIVE, Rule, Weight
from lexapp.domain.narratives import has_words
from lexapp.domain.permissions import Actor
from lexapp.models import Client, Guideline, Matter

NOUN = "guideline"
MOST_WORDS, LONGEST_WORD, LONGEST_QUOTE, LONGEST_TITLE = 300, 100, 500, 200
_WEIGHTS = ("length_weight", "vague_weight", "blocks_weight", "forbidden_weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineFacts:
    """What a guideline says, and from when. Lengths in characters, 0 for none; `forbidden_words` one phrase each."""

    title: str
    effective_from: date
    effective_to: date | None = None
    least_characters: int = 0
    most_characters: int = 0
    length_weight: str = "warn"
    vague_weight: str = "warn"
    blocks_weight: str = "warn"
    blocks_over_seconds: int = 1_800
    forbidden_weight: str = "warn"
    forbidden_words: tuple[str, ...] = ()
    needs_task_code: bool = False
    needs_activity_code: bool = False
    needs_expense_code: bool = False
    quotes: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """As the row keeps it."""
        words = "\n".join(dict.fromkeys(one.strip() for one in self.forbidden_words if one.strip()))
        quotes = {name: text.strip() for name, text in self.quotes.items() if text.strip()}
        return asdict(self) | {"forbidden_words": words, "quotes": quotes, "title": self.title.strip()}

    def check(self) -> None:
        """Refuse, beside its field, what cannot be followed."""
        if not 0 < len(self.title.strip()) <= LONGEST_TITLE:
            raise InvalidInput("Write what the guideline is called, such as: Outside counsel guidelines 2026.", field="title")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")
        self._check_figures()
        self._check_words()

    def _check_figures(self) -> None:
        if not 0 <= self.most_characters <= LONGEST_NARRATIVE:
            raise InvalidInput(f"Write at most {LONGEST_NARRATIVE:,} characters.", field="most_characters")
        if not 0 <= self.least_characters <= (self.most_characters or LONGEST_NARRATIVE):
            raise InvalidInput("The least cannot be more than the most. Write a smaller one.", field="least_characters")
        if not 0 <= self.blocks_over_seconds <= 86_400:
            raise InvalidInput("Write a time of at most 24 hours.", field="blocks_over_seconds")
        for name in _WEIGHTS:
            if getattr(self, name) not in tuple(Weight):
                raise InvalidInput("Choose one of the list.", field=name)

    def _check_words(self) -> None:
        if len(self.forbidden_words) > MOST_WORDS:
            raise InvalidInput(f"A guideline holds at most {MOST_WORDS} forbidden words. Take some out.", field="forbidden_words")
        for one in self.forbidden_words:
            if one.strip() and (len(one.strip()) > LONGEST_WORD or not has_words(one)):
                sentence = f"Write words of at most {LONGEST_WORD} characters, one phrase a line. This is none: {one.strip()[:40]}"
                raise InvalidInput(sentence, field="forbidden_words")
        for name, text in self.quotes.items():
            if name not in tuple(Rule) or len(text) > LONGEST_QUOTE:
                raise InvalidInput(f"Quote at most {LONGEST_QUOTE} characters.", field=f"{name}_quote")


def add_guideline(
    session: Session,
    *,
    actor: Actor,
    facts: GuidelineFacts,
    client_id: int | None = None,
    matter_id: int | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> Guideline:
    """Agree a guideline with a client, or for one matter instead of it. The one in force ends the day before; a later one ends this one.

    Raises InvalidInput beside a field, NotAllowed.
    """
    actor.require("rate.edit")
    facts.check()
    place = {"client_id": client_id, "matter_id": matter_id}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="guideline.add", inputs={**facts.columns(), **place}, key=key, now=now)
        if command.result is not None:
            return session.get_one(Guideline, command.result["guideline_id"])
        _check_place(session, actor.firm_id, place)
        rows = lock_alike(session, Guideline, _others(actor.firm_id, place), firm_id=actor.firm_id)
        taken = "One starts on this day already. Change that one, or choose another day."
        last = make_room(rows, first=facts.effective_from, last=facts.effective_to, taken=taken, another="Another")
        columns = facts.columns() | {"effective_to": last}
        row = Guideline(firm_id=actor.firm_id, created_at=command.at, created_by_user_id=actor.user_id, **columns, **place)
        session.add(row)
        session.flush()
        _audit(session, command, "guideline.added", row, after=columns)
        succeed(session, command, guideline_id=row.id)
    return row


def edit_guideline(
    session: Session,
    *,
    actor: Actor,
    guideline_id: int,
    version: int,
    facts: GuidelineFacts,
    key: str | None = None,
    now: datetime | None = None,
) -> Guideline:
    """Correct a guideline, or set its last day; it then reads so for every day that it is in force. Raises Conflict, InvalidInput."""
    actor.require("rate.edit")
    facts.check()
    inputs = {**facts.columns(), "guideline_id": guideline_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="guideline.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Guideline, guideline_id)
        row = lock_record(session, Guideline, firm_id=actor.firm_id, record_id=guideline_id, noun=NOUN, version=version)
        if row.removed_at is not None:
            raise NotFound("This guideline was taken back. Reload the page to see those that stand.")
        _refuse_overlap(session, row, facts)
        changed = change(row, facts.columns())
        session.flush()
        _audit(session, command, "guideline.changed", row, before=changed.before, after=changed.after)
        succeed(session, command, guideline_id=guideline_id)
    return row


def remove_guideline(
    session: Session, *, actor: Actor, guideline_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Take back one that was a mistake: it holds for nothing any more. The one that it ended does not come back by itself."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"guideline_id": guideline_id, "version": version}
        command = record_command(session, actor=actor, name="guideline.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = lock_record(session, Guideline, firm_id=actor.firm_id, record_id=guideline_id, noun=NOUN, version=version)
        row.removed_at = row.removed_at or command.at
        row.version += 1
        session.flush()
        _audit(session, command, "guideline.removed", row, before={"title": row.title})
        succeed(session, command, guideline_id=guideline_id)


def _check_place(session: Session, firm_id: int, place: Mapping[str, int | None]) -> None:
    if (place["client_id"] is None) == (place["matter_id"] is None):
        raise InvalidInput("A guideline is for a client or for a matter, not for both.")
    must_exist(session, Client, firm_id=firm_id, record_id=place["client_id"], field="client", sentence="Pick the client out of the list.")
    must_exist(session, Matter, firm_id=firm_id, record_id=place["matter_id"], field="matter", sentence="Pick the matter out of the list.")


def _others(firm_id: int, place: Mapping[str, int | None]) -> list[ColumnElement[bool]]:
    """Those of the same place that stand. (`== None` is IS NULL.)"""
    return [Guideline.firm_id == firm_id, Guideline.removed_at.is_(None), *(getattr(Guideline, k) == v for k, v in place.items())]


def _refuse_overlap(session: Session, row: Guideline, facts: GuidelineFacts) -> None:
    place = {"client_id": row.client_id, "matter_id": row.matter_id}
    query = select(Guideline).where(*_others(row.firm_id, place), Guideline.id != row.id).order_by(Guideline.effective_from)
    for other in session.scalars(query).all():
        begins_before_end = facts.effective_to is None or other.effective_from <= facts.effective_to
        if begins_before_end and (other.effective_to is None or other.effective_to >= facts.effective_from):
            until = f" to {day_text(other.effective_to)}" if other.effective_to else ""
            sentence = f"“{other.title}” is in force from {day_text(other.effective_from)}{until}. Choose days that it does not have."
            raise InvalidInput(sentence, field="effective_to" if other.effective_from > facts.effective_from else "effective_from")


def _audit(
    session: Session,
    command: CommandRecord,
    action: str,
    row: Guideline,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Written to the matter or client that it belongs to, so that it stands in their timeline."""
    kind, subject_id = ("matter", row.matter_id) if row.matter_id else ("client", row.client_id)
    told = {"guideline_id": row.id, "title": row.title, **(after or {})}
    audit(session, command, action=action, subject_kind=kind, subject_id=subject_id or 0, before=dict(before or {}), after=told)
