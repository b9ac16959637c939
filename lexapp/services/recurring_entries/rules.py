"""The rules of recurring time. What is changed concerns days that are not made yet; those that were made stay what they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import change, lock_record, lock_shown
from lexapp.books.time_entries import Work, check_open, load_terms, require_own_or_others
from lexapp.database import transaction
from lexapp.domain.durations import DAY_SECONDS
from lexapp.domain.errors import Conflict, InvalidInput, NotFound
from lexapp.domain.permissions import Actor
from lexapp.domain.recurrences import Recurrence
from lexapp.models import RecurringEntry

NOUN = "recurring entry"
YESTERDAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringWork:
    """What comes again, and when. `asks`: each day waits for a person; else it is recorded by itself, at the rate of its day."""

    matter_id: int
    timekeeper_id: int
    recorded_seconds: int
    narrative: str = ""
    activity_code: str = ""
    billing_status: str = "billable"
    weekdays: int = 0
    month_day: int | None = None
    first_on: date
    last_on: date | None = None
    asks: bool = True

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(self.weekdays, self.month_day, self.first_on, self.last_on)

    def on(self, day: date) -> Work:
        """The work of one day."""
        words = (self.narrative, "", self.activity_code, self.billing_status)
        return Work(self.matter_id, self.timekeeper_id, day, self.recorded_seconds, *words)


def add_recurring(
    session: Session, *, actor: Actor, work: RecurringWork, key: str | None = None, now: datetime | None = None
) -> RecurringEntry:
    """Let work come again, from today at the earliest. Raises InvalidInput beside a field, NotAllowed."""
    require_own_or_others(actor, [work.timekeeper_id])
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="recurring_entry.add", inputs=asdict(work), key=key, now=now)
        if command.result is not None:
            return session.get_one(RecurringEntry, command.result["recurring_entry_id"])
        today = _check(session, command, work)
        if work.first_on < today:
            raise InvalidInput("Write today’s date or a later one. Earlier days are recorded by hand.", field="first_on")
        made = {"membership_id": actor.membership_id, "made_through": today - YESTERDAY, "created_at": command.at}
        rule = RecurringEntry(firm_id=actor.firm_id, **asdict(work), **made)
        session.add(rule)
        session.flush()
        _finish(session, command, rule, "added", {}, asdict(work))
    return rule


def change_recurring(
    session: Session,
    *,
    actor: Actor,
    rule_id: int,
    version: int,
    work: RecurringWork,
    key: str | None = None,
    now: datetime | None = None,
) -> RecurringEntry:
    """Let it come otherwise from the next day on. The first day stays. Raises Conflict where it was changed meanwhile, InvalidInput."""
    inputs = {**asdict(work), "rule_id": rule_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="recurring_entry.change", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(RecurringEntry, rule_id)
        rule = _mine(actor, lock_record(session, RecurringEntry, **_named(actor, rule_id), version=version))
        require_own_or_others(actor, [work.timekeeper_id])
        _refuse_ended(rule)
        _check(session, command, work)
        values = {name: value for name, value in asdict(work).items() if name != "first_on" or rule.made_through < rule.first_on}
        changed = change(rule, values)
        rule.membership_id = actor.membership_id
        session.flush()
        _finish(session, command, rule, "changed", changed.before, changed.after)
    return rule


def pause_recurring(session: Session, *, actor: Actor, rule_id: int, version: int, now: datetime | None = None) -> RecurringEntry:
    """Make no days until it is resumed; those in between are not made up for."""
    return _turn(session, actor, rule_id, version, "paused", now)


def resume_recurring(session: Session, *, actor: Actor, rule_id: int, version: int, now: datetime | None = None) -> RecurringEntry:
    """Make days again, from today on."""
    return _turn(session, actor, rule_id, version, "resumed", now)


def end_recurring(session: Session, *, actor: Actor, rule_id: int, version: int, now: datetime | None = None) -> RecurringEntry:
    """Make no more days. What was made stays: entries as they are, days that wait until somebody decides."""
    return _turn(session, actor, rule_id, version, "ended", now)


def _turn(session: Session, actor: Actor, rule_id: int, version: int, deed: str, now: datetime | None) -> RecurringEntry:
    with transaction(session, actor.firm_id):
        inputs = {"rule_id": rule_id, "version": version}
        command = record_command(session, actor=actor, name=f"recurring_entry.{deed}", inputs=inputs, now=now)
        rule = _mine(actor, lock_shown(session, RecurringEntry, **_named(actor, rule_id), version=version))
        _refuse_ended(rule)
        if deed == "resumed":
            today = load_terms(session, actor.firm_id, []).firm.today(command.at)
            rule.made_through = max(rule.made_through, today - YESTERDAY)
            rule.paused_at = None
        elif deed == "paused":
            rule.paused_at = command.at
        else:
            rule.ended_at = command.at
        rule.version += 1
        session.flush()
        _finish(session, command, rule, deed, {}, {})
    return rule


def _check(session: Session, command: CommandRecord, work: RecurringWork) -> date:
    """Refuse what no day could be recorded as; today, where the firm is."""
    work.recurrence.check()
    if not 0 < work.recorded_seconds <= DAY_SECONDS:
        raise InvalidInput("Write how long it takes: more than nothing and at most 24 hours.", field="recorded_seconds")
    one = work.on(work.first_on)
    terms = load_terms(session, command.actor.firm_id, [one])
    check_open(terms, one)
    return terms.firm.today(command.at)


def _named(actor: Actor, rule_id: int) -> dict[str, Any]:
    return {"firm_id": actor.firm_id, "record_id": rule_id, "noun": NOUN}


def _mine(actor: Actor, rule: RecurringEntry) -> RecurringEntry:
    """One's own, or anybody's for who records for others; else nobody learns that it exists."""
    if rule.timekeeper_id != actor.timekeeper_id and not actor.may("time.record_others"):
        raise NotFound("There is no such recurring entry.")
    actor.require("time.record")
    return rule


def _refuse_ended(rule: RecurringEntry) -> None:
    if rule.ended_at is not None:
        raise Conflict("This recurring entry has ended. Make a new one.")


def _finish(
    session: Session, command: CommandRecord, rule: RecurringEntry, deed: str, before: dict[str, object], after: dict[str, object]
) -> None:
    action = f"recurring_entry.{deed}"
    audit(session, command, action=action, subject_kind="recurring_entry", subject_id=rule.id, before=before or None, after=after or None)
    succeed(session, command, recurring_entry_id=rule.id)
