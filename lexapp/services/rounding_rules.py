"""Agreeing billing increments from a date, ending them, and taking mistakes back. Entries keep what they were rounded by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown, must_exist
from lexapp.books.dated_rows import end_row, lock_alike, make_room
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.rounding import Direction
from lexapp.domain.rounding_rules import RoundingLevel
from lexapp.domain.utbms import ACTIVITIES
from lexapp.models import Client, Matter, RoundingRule

KEYS = ("matter_id", "client_id", "activity_code")
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoundingRule:
    """An increment for a matter, a client, or the firm where neither is named; for one activity or for all; from a day on. Seconds."""

    increment_seconds: int
    increment_direction: str = "up"
    minimum_seconds: int = 0
    per_day: bool = False
    effective_from: date
    effective_to: date | None = None
    matter_id: int | None = None
    client_id: int | None = None
    activity_code: str | None = None

    @property
    def level(self) -> RoundingLevel:
        if self.matter_id is not None:
            return RoundingLevel.MATTER
        return RoundingLevel.CLIENT if self.client_id is not None else RoundingLevel.FIRM

    def check(self) -> None:
        """Refuse, beside its field, what cannot take effect."""
        _between("increment_seconds", self.increment_seconds, 1)
        _between("minimum_seconds", self.minimum_seconds, 0)
        if self.increment_direction not in tuple(Direction):
            raise InvalidInput("Choose one of the list.", field="increment_direction")
        if self.matter_id is not None and self.client_id is not None:
            raise InvalidInput("A rule is for a matter or for a client, not for both.")
        if self.activity_code is not None and ACTIVITIES.lookup(self.activity_code) is None:
            raise InvalidInput("Choose the activity of the list.", field="activity_code")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InvalidInput("The last day lies before the first. Write a later one, or leave it empty.", field="effective_to")


def _between(field: str, value: int, least: int) -> None:
    if not least <= value <= DAY_SECONDS:
        raise InvalidInput(f"Write {least} to {DAY_SECONDS:,} seconds.", field=field)


def add_rounding_rule(
    session: Session, *, actor: Actor, rule: NewRoundingRule, key: str | None = None, now: datetime | None = None
) -> RoundingRule:
    """Agree an increment. The one in force for the same ends the day before; a later one that stands already ends this one.

    Entries that are recorded keep the rule they were rounded by. Raises InvalidInput beside a field, NotAllowed.
    """
    actor.require("rate.edit")
    rule.check()
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="rounding_rule.add", inputs=asdict(rule), key=key, now=now)
        if command.result is not None:
            return session.get_one(RoundingRule, command.result["rounding_rule_id"])
        for field, model in (("matter_id", Matter), ("client_id", Client)):
            sentence = f"Pick the {field.removesuffix('_id')} out of the list."
            must_exist(session, model, firm_id=actor.firm_id, record_id=getattr(rule, field), field=field, sentence=sentence)
        rows = lock_alike(session, RoundingRule, _same(actor.firm_id, rule), firm_id=actor.firm_id)
        taken = "A rule for the same starts on this day already. Remove that one, or choose another day."
        effective_to = make_room(rows, first=rule.effective_from, last=rule.effective_to, taken=taken, another="Another rule for the same")
        values = asdict(rule) | {"effective_to": effective_to, "level": rule.level.value}
        row = RoundingRule(firm_id=actor.firm_id, created_at=command.at, created_by_user_id=actor.user_id, **values)
        session.add(row)
        session.flush()
        _audit(session, command, "rounding_rule.added", row)
        succeed(session, command, rounding_rule_id=row.id)
    return row


def _same(firm_id: int, rule: NewRoundingRule) -> list[ColumnElement[bool]]:
    """The rules for the same place and activity. (`== None` is IS NULL.)"""
    keys = {name: getattr(rule, name) for name in KEYS}
    return [RoundingRule.firm_id == firm_id, RoundingRule.removed_at.is_(None), *(getattr(RoundingRule, k) == v for k, v in keys.items())]


def end_rounding_rule(
    session: Session, *, actor: Actor, rule_id: int, version: int, effective_to: date, key: str | None = None, now: datetime | None = None
) -> RoundingRule:
    """Set or move a rule's last day: not before its first, not beyond where it ends already. From then on the next weaker one holds.

    Raises Conflict when `version` is no longer the present one.
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"rule_id": rule_id, "version": version, "effective_to": effective_to}
        command = record_command(session, actor=actor, name="rounding_rule.end", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(RoundingRule, rule_id)
        row = _in_force(session, actor.firm_id, rule_id)
        lock_record(session, RoundingRule, firm_id=actor.firm_id, record_id=rule_id, version=version, noun="rule")
        end_row(row, effective_to, name="The rule", afterwards="Add a new rule for later days.")
        _audit(session, command, "rounding_rule.ended", row)
        succeed(session, command, rounding_rule_id=rule_id)
    return row


def remove_rounding_rule(
    session: Session, *, actor: Actor, rule_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> None:
    """Mark a rule that was a mistake as removed: it applies to nothing any more. Entries rounded by it keep it and its reason.

    Raises Conflict when `version` is no longer the present one.
    """
    actor.require("rate.edit")
    with transaction(session, actor.firm_id):
        inputs = {"rule_id": rule_id, "version": version}
        command = record_command(session, actor=actor, name="rounding_rule.remove", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return
        row = _in_force(session, actor.firm_id, rule_id)
        lock_shown(session, RoundingRule, firm_id=actor.firm_id, record_id=rule_id, version=version, noun="rule")
        _audit(session, command, "rounding_rule.removed", row)
        change(row, {"removed_at": command.at})
        session.flush()
        succeed(session, command, rounding_rule_id=rule_id)


def _in_force(session: Session, firm_id: int, rule_id: int) -> RoundingRule:
    mine = (RoundingRule.firm_id == firm_id) & (RoundingRule.id == rule_id) & RoundingRule.removed_at.is_(None)
    row = session.scalars(select(RoundingRule).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("This rule is not there any more. Reload the page to see the rules as they stand.")
    return row


def _audit(session: Session, command: CommandRecord, action: str, row: RoundingRule) -> None:
    """Written to the matter or client that the rule belongs to, so that it stands in their timeline."""
    kind, subject_id = ("matter", row.matter_id) if row.matter_id else ("client", row.client_id) if row.client_id else ("firm", row.firm_id)
    names = ("increment_seconds", "increment_direction", "minimum_seconds", "per_day", "activity_code")
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    values |= {"rounding_rule_id": row.id, "from": row.effective_from, "to": row.effective_to}
    audit(session, command, action=action, subject_kind=kind, subject_id=subject_id or 0, after=values)
