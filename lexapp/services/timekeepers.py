"""Changing timekeepers, and taking them out of the lists when they leave. Adding one is `services.firms.add_timekeeper`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown
from lexapp.books.uniqueness import taken_meanwhile
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor
from lexapp.domain.productivity import check_target
from lexapp.domain.utbms import CLASSIFICATIONS, NOT_PERSONS
from lexapp.models import Timekeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class TimekeeperFacts:
    """What is known of a timekeeper. `code` is their id on LEDES files, `classification` one of UTBMS.

    `yearly_target_hours` is how many hours they are there for in a year; None is eight each weekday.
    """

    code: str
    name: str
    initials: str
    classification: str
    yearly_target_hours: int | None = None


def edit_timekeeper(
    session: Session,
    *,
    actor: Actor,
    timekeeper_id: int,
    version: int,
    facts: TimekeeperFacts,
    key: str | None = None,
    now: datetime | None = None,
) -> Timekeeper:
    """Change a timekeeper. Entries recorded before keep the rate that the class of then gave them."""
    actor.require("user.manage")
    with transaction(session, actor.firm_id):
        inputs = {"timekeeper_id": timekeeper_id, "version": version, **asdict(facts)}
        command = record_command(session, actor=actor, name="timekeeper.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Timekeeper, timekeeper_id)
        row = lock_record(session, Timekeeper, firm_id=actor.firm_id, record_id=timekeeper_id, version=version, noun="timekeeper")
        _check(session, row, facts)
        changed = change(row, asdict(facts))
        with taken_meanwhile("uq_timekeepers_firm_id_code", _taken(facts.code)):
            session.flush()
        audit(
            session,
            command,
            action="timekeeper.edited",
            subject_kind="timekeeper",
            subject_id=timekeeper_id,
            before=changed.before,
            after=changed.after,
        )
        succeed(session, command, timekeeper_id=timekeeper_id)
    return row


def _taken(code: str) -> InvalidInput:
    return InvalidInput(f"A timekeeper with the id {code} exists already. Choose another id.", field="code")


def _check(session: Session, row: Timekeeper, facts: TimekeeperFacts) -> None:
    if facts.classification not in CLASSIFICATIONS or facts.classification in NOT_PERSONS:
        raise InvalidInput("Choose the class of the list.", field="classification")
    check_target(facts.yearly_target_hours)
    same = (Timekeeper.firm_id == row.firm_id) & (Timekeeper.code == facts.code) & (Timekeeper.id != row.id)
    if session.scalar(select(Timekeeper.id).where(same)):
        raise _taken(facts.code)


def deactivate_timekeeper(
    session: Session, *, actor: Actor, timekeeper_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Timekeeper:
    """Take a timekeeper out of the lists to choose from; what they recorded stays."""
    return _set_active(session, actor, timekeeper_id, version, active=False, key=key, now=now)


def reactivate_timekeeper(
    session: Session, *, actor: Actor, timekeeper_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Timekeeper:
    """Put a timekeeper back."""
    return _set_active(session, actor, timekeeper_id, version, active=True, key=key, now=now)


def _set_active(
    session: Session, actor: Actor, timekeeper_id: int, version: int, *, active: bool, key: str | None, now: datetime | None
) -> Timekeeper:
    actor.require("user.manage")
    verb = "reactivate" if active else "deactivate"
    with transaction(session, actor.firm_id):
        inputs = {"timekeeper_id": timekeeper_id, "version": version}
        command = record_command(session, actor=actor, name=f"timekeeper.{verb}", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Timekeeper, timekeeper_id)
        row = lock_shown(session, Timekeeper, firm_id=actor.firm_id, record_id=timekeeper_id, noun="timekeeper", version=version)
        if change(row, {"is_active": active}).after:
            audit(session, command, action=f"timekeeper.{verb}d", subject_kind="timekeeper", subject_id=timekeeper_id)
        succeed(session, command, timekeeper_id=timekeeper_id)
    return row
