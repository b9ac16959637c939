"""The days of recurring time: made once each, then recorded as entries or skipped."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.budgets import weigh_time
from lexapp.books.time_entries import Work, add_time_entry, require_own_or_others
from lexapp.books.work_terms import firm_terms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, NotFound, Refused
from lexapp.domain.permissions import Actor
from lexapp.domain.recurrences import Recurrence
from lexapp.models import Matter, MatterAdmission, Membership, RecurringEntry, RecurringEntryDay, TimeEntry

DECIDED = "This day was decided before. Look at the list as it is now."


def make_days(session: Session, *, actor: Actor, rule_id: int, now: datetime | None = None) -> int:
    """Make the days of a rule through today where the firm is, each once; returns how many.

    `actor` is whose rule it is. What cannot be recorded by itself waits with the reason.
    """
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="recurring_entry.make", inputs={"rule_id": rule_id}, now=now)
        query = select(RecurringEntry).where(RecurringEntry.firm_id == actor.firm_id, RecurringEntry.id == rule_id)
        rule = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
        today = firm_terms(session, actor.firm_id).today(command.at)
        if rule.paused_at is not None or rule.ended_at is not None or rule.made_through >= today:
            days = []
        else:
            days = [_make(session, command, rule, day) for day in _due(rule, today)]
            rule.made_through = today
        succeed(session, command, count=len(days))
    return len(days)


def record_day(session: Session, *, actor: Actor, day_id: int, key: str | None = None, now: datetime | None = None) -> TimeEntry:
    """Make a day that waits an entry, at the rate and with the rounding of its day. Raises Conflict, InvalidInput, NotAllowed."""
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="recurring_entry.record", inputs={"day_id": day_id}, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        day = _mine(session, actor, day_id)
        if day.state != "waiting":
            raise Conflict(DECIDED)
        entry = _recorded(session, command, day)
        _decide(session, command, day, "recorded", entry.id)
        succeed(session, command, time_entry_id=entry.id)
    return entry


def skip_day(session: Session, *, actor: Actor, day_id: int, now: datetime | None = None) -> None:
    """Leave a day that waits without an entry. Raises Conflict where it was recorded."""
    _settle(session, actor, day_id, "waiting", "skipped", now)


def unskip_day(session: Session, *, actor: Actor, day_id: int, now: datetime | None = None) -> None:
    """Let a day that was skipped wait again."""
    _settle(session, actor, day_id, "skipped", "waiting", now)


def _settle(session: Session, actor: Actor, day_id: int, before: str, after: str, now: datetime | None) -> None:
    with transaction(session, actor.firm_id):
        name = "recurring_entry.skip" if after == "skipped" else "recurring_entry.unskip"
        command = record_command(session, actor=actor, name=name, inputs={"day_id": day_id}, now=now)
        day = _mine(session, actor, day_id)
        if day.state not in (before, after):
            raise Conflict(DECIDED)
        if day.state != after:
            _decide(session, command, day, after)
        succeed(session, command, day_id=day.id)


def _due(rule: RecurringEntry, today: date) -> list[date]:
    recurrence = Recurrence(rule.weekdays, rule.month_day, rule.first_on, rule.last_on)
    return [day for day in recurrence.days(rule.made_through, today) if day > rule.made_through]


def _make(session: Session, command: CommandRecord, rule: RecurringEntry, on: date) -> RecurringEntryDay:
    """One day as the rule says it now: recorded by itself where it may be, else waiting."""
    said = {name: getattr(rule, name) for name in ("matter_id", "timekeeper_id", "recorded_seconds", "narrative")}
    billed = {"activity_code": rule.activity_code, "billing_status": rule.billing_status}
    day = RecurringEntryDay(firm_id=rule.firm_id, recurring_entry_id=rule.id, worked_on=on, created_at=command.at, **said, **billed)
    if not rule.asks:
        try:
            _refuse_absent(session, command.actor, rule)
            day.time_entry_id = _recorded(session, command, day).id
        except Refused as error:
            day.reason = str(error)
    day.state = "waiting" if day.time_entry_id is None else "recorded"
    session.add(day)
    session.flush()
    after = {"worked_on": on, "state": day.state, "reason": day.reason}
    audit(session, command, action="recurring_entry.made", subject_kind="recurring_entry", subject_id=rule.id, after=after)
    return day


def _recorded(session: Session, command: CommandRecord, day: RecurringEntryDay) -> TimeEntry:
    """What goes beyond a budget that blocks work is held: nobody sits at the screen."""
    entry = add_time_entry(session, command, _work(day))
    weigh_time(session, command, entry, may_hold=True)
    return entry


def _refuse_absent(session: Session, actor: Actor, rule: RecurringEntry) -> None:
    """Nothing is recorded in the name of who has left, who may not record it, or who is shut out from the matter by now."""
    member = session.get_one(Membership, rule.membership_id)
    if not member.is_active:
        raise Refused("Whoever set this up has left the firm. Look at it, then record or skip it.")
    require_own_or_others(actor, [rule.timekeeper_id])
    admitted = exists().where(MatterAdmission.firm_id == Matter.firm_id, MatterAdmission.matter_id == Matter.id)
    shut = (Matter.firm_id == rule.firm_id, Matter.id == rule.matter_id, Matter.is_walled)
    query = select(Matter.id).where(*shut, ~admitted.where(MatterAdmission.membership_id == member.id))
    if not actor.may("matter.see_walled") and session.scalar(query) is not None:
        raise Refused("Whoever set this up is shut out from the matter. Look at it, then record or skip it.")


def _work(day: RecurringEntryDay) -> Work:
    words = (day.narrative, "", day.activity_code, day.billing_status)
    return Work(day.matter_id, day.timekeeper_id, day.worked_on, day.recorded_seconds, *words)


def _mine(session: Session, actor: Actor, day_id: int) -> RecurringEntryDay:
    query = select(RecurringEntryDay).where(RecurringEntryDay.firm_id == actor.firm_id, RecurringEntryDay.id == day_id)
    day = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if day is None or (day.timekeeper_id != actor.timekeeper_id and not actor.may("time.record_others")):
        raise NotFound("There is no such day.")
    actor.require("time.record")
    return day


def _decide(session: Session, command: CommandRecord, day: RecurringEntryDay, state: str, time_entry_id: int | None = None) -> None:
    before = {"worked_on": day.worked_on, "state": day.state}
    day.state, day.time_entry_id = state, time_entry_id
    day.version += 1
    session.flush()
    after = {"worked_on": day.worked_on, "state": state}
    action, rule_id = f"recurring_entry.{state}", day.recurring_entry_id
    audit(session, command, action=action, subject_kind="recurring_entry", subject_id=rule_id, before=before, after=after)
