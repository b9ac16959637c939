"""An unbilled entry within a command, changed to other work."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.time_entries.groups import group_of, regroup
from lexapp.books.time_entries.pricing import amount_of, price_works, rounded_quantity, status_of
from lexapp.books.time_entries.work import Terms, Work, check_open, check_whole_day, check_work, load_terms
from lexapp.books.time_entries.writing import columns_of, facts_of, work_of
from lexapp.domain.money import Money
from lexapp.domain.pricing import reduction_within
from lexapp.models import TimeEntry


def revise_time_entry(session: Session, command: CommandRecord, entry: TimeEntry, work: Work) -> None:
    """Change a locked, unbilled entry to `work`, checked, priced, grouped and audited. What did not change keeps its rate and quantity."""
    before, old_group = facts_of(entry), group_of(entry)
    terms = load_terms(session, entry.firm_id, [work], also=[(entry.timekeeper_id, entry.matter_id)])
    check_work(terms, work, now=command.at, anywhere=entry.timer_id is not None)
    if (work.matter_id, work.timekeeper_id) != (entry.matter_id, entry.timekeeper_id):
        check_open(terms, work)
    if (work.timekeeper_id, work.worked_on, work.recorded_seconds) != (entry.timekeeper_id, entry.worked_on, entry.recorded_seconds):
        check_whole_day(session, entry.firm_id, work, without_id=entry.id)
    for name, value in _new_columns(session, terms, entry, work).items():
        setattr(entry, name, value)
    entry.adjustment_minor = reduction_within(entry.adjustment_minor, entry.amount_minor)
    entry.version += 1
    entry.updated_at = command.at
    session.flush()
    regroup(session, terms, {old_group, group_of(entry)})
    after = facts_of(entry)
    audit(session, command, action="time.edited", subject_kind="time_entry", subject_id=entry.id, before=before, after=after)


def _new_columns(session: Session, terms: Terms, entry: TimeEntry, work: Work) -> dict[str, Any]:
    """The columns of the changed entry. What did not change keeps the rate and the quantity it was given."""
    moved = (work.matter_id, work.timekeeper_id, work.worked_on) != (entry.matter_id, entry.timekeeper_id, entry.worked_on)
    asks_rate = moved or work.activity_code != entry.activity_code or work.rate_minor != work_of(entry).rate_minor
    kept_quantity = None if moved or work.recorded_seconds != entry.recorded_seconds else entry.quantity_hundredths
    if asks_rate or entry.rate_minor_per_hour is None:
        return columns_of(terms, work, price_works(session, terms, [work], [kept_quantity])[0])
    quantity = rounded_quantity(terms, work) if kept_quantity is None else kept_quantity
    amount = amount_of(status_of(terms, work), quantity, Money(entry.rate_minor_per_hour, terms.firm.currency))
    columns = {name: getattr(work, name) for name in ("recorded_seconds", "narrative", "task_code", "activity_code")}
    return {**columns, "billing_status": status_of(terms, work), "quantity_hundredths": quantity, "amount_minor": amount}
