"""The time entries behind the figures of hours and productivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period
from lexapp.models import Client, Matter, TimeEntry, Timekeeper
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.reports.hours import worked
from lexapp.queries.reports.outcomes import billed_and_paid, part_paid_lines
from lexapp.queries.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class WorkedRow:
    """One time entry: hours in hundredths, worth in minor units; what of it was billed and collected where that was asked for."""

    id: int
    worked_on: date
    matter: str
    timekeeper: str
    narrative: str
    billing_status: str
    quantity: int
    value_minor: int
    billed_minor: int = 0
    collected_minor: int = 0


@dataclass(frozen=True, slots=True)
class WorkedSums:
    """Sums over all entries, not only over those of a page."""

    count: int
    quantity: int
    value_minor: int
    billed_minor: int = 0
    collected_minor: int = 0


def _rules(scope: Scope, period: Period, billing: str) -> Any:
    mine = worked(scope, period)
    return and_(mine, TimeEntry.billing_status == billing) if billing else mine


def worked_rows(
    session: Session, *, scope: Scope, period: Period, billing: str = "", limit: int | None = None, offset: int = 0
) -> list[WorkedRow]:
    """Entries by date, the oldest first; `billing` is a billing status or empty. One query."""
    figures = (TimeEntry.billing_status, TimeEntry.quantity_hundredths, TimeEntry.amount_minor)
    query = (
        select(
            TimeEntry.id, TimeEntry.worked_on, Client.name, Matter.name, Matter.is_internal, Timekeeper.name, TimeEntry.narrative, *figures
        )
        .join_from(TimeEntry, Matter, scope.matter_of(TimeEntry))
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .join(Timekeeper, and_(Timekeeper.firm_id == TimeEntry.firm_id, Timekeeper.id == TimeEntry.timekeeper_id))
        .where(_rules(scope, period, billing))
        .order_by(TimeEntry.worked_on, TimeEntry.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        WorkedRow(id_, on, matter_title(client, matter, is_internal=internal), who, text, status, quantity, value)
        for id_, on, client, matter, internal, who, text, status, quantity, value in session.execute(query)
    ]


def worked_sums(session: Session, *, scope: Scope, period: Period, billing: str = "") -> WorkedSums:
    """How many entries, their hours and worth. One query."""
    sums = (func.count(TimeEntry.id), func.sum(TimeEntry.quantity_hundredths), func.sum(TimeEntry.amount_minor))
    query = select(*sums).join_from(TimeEntry, Matter, scope.matter_of(TimeEntry)).where(_rules(scope, period, billing))
    count, quantity, value = session.execute(query).one()
    return WorkedSums(count, int(quantity or 0), int(value or 0))


def with_billing(session: Session, *, scope: Scope, period: Period, rows: Sequence[WorkedRow], firm_sums: WorkedSums) -> Any:
    """The rows with what of each was billed and collected to date, and the sums of all. Two queries more."""
    outcome = billed_by_entry(session, scope=scope, period=period)
    found = [_with(row, *outcome.get(row.id, (0, 0))) for row in rows]
    billed, collected = (sum(pair[place] for pair in outcome.values()) for place in (0, 1))
    return found, WorkedSums(firm_sums.count, firm_sums.quantity, firm_sums.value_minor, billed, collected)


def _with(row: WorkedRow, billed: int, collected: int) -> WorkedRow:
    return WorkedRow(
        row.id,
        row.worked_on,
        row.matter,
        row.timekeeper,
        row.narrative,
        row.billing_status,
        row.quantity,
        row.value_minor,
        billed,
        collected,
    )


def billed_by_entry(session: Session, *, scope: Scope, period: Period) -> dict[int, tuple[int, int]]:
    """Entry -> what invoices charge for it and what of that was collected, for the entries of the period that were billed."""
    query = billed_and_paid(TimeEntry.id, scope, period)
    found = {id_: (int(billed), int(collected)) for id_, billed, collected in session.execute(query)}
    for line in part_paid_lines(session, scope=scope, period=period):
        billed, collected = found[line.entry_id]
        found[line.entry_id] = billed, collected + line.collected_minor
    return found
