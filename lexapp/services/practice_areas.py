"""The fields of law that matters are sorted by: added, renamed, retired, brought back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import Changed, change, lock_record
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.models import PracticeArea

NOUN = "practice area"


def add_practice_area(session: Session, *, actor: Actor, name: str, key: str | None = None, now: datetime | None = None) -> PracticeArea:
    """Offer one more practice area for matters. Names differ in more than the case of their letters."""
    actor.require("settings.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="practice_area.add", inputs={"name": name}, key=key, now=now)
        if command.result is not None:
            return session.get_one(PracticeArea, command.result["practice_area_id"])
        _refuse_taken(session, actor.firm_id, name)
        area = PracticeArea(firm_id=actor.firm_id, name=name)
        session.add(area)
        _flush(session, name)
        _finish(session, command, area, "practice_area.added", Changed({}, {"name": name}))
    return area


def rename_practice_area(
    session: Session, *, actor: Actor, practice_area_id: int, version: int, name: str, key: str | None = None, now: datetime | None = None
) -> PracticeArea:
    """Call it otherwise, on every matter at once. Raises Conflict when somebody changed it meanwhile."""
    actor.require("settings.edit")
    inputs = {"practice_area_id": practice_area_id, "version": version, "name": name}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="practice_area.rename", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(PracticeArea, practice_area_id)
        area = lock_record(session, PracticeArea, firm_id=actor.firm_id, record_id=practice_area_id, version=version, noun=NOUN)
        _refuse_taken(session, actor.firm_id, name, besides=area.id)
        changed = change(area, {"name": name})
        _flush(session, name)
        _finish(session, command, area, "practice_area.renamed", changed)
    return area


def retire_practice_area(session: Session, *, actor: Actor, practice_area_id: int, now: datetime | None = None) -> PracticeArea:
    """Offer it no more. Matters that have it keep it, and reports still show it."""
    return _set_retired(session, actor, practice_area_id, retired=True, now=now)


def bring_back_practice_area(session: Session, *, actor: Actor, practice_area_id: int, now: datetime | None = None) -> PracticeArea:
    """Offer it again."""
    return _set_retired(session, actor, practice_area_id, retired=False, now=now)


def _set_retired(session: Session, actor: Actor, practice_area_id: int, *, retired: bool, now: datetime | None) -> PracticeArea:
    actor.require("settings.edit")
    verb = "retire" if retired else "bring_back"
    with transaction(session, actor.firm_id):
        inputs = {"practice_area_id": practice_area_id}
        command = record_command(session, actor=actor, name=f"practice_area.{verb}", inputs=inputs, now=now)
        area = lock_record(session, PracticeArea, firm_id=actor.firm_id, record_id=practice_area_id, noun=NOUN)
        if (area.retired_at is not None) != retired:
            changed = change(area, {"retired_at": command.at if retired else None})
            _finish(session, command, area, f"practice_area.{'retired' if retired else 'brought_back'}", changed)
    return area


def _refuse_taken(session: Session, firm_id: int, name: str, *, besides: int | None = None) -> None:
    if not name.strip():
        raise InvalidInput("Write the name of the practice area.", field="name")
    same = (PracticeArea.firm_id == firm_id) & (func.lower(PracticeArea.name) == name.lower())
    if session.scalar(select(PracticeArea.id).where(same)) not in (None, besides):
        raise _taken(name)


def _taken(name: str) -> InvalidInput:
    return InvalidInput(f"There is a practice area called {name} already. Bring that one back, or choose another name.", field="name")


def _flush(session: Session, name: str) -> None:
    with taken_meanwhile("uq_practice_areas_firm_id_name", _taken(name)):
        session.flush()


def _finish(session: Session, command: CommandRecord, area: PracticeArea, action: str, changed: Changed) -> None:
    was = {"before": changed.before, "after": changed.after}
    audit(session, command, action=action, subject_kind="practice_area", subject_id=area.id, **was)
    succeed(session, command, practice_area_id=area.id)
