"""New time entries, by hand or from another entry."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.budgets import billable_or_held, weigh_time
from lexapp.books.guidelines import require_time_followed
from lexapp.books.time_entries import Work, add_time_entry, require_own_or_others, require_rate_edit, work_of
from lexapp.books.work_terms import firm_terms
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import TimeEntry


def record_time(
    session: Session,
    *,
    actor: Actor,
    work: Work,
    measured_seconds: int | None = None,
    client_key: str | None = None,
    alone: bool = False,
    key: str | None = None,
    now: datetime | None = None,
) -> TimeEntry:
    """Record an entry at the rate in force (or the one typed), rounded by the rule in force; both are kept with their reason.

    Without any rate the entry is saved with none and is worth nothing yet. Raises InvalidInput beside a field of `Work` (also for what
    the client's guideline does not accept, and billable work beyond a budget that blocks it: with the billing status `held` it is kept,
    non-billable, for somebody to decide), NotAllowed; with `alone` Conflict where its timekeeper has another entry of that day on that
    matter.
    """
    require_own_or_others(actor, [work.timekeeper_id])
    require_rate_edit(actor, before=None, after=work.rate_minor)
    inputs = {**asdict(work), "measured_seconds": measured_seconds, "client_key": client_key}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="time.record", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        _refuse_known(session, actor, client_key)
        work, may_hold = billable_or_held(work)
        entry = add_time_entry(session, command, work, measured_seconds=measured_seconds, client_key=client_key)
        if alone:
            _refuse_second(session, entry)
        require_time_followed(session, entry)
        weigh_time(session, command, entry, may_hold=may_hold)
        succeed(session, command, time_entry_id=entry.id)
    return entry


def _refuse_second(session: Session, entry: TimeEntry) -> None:
    """By now no other command of this timekeeper is under way."""
    same = {name: getattr(entry, name) for name in ("firm_id", "timekeeper_id", "matter_id", "worked_on", "discarded_at")}
    if session.scalar(select(TimeEntry.id).filter_by(**same).where(TimeEntry.id != entry.id).limit(1)) is not None:
        raise Conflict("There is an entry of this day on this matter by now. Look at it, then change it or record another beside it.")


def _refuse_known(session: Session, actor: Actor, client_key: str | None) -> None:
    mine = (TimeEntry.firm_id == actor.firm_id) & (TimeEntry.client_key == client_key)
    if client_key is not None and session.scalar(select(TimeEntry.id).where(mine)) is not None:
        raise Conflict("This entry was recorded before. It is in the list already.")


def duplicate_time(session: Session, *, actor: Actor, entry_id: int, key: str | None = None, now: datetime | None = None) -> TimeEntry:
    """Record the same work once more, dated today, at the rate of today (a typed rate is kept)."""
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="time.duplicate", inputs={"entry_id": entry_id}, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        query = select(TimeEntry).where(TimeEntry.firm_id == actor.firm_id, TimeEntry.id == entry_id)
        original = session.scalars(query).one_or_none()
        if original is None or (original.timekeeper_id != actor.timekeeper_id and not actor.may("time.view_all")):
            raise NotFound("There is no such time entry.")
        require_own_or_others(actor, [original.timekeeper_id])
        today = firm_terms(session, actor.firm_id).today(command.at)
        entry = add_time_entry(session, command, replace(work_of(original), worked_on=today))
        weigh_time(session, command, entry, may_hold=True)
        succeed(session, command, time_entry_id=entry.id)
    return entry
