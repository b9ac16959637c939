"""The invoice lines behind what was billed and collected for work: each with its invoice, so that a figure leads to the books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period
from lexapp.models import Client, Invoice, Matter, PreBillLine, TimeEntry, Timekeeper
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.reports.outcomes import charged_lines, part_paid_lines
from lexapp.queries.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """A line of a live invoice for a time entry; minor units. `id` is that of the pre-bill's line, 0 for a total."""

    id: int
    entry_id: int
    worked_on: date
    matter: str
    timekeeper: str
    narrative: str
    invoice_id: int
    number: str
    billed_minor: int
    collected_minor: int


@dataclass(frozen=True, slots=True)
class Charged:
    """How many lines charge for the work of a period, with their sums; of one entry where it is named. `parts`: line -> its part of what
    was paid on an invoice that is not paid in full."""

    scope: Scope
    period: Period
    entry_id: int | None
    parts: dict[int, int]
    count: int
    billed_minor: int
    collected_minor: int

    def lines(self, columns: Callable[[Any], Sequence[Any]]) -> Any:
        return _of_entry(charged_lines(self.scope, self.period, columns), self.entry_id)


def charged(session: Session, *, scope: Scope, period: Period, entry_id: int | None = None) -> Charged:
    """The sums of what invoices charge for the work of the period. Two queries."""
    found = part_paid_lines(session, scope=scope, period=period)
    parts = {line.line_id: line.collected_minor for line in found if entry_id in (None, line.entry_id)}
    count, billed, in_full = session.execute(_of_entry(charged_lines(scope, period, _sums), entry_id)).one()
    return Charged(scope, period, entry_id, parts, count, int(billed or 0), int(in_full or 0) + sum(parts.values()))


def charged_rows(session: Session, of: Charged, *, limit: int | None = None, offset: int = 0) -> list[ChargedLine]:
    """The lines behind those sums, by date. One query."""
    return [_row(row, of.parts) for row in session.execute(_lines(of).limit(limit).offset(offset))]


def _of_entry(query: Any, entry_id: int | None) -> Any:
    return query if entry_id is None else query.where(TimeEntry.id == entry_id)


def _sums(in_full: Any) -> tuple[Any, ...]:
    return func.count(PreBillLine.id), func.sum(PreBillLine.amount_minor), func.sum(in_full)


def _lines(of: Charged) -> Any:
    what = (Client.name, Matter.name, Matter.is_internal, Timekeeper.name, PreBillLine.narrative, Invoice.id, Invoice.number)
    own = (PreBillLine.id, TimeEntry.id, TimeEntry.worked_on)
    query = of.lines(lambda in_full: (*own, *what, PreBillLine.amount_minor, in_full))
    query = query.outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
    person = and_(Timekeeper.firm_id == TimeEntry.firm_id, Timekeeper.id == TimeEntry.timekeeper_id)
    return query.join(Timekeeper, person).order_by(TimeEntry.worked_on, TimeEntry.id, PreBillLine.id)


def _row(row: Any, parts: dict[int, int]) -> ChargedLine:
    id_, entry_id, on, client, matter, internal, who, text, invoice_id, number, billed, in_full = row
    title = matter_title(client, matter, is_internal=internal)
    return ChargedLine(id_, entry_id, on, title, who, text, invoice_id, number, billed, parts.get(id_, in_full))
