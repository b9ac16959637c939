"""Work that no live pre-bill line has taken, or not for every payer: what a new pre-bill draws on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, literal_column, null, select, union_all
from sqlalchemy.orm import Session

from lexapp.domain.shares import WHOLE
from lexapp.models import Client, ExpenseEntry, FixedFeeEntry, Matter, PreBillLine, TimeEntry
from lexapp.queries.expense_states import is_ready

CHARGED = ("billable", "no_charge")
# Written out, so that SQLite sees that the partial index of live lines fits.
INCLUDED: ColumnElement[str] = literal_column("'included'")
_NOTHING: ColumnElement[str] = literal("")
_ZERO: ColumnElement[int] = literal_column("0")


class UnbilledRow(NamedTuple):
    """An entry that is not billed whole. Amounts are those of the whole entry."""

    matter_id: int
    entry_id: int
    dated_on: date
    timekeeper_id: int | None
    narrative: str
    task_code: str
    activity_code: str
    expense_code: str
    billing_status: str
    quantity_hundredths: int
    rate_minor: int | None
    amount_minor: int
    cost_minor: int
    adjustment_minor: int
    adjustment_reason: str
    is_taxed: bool


class _Source(NamedTuple):
    """One kind of entry: its table, the line column that points at it, its date, words and figures."""

    kind: str
    model: type[Any]
    line_column: Any
    dated_on: Any
    words: tuple[Any, ...]
    quantity: Any
    rate: Any
    amount: Any
    cost: Any
    adjustment: Any = _ZERO
    reason: Any = _NOTHING
    taxed: Any = literal(True)


def _if_billable(model: type[Any], amount: Any) -> ColumnElement[int]:
    return case((model.billing_status == "billable", amount), else_=0)


SOURCES = (
    _Source(
        kind="time",
        model=TimeEntry,
        line_column=PreBillLine.time_entry_id,
        dated_on=TimeEntry.worked_on,
        words=(TimeEntry.timekeeper_id, TimeEntry.narrative, TimeEntry.task_code, TimeEntry.activity_code, _NOTHING),
        quantity=TimeEntry.quantity_hundredths,
        rate=TimeEntry.rate_minor_per_hour,
        amount=TimeEntry.amount_minor,
        cost=_ZERO,
        adjustment=_if_billable(TimeEntry, TimeEntry.adjustment_minor),
        reason=TimeEntry.adjustment_reason,
    ),
    _Source(
        kind="fixed_fee",
        model=FixedFeeEntry,
        line_column=PreBillLine.fixed_fee_entry_id,
        dated_on=FixedFeeEntry.charged_on,
        words=(null(), FixedFeeEntry.description, _NOTHING, _NOTHING, _NOTHING),
        quantity=literal_column("100"),
        rate=FixedFeeEntry.amount_minor,
        amount=_if_billable(FixedFeeEntry, FixedFeeEntry.amount_minor),
        cost=_ZERO,
    ),
    _Source(
        kind="expense",
        model=ExpenseEntry,
        line_column=PreBillLine.expense_entry_id,
        dated_on=ExpenseEntry.incurred_on,
        words=(ExpenseEntry.timekeeper_id, ExpenseEntry.description, _NOTHING, _NOTHING, ExpenseEntry.code),
        quantity=ExpenseEntry.quantity_hundredths,
        rate=ExpenseEntry.unit_minor,
        amount=_if_billable(ExpenseEntry, ExpenseEntry.amount_minor),
        # A cost that was not meant to be billed was expensed when it was recorded: it is no asset to recover.
        cost=_if_billable(ExpenseEntry, ExpenseEntry.cost_minor),
        adjustment=_if_billable(ExpenseEntry, ExpenseEntry.adjustment_minor),
        reason=ExpenseEntry.adjustment_reason,
        taxed=ExpenseEntry.is_taxed,
    ),
)


def lock_unbilled_rows(session: Session, *, firm_id: int, matter_ids: Sequence[int], through_on: date, kind: str) -> list[UnbilledRow]:
    """Entries of one kind (time, fixed_fee, expense) of these matters that are not billed whole.

    By matter, date and entry; locked, by entry as everywhere, so that nobody changes one between reading it and billing it.
    `amount_minor` of what is not charged is zero.
    """
    source = next(each for each in SOURCES if each.kind == kind)
    entry = source.model
    adjusted = (source.adjustment.label("adjustment"), source.reason.label("reason"), source.taxed.label("taxed"))
    figures = (entry.billing_status, source.quantity, source.rate, source.amount, source.cost, *adjusted)
    query = (
        _unbilled(select(entry.matter_id, entry.id, source.dated_on, *source.words, *figures), source, firm_id, through_on)
        .where(entry.matter_id.in_(matter_ids))
        .order_by(entry.id)
        .with_for_update(of=entry, key_share=True)
    )
    rows = [UnbilledRow._make(row) for row in session.connection().execute(query)]
    return sorted(rows, key=lambda row: (row.matter_id, row.dated_on, row.entry_id))


def _unbilled(query: Select[*tuple[Any, ...]], source: _Source, firm_id: int, through_on: date) -> Select[*tuple[Any, ...]]:
    entry = source.model
    return (
        query.select_from(entry)
        .join(Matter, and_(Matter.firm_id == entry.firm_id, Matter.id == entry.matter_id))
        .where(
            entry.firm_id == firm_id,
            entry.discarded_at.is_(None),
            entry.billing_status.in_(CHARGED),
            source.dated_on <= through_on,
            Matter.is_internal.is_(False),
            _billed_share(source) < WHOLE,
            *_ready(source),
        )
    )


def _ready(source: _Source) -> list[ColumnElement[bool]]:
    """Time that an agreed fee pays for is never billed; an expense waits for the approval and the receipt that it needs."""
    if source.kind == "expense":
        return [is_ready()]
    return [TimeEntry.fee_term_id.is_(None)] if source.kind == "time" else []


def _billed_share(source: _Source) -> ColumnElement[int]:
    """How much of an entry is on live lines, whoever pays: a payer who joins later owes nothing for what was billed before."""
    line = PreBillLine
    billed = select(func.coalesce(func.sum(line.share_basis_points), 0)).where(
        line.firm_id == source.model.firm_id, source.line_column == source.model.id, line.state == INCLUDED
    )
    return billed.correlate(source.model).scalar_subquery()


@dataclass(frozen=True, slots=True)
class UnbilledMatter:
    """A matter with work to bill. Amounts in minor units; work that one of several payers has not been billed for counts whole."""

    matter_id: int
    number: str
    name: str
    client_name: str
    entries: int
    quantity_hundredths: int
    fees_minor: int
    expenses_minor: int
    without_rate: int
    oldest_on: date

    @property
    def total_minor(self) -> int:
        return self.fees_minor + self.expenses_minor


def unbilled_matters(
    session: Session, *, firm_id: int, through_on: date, matter_ids: Sequence[int] | None = None, limit: int = 500
) -> list[UnbilledMatter]:
    """Matters with unbilled work through a date, the most valuable first."""
    work = union_all(*(_work(source, firm_id, through_on, matter_ids) for source in SOURCES)).subquery()
    sums = [func.sum(column) for column in (work.c.quantity, work.c.fees, work.c.expenses, work.c.without_rate)]
    query = (
        select(Matter.id, Matter.number, Matter.name, Client.name, func.count(), *sums, func.min(work.c.dated_on))
        .join_from(work, Matter, and_(Matter.firm_id == firm_id, Matter.id == work.c.matter_id))
        .join(Client, and_(Client.firm_id == firm_id, Client.id == Matter.client_id))
        .group_by(Matter.id, Matter.number, Matter.name, Client.name)
        .order_by(func.sum(work.c.fees + work.c.expenses).desc(), Matter.id)
        .limit(limit)
    )
    return [
        UnbilledMatter(id_, number, name, client, entries, int(quantity), int(fees), int(expenses), int(without_rate), oldest_on)
        for id_, number, name, client, entries, quantity, fees, expenses, without_rate, oldest_on in session.execute(query)
    ]


def _work(source: _Source, firm_id: int, through_on: date, matter_ids: Sequence[int] | None) -> Select[*tuple[Any, ...]]:
    """One row per entry that is not billed whole."""
    entry, is_expense, charged = source.model, source.kind == "expense", source.amount + source.adjustment
    columns = (
        entry.id,
        entry.matter_id.label("matter_id"),
        (source.quantity if source.kind == "time" else _ZERO).label("quantity"),
        (_ZERO if is_expense else charged).label("fees"),
        (charged if is_expense else _ZERO).label("expenses"),
        source.dated_on.label("dated_on"),
        _if_billable(entry, case((source.rate.is_(None), 1), else_=0)).label("without_rate"),
    )
    query = _unbilled(select(*columns), source, firm_id, through_on)
    return query if matter_ids is None else query.where(entry.matter_id.in_(matter_ids))
