"""Templates of fee agreements: terms to begin from, for the matters of a practice area or of any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import Changed, change, lock_record, lock_shown, must_exist
from lexapp.books.work_terms import firm_terms
from lexapp.database import transaction
from lexapp.domain.agreements import Term, check_terms, write_terms
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import FeeTemplate, PracticeArea

NOUN = "template"
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFacts:
    """What a template is called, where it is offered first (None: for any matter), and its terms. They have no dates of their own."""

    name: str
    practice_area_id: int | None = None
    terms: tuple[Term, ...] = ()

    def columns(self) -> dict[str, Any]:
        """As the table has it."""
        return {"name": self.name.strip(), "practice_area_id": self.practice_area_id, "terms": {"terms": write_terms(self.terms)}}


def add_template(
    session: Session, *, actor: Actor, facts: TemplateFacts, key: str | None = None, now: datetime | None = None
) -> FeeTemplate:
    """Keep terms to begin agreements from. Raises InvalidInput beside a field, NotAllowed."""
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_template.add", inputs=facts.columns(), key=key, now=now)
        if command.result is not None:
            return session.get_one(FeeTemplate, command.result["fee_template_id"])
        _check(session, actor, facts)
        row = FeeTemplate(firm_id=actor.firm_id, created_at=command.at, **facts.columns())
        session.add(row)
        session.flush()
        _finish(session, command, row, "added", Changed({}, {"name": row.name}))
    return row


def change_template(
    session: Session,
    *,
    actor: Actor,
    template_id: int,
    version: int,
    facts: TemplateFacts,
    key: str | None = None,
    now: datetime | None = None,
) -> FeeTemplate:
    """Let agreements begin otherwise from now on. Raises Conflict where it was changed meanwhile, InvalidInput."""
    actor.require("rate.edit")
    inputs = {**facts.columns(), "template_id": template_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_template.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(FeeTemplate, template_id)
        row = lock_record(session, FeeTemplate, firm_id=actor.firm_id, record_id=template_id, noun=NOUN, version=version)
        _refuse_removed(row)
        _check(session, actor, facts)
        changed = change(row, facts.columns())
        session.flush()
        _finish(session, command, row, "changed", changed)
    return row


def remove_template(session: Session, *, actor: Actor, template_id: int, version: int, now: datetime | None = None) -> None:
    """Offer it no more. What was agreed with it stays."""
    actor.require("rate.edit")
    inputs = {"template_id": template_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_template.remove", inputs=inputs, now=now)
        row = lock_shown(session, FeeTemplate, firm_id=actor.firm_id, record_id=template_id, noun=NOUN, version=version)
        _refuse_removed(row)
        change(row, {"removed_at": command.at})
        session.flush()
        _finish(session, command, row, "removed", Changed({"name": row.name}, {}))


def _refuse_removed(row: FeeTemplate) -> None:
    if row.removed_at is not None:
        raise NotFound("This template was removed. Go back to the list.")


def _check(session: Session, actor: Actor, facts: TemplateFacts) -> None:
    if not facts.name.strip():
        raise InvalidInput("Write what it is called, such as: Trademark filing.", field="name")
    if len(facts.name) > LONGEST_NAME:
        raise InvalidInput(f"Write at most {LONGEST_NAME} characters.", field="name")
    sentence = "Pick the practice area out of the list."
    must_exist(session, PracticeArea, firm_id=actor.firm_id, record_id=facts.practice_area_id, field="practice_area_id", sentence=sentence)
    check_terms(facts.terms, firm_terms(session, actor.firm_id).currency)
    _refuse_dates(facts.terms)


def _refuse_dates(terms: Sequence[Term]) -> None:
    """The days of one matter are not those of the next."""
    for number, term in enumerate(terms, 1):
        for position, fee in enumerate(term.schedule, 1):
            if fee.due.on is not None:
                sentence = "A template has no days of its own. Let it be due by a task or by hand; the day is written on the matter."
                raise InvalidInput(sentence, field=f"term_{number}_{term.fee_field(position, 'due_on')}")


def _finish(session: Session, command: CommandRecord, row: FeeTemplate, deed: str, changed: Changed) -> None:
    was = {"before": changed.before or None, "after": changed.after or None}
    audit(session, command, action=f"fee_template.{deed}", subject_kind="fee_template", subject_id=row.id, **was)
    succeed(session, command, fee_template_id=row.id)
