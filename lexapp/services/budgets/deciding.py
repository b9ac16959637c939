"""Time that is held because it goes beyond a budget: let it be billed, by name and with a reason, or leave it; and having seen warnings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.budgets import tell_matter
from lexapp.books.changes import lock_shown
from lexapp.books.taken_entries import refuse_taken
from lexapp.books.time_entries import BILLABLE, revise_time_entry, work_of
from lexapp.books.work_terms import firm_terms, lock_timekeepers
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.models import BudgetHold, BudgetNotice, Matter, PreBillLine, TimeEntry

LONGEST_REASON = 200


def may_decide(actor: Actor, matter: Matter) -> bool:
    """Whoever agrees fees may, and the matter’s responsible timekeeper."""
    mine = actor.timekeeper_id is not None and actor.timekeeper_id == matter.responsible_timekeeper_id
    return actor.may("rate.edit") or (mine and actor.may("time.record"))


def release_hold(
    session: Session, *, actor: Actor, hold_id: int, version: int, reason: str, key: str | None = None, now: datetime | None = None
) -> TimeEntry:
    """Let held time be billed beyond the budget, at its rate. Raises InvalidInput without a reason, Conflict, NotAllowed, NotFound."""
    said = reason.strip()
    if not said:
        raise InvalidInput("Write why it is billed beyond the budget. The client may ask.", field="reason")
    if len(said) > LONGEST_REASON:
        raise InvalidInput(f"Write at most {LONGEST_REASON} characters.", field="reason")
    inputs = {"hold_id": hold_id, "version": version, "reason": said}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="budget.release", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        hold, entry = _decidable(session, command, hold_id, version)
        refuse_taken(session, firm_id=actor.firm_id, column=PreBillLine.time_entry_id, entry_id=entry.id)
        revise_time_entry(session, command, entry, replace(work_of(entry), billing_status=BILLABLE))
        _decide(session, command, hold, "released", said)
        tell_matter(session, command, entry.matter_id)
        succeed(session, command, time_entry_id=entry.id)
    return entry


def keep_hold(
    session: Session, *, actor: Actor, hold_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> TimeEntry:
    """Leave held time non-billable: nothing waits any more. Raises Conflict, NotAllowed, NotFound."""
    inputs = {"hold_id": hold_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="budget.keep", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, command.result["time_entry_id"])
        hold, entry = _decidable(session, command, hold_id, version)
        _decide(session, command, hold, "kept", "")
        succeed(session, command, time_entry_id=entry.id)
    return entry


def see_notices(session: Session, *, actor: Actor, now: datetime | None = None) -> int:
    """Note that one has seen the warnings of budgets that were told to oneself; returns how many."""
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="budget.see", inputs={}, now=now)
        mine = (BudgetNotice.firm_id == actor.firm_id, BudgetNotice.user_id == actor.user_id, BudgetNotice.seen_at.is_(None))
        ids = list(session.scalars(select(BudgetNotice.id).where(*mine).with_for_update()))
        session.execute(update(BudgetNotice).where(BudgetNotice.id.in_(ids)).values(seen_at=command.at))
        audit(session, command, action="budget.seen", subject_kind="command", subject_id=command.id, after={"count": len(ids)})
        succeed(session, command, count=len(ids))
    return len(ids)


def _decidable(session: Session, command: CommandRecord, hold_id: int, version: int) -> tuple[BudgetHold, TimeEntry]:
    """The hold and its entry, locked after its timekeeper."""
    actor = command.actor
    hold = lock_shown(session, BudgetHold, firm_id=actor.firm_id, record_id=hold_id, noun="held time", version=version)
    if not may_decide(actor, session.get_one(Matter, hold.matter_id)):
        sentence = "Only whoever agrees fees, or the matter’s responsible timekeeper, decides about time beyond a budget."
        raise NotAllowed(sentence, code="needs.rate.edit")
    if hold.decided_at is not None:
        raise Conflict("This was decided before. Look at the entry as it is now.")
    mine = (TimeEntry.firm_id == actor.firm_id, TimeEntry.id == hold.time_entry_id)
    whose = session.scalars(select(TimeEntry.timekeeper_id).where(*mine)).one()
    lock_timekeepers(session, firm_terms(session, actor.firm_id), {whose})
    entry = session.scalars(select(TimeEntry).where(*mine).with_for_update().execution_options(populate_existing=True)).one()
    if entry.discarded_at is not None:
        raise Conflict("This entry was discarded. Bring it back first.")
    return hold, entry


def _decide(session: Session, command: CommandRecord, hold: BudgetHold, outcome: str, reason: str) -> None:
    hold.outcome, hold.reason = outcome, reason
    hold.decided_at, hold.decided_by_user_id = command.at, command.actor.user_id
    hold.version += 1
    session.flush()
    after = {"budget_id": hold.budget_id, "outcome": outcome, "reason": reason}
    audit(session, command, action=f"time.hold_{outcome}", subject_kind="time_entry", subject_id=hold.time_entry_id, after=after)
