"""Changes of unbilled time entries. What a pre-bill or an invoice has taken is changed there."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, record_command, succeed
from lexapp.books.budgets import billable_or_held, weigh_time, weight_of
from lexapp.books.guidelines import require_time_followed, written_time
from lexapp.books.kept_entries import EntryKind, keep_or_not
from lexapp.books.taken_entries import refuse_taken
from lexapp.books.time_entries import (
    Work,
    check_matter_open,
    check_whole_day,
    facts_of,
    group_of,
    load_terms,
    regroup,
    require_own_or_others,
    require_rate_edit,
    revise_time_entry,
    work_of,
)
from lexapp.books.time_locks import check_unlocked
from lexapp.books.timers import recount_entries
from lexapp.books.work_terms import firm_terms, lock_timekeepers
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import PreBillLine, TimeEntry

STALE = "Somebody changed this entry after you opened it. Look at it as it is now, then make your change again."


def edit_time(
    session: Session,
    *,
    actor: Actor,
    entry_id: int,
    version: int,
    work: Work,
    key: str | None = None,
    now: datetime | None = None,
) -> TimeEntry:
    """Change an unbilled entry to `work`. `version` is the one that was shown.

    The rate is found anew when matter, timekeeper, activity or date change (or there was none); a typed rate stays as long as it is given.
    So is the rounding rule, by matter, timekeeper, activity and date; where only the time changes it is rounded anew by
    the rule it kept. Raises Conflict, InvalidInput, NotAllowed, NotFound.
    """
    inputs = {**asdict(work), "entry_id": entry_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="time.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(TimeEntry, entry_id)
        entry = _lock(session, actor, entry_id, also=work.timekeeper_id)
        require_own_or_others(actor, [entry.timekeeper_id, work.timekeeper_id])
        require_rate_edit(actor, before=work_of(entry).rate_minor, after=work.rate_minor)
        if entry.version != version:
            raise Conflict(STALE)
        refuse_taken(session, firm_id=actor.firm_id, column=PreBillLine.time_entry_id, entry_id=entry.id)
        before, weight = written_time(entry) if entry.matter_id == work.matter_id else None, weight_of(entry)
        work, may_hold = billable_or_held(work)
        revise_time_entry(session, command, entry, work)
        require_time_followed(session, entry, before=before)
        weigh_time(session, command, entry, before=weight, may_hold=may_hold)
        succeed(session, command, time_entry_id=entry.id)
    return entry


def discard_time(
    session: Session, *, actor: Actor, entry_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> TimeEntry:
    """Take an unbilled entry out of lists and bills; its timer's segments stay. `restore_time` brings it back."""
    return _keep(session, actor, entry_id, version, keep=False, key=key, now=now)


def restore_time(
    session: Session, *, actor: Actor, entry_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> TimeEntry:
    """Bring a discarded entry back as it was; refused where its day has been filled or its matter closed since."""
    return _keep(session, actor, entry_id, version, keep=True, key=key, now=now)


def _lock(session: Session, actor: Actor, entry_id: int, *, also: int | None = None, discarded: bool = False) -> TimeEntry:
    """The entry, locked after its timekeeper (and the one it goes to): in the order in which timers lock them."""
    mine = (TimeEntry.firm_id == actor.firm_id, TimeEntry.id == entry_id)
    whose = set(session.scalars(select(TimeEntry.timekeeper_id).where(*mine)))
    lock_timekeepers(session, firm_terms(session, actor.firm_id), whose | ({also} if whose and also is not None else set()))
    query = select(TimeEntry).where(*mine).with_for_update().execution_options(populate_existing=True)
    entry = session.scalars(query).one_or_none()
    if entry is None or (entry.timekeeper_id != actor.timekeeper_id and not actor.may("time.view_all")):
        raise NotFound("There is no such time entry.")
    if entry.discarded_at is not None and not discarded:
        raise Conflict("This entry was discarded. Bring it back first, or record the time anew.")
    return entry


def _keep(session: Session, actor: Actor, entry_id: int, version: int, *, keep: bool, key: str | None, now: datetime | None) -> TimeEntry:
    name, inputs = "time.restore" if keep else "time.discard", {"entry_id": entry_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=name, inputs=inputs, key=key, now=now)
        entry = _lock(session, actor, entry_id, discarded=True)
        require_own_or_others(actor, [entry.timekeeper_id])
        keep_or_not(session, command, _TIME, entry, version=version, keep=keep)
        if keep:
            weigh_time(session, command, entry, may_hold=True)
        succeed(session, command, time_entry_id=entry.id)
    return entry


def _settle(session: Session, command: CommandRecord, entry: TimeEntry, keep: bool) -> None:
    work = work_of(entry)
    terms = load_terms(session, entry.firm_id, [work])
    check_unlocked(session, command, terms.firm, [work.worked_on], field="worked_on")
    if keep:
        check_matter_open(terms, work)
        check_whole_day(session, entry.firm_id, work, without_id=entry.id)
    regroup(session, terms.firm, [group_of(entry)])
    recount_entries(session, command, terms.firm, [entry], keep=keep)


_TIME = EntryKind("time", "time_entry", PreBillLine.time_entry_id, facts_of, _settle)
