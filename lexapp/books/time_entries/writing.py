"""Time entries within a command: checked, priced, grouped and audited. Shared by entries by hand, timers and imports."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.time_entries.groups import group_for, group_of, regroup
from lexapp.books.time_entries.pricing import Price, price_works, status_of
from lexapp.books.time_entries.work import Terms, Work, check_open, check_whole_day, check_work, load_terms
from lexapp.books.time_locks import check_unlocked
from lexapp.domain.rounding_rules import RoundingDecision
from lexapp.models import TimeEntry


def columns_of(terms: Terms, work: Work, price: Price) -> dict[str, Any]:
    """The entry's columns that follow from what was said and what it is worth."""
    return {
        "matter_id": work.matter_id,
        "timekeeper_id": work.timekeeper_id,
        "worked_on": work.worked_on,
        "recorded_seconds": work.recorded_seconds,
        "quantity_hundredths": price.quantity_hundredths,
        **rounding_columns(work, price.rounding),
        "narrative": work.narrative,
        "task_code": work.task_code,
        "activity_code": work.activity_code,
        "billing_status": status_of(terms, work),
        "rate_minor_per_hour": price.rate_minor,
        "rate_is_typed": work.rate_minor is not None,
        "rate_reason": price.decision.as_json(),
        "amount_minor": price.amount_minor,
        "fee_term_id": terms.fee_term_id(work),
    }


def rounding_columns(work: Work, rounding: RoundingDecision | None) -> dict[str, Any]:
    """The day group that the entry names, where there is one, and why its quantity is rounded as it is."""
    group = group_for(work, rounding)
    return {"rounding_group": group.code if group else "", "rounding_reason": rounding.as_json() if rounding else {}}


def add_time_entry(
    session: Session,
    command: CommandRecord,
    work: Work,
    *,
    measured_seconds: int | None = None,
    counted_seconds: int | None = None,
    timer_id: int | None = None,
    client_key: str | None = None,
) -> TimeEntry:
    """Insert one entry, checked and priced, with its audit event. `measured_seconds` comes from a timer."""
    firm_id = command.actor.firm_id
    terms = load_terms(session, firm_id, [work])
    check_work(terms, work, now=command.at, anywhere=timer_id is not None)
    check_open(terms, work)
    check_unlocked(session, command, terms.firm, [work.worked_on], field="worked_on")
    check_whole_day(session, firm_id, work)
    [price] = price_works(session, terms, [work])
    entry = TimeEntry(
        firm_id=firm_id,
        timer_id=timer_id,
        client_key=client_key,
        measured_seconds=measured_seconds,
        counted_seconds=measured_seconds if counted_seconds is None else counted_seconds,
        recorded_by_user_id=command.actor.user_id,
        created_at=command.at,
        updated_at=command.at,
        **columns_of(terms, work, price),
    )
    session.add(entry)
    session.flush()
    regroup(session, terms.firm, [group_of(entry)])
    audit(session, command, action="time.recorded", subject_kind="time_entry", subject_id=entry.id, after=facts_of(entry))
    return entry


def facts_of(entry: TimeEntry) -> dict[str, object]:
    """What the audit trail keeps of an entry before and after a change."""
    names = (
        "matter_id timekeeper_id worked_on measured_seconds counted_seconds recorded_seconds quantity_hundredths narrative task_code "
        "activity_code billing_status rate_minor_per_hour rate_is_typed amount_minor adjustment_minor fee_term_id"
    )
    return {name: getattr(entry, name) for name in names.split()}


def work_of(entry: TimeEntry) -> Work:
    """What is said about a stored entry."""
    return Work(
        matter_id=entry.matter_id,
        timekeeper_id=entry.timekeeper_id,
        worked_on=entry.worked_on,
        recorded_seconds=entry.recorded_seconds,
        narrative=entry.narrative,
        task_code=entry.task_code,
        activity_code=entry.activity_code,
        billing_status=entry.billing_status,
        rate_minor=entry.rate_minor_per_hour if entry.rate_is_typed else None,
    )
