"""Collected revenue: what was applied to invoices in a period, spread over fees, costs and tax."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period, month_of
from lexapp.domain.spread import Charges
from lexapp.models import Account, Allocation, CreditNote, InvoiceMatter, JournalEntry, Matter, Posting
from lexapp.queries.credited import CREDITED_LOSS, CREDITED_PARTS, NOTE_OF_ALLOCATION
from lexapp.queries.reports.scope import MATTER_KEYS, Name, Scope, names_of

GROUPS = ("client", "matter", "practice", "responsible", "originating", "month")


class Application(NamedTuple):
    """Money applied to one matter of an invoice (negative: taken back), with what it paid of fees, costs and tax; minor units.

    A credit note on a part-paid invoice applies no money (0, and no payment), but what was paid before counts for what is left:
    `paid` then says what moved between fees, costs and tax, and is nothing in all. `credited` and `lost_minor` (of its costs, what the firm
    had advanced) are what notes had taken off the invoice before and after.
    """

    id: int
    payment_id: int | None
    invoice_id: int
    matter_id: int
    effective_on: date
    amount_minor: int
    before_minor: int
    key: Any
    charges: Charges
    paid: Charges
    credited: tuple[Charges, Charges] = (Charges(), Charges())
    lost_minor: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class CollectedRow:
    """What one group brought in. `key` is an id, or the first day of a month; minor units."""

    key: int | date | None
    name: Name
    fees_minor: int = 0
    costs_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.fees_minor + self.costs_minor + self.tax_minor


def applications(session: Session, *, scope: Scope, period: Period, by: str = "client") -> list[Application]:
    """Every application of the period, by invoice, matter and date. Those before it are read too: they say what was paid already."""
    mine = and_(Allocation.firm_id == scope.firm_id, Allocation.effective_on <= period.last, Allocation.is_discount.is_(False))
    touched = select(Allocation.invoice_id).where(mine, Allocation.effective_on >= period.first)
    place = (Allocation.invoice_id, Allocation.matter_id)
    key = MATTER_KEYS.get(by, Matter.id)
    query = (
        select(Allocation.id, Allocation.payment_id, *place, Allocation.effective_on, Allocation.amount_minor, key, *_PARTS)
        .add_columns(CREDITED_LOSS, *CREDITED_PARTS)
        .join(InvoiceMatter, _OF_ALLOCATION)
        .outerjoin(CreditNote, NOTE_OF_ALLOCATION)
        .join(Matter, scope.matter_of(Allocation))
        .where(mine, Allocation.invoice_id.in_(touched), scope.matters())
        .order_by(*place, Allocation.effective_on, Allocation.id)
    )
    rows = session.execute(query)
    return [one for _, group in groupby(rows, key=lambda row: row[2:4]) for one in _applied(group) if one.effective_on >= period.first]


_PARTS = (InvoiceMatter.fees_minor, InvoiceMatter.costs_minor, InvoiceMatter.tax_minor)
_OF_ALLOCATION = and_(
    InvoiceMatter.firm_id == Allocation.firm_id,
    InvoiceMatter.invoice_id == Allocation.invoice_id,
    InvoiceMatter.matter_id == Allocation.matter_id,
)


def _applied(rows: Iterable[Any]) -> Iterator[Application]:
    """The applications of one matter of an invoice, in their order; a credit note where something was paid before it."""
    before, credited, lost = 0, Charges(), 0
    for id_, payment_id, invoice_id, matter_id, on, amount, key, fees, costs, tax, loss, *parts in rows:
        charges, is_note = Charges(fees, costs, tax), payment_id is None
        after = credited + Charges(*parts) if is_note else credited
        lost_after, money = lost + (loss if is_note else 0), 0 if is_note else amount
        paid = charges.paid(before + money, after) - charges.paid(before, credited)
        if not is_note or before:
            facts = (id_, payment_id, invoice_id, matter_id, on, money, before, key, charges, paid)
            yield Application(*facts, (credited, after), (lost, lost_after))
        before, credited, lost = before + money, after, lost_after


def collected_by(session: Session, *, scope: Scope, period: Period, by: str) -> list[CollectedRow]:
    """Collected by client, matter, practice area, responsible or originating timekeeper, the most first; or by month, each one."""
    sums: dict[Any, Charges] = {month: Charges() for month in period.months()} if by == "month" else {}
    for one in applications(session, scope=scope, period=period, by=by):
        key = month_of(one.effective_on) if by == "month" else one.key
        sums[key] = sums.get(key, Charges()) + one.paid
    if by == "month":
        return [_row(key, Name(""), paid) for key, paid in sums.items()]
    names = names_of(session, firm_id=scope.firm_id, by=by, keys=sums)
    rows = [_row(key, names[key], paid) for key, paid in sums.items()]
    return sorted(rows, key=lambda row: (-row.total_minor, row.name.label))


def _row(key: Any, name: Name, paid: Charges) -> CollectedRow:
    return CollectedRow(key, name, paid.fees_minor, paid.costs_minor, paid.tax_minor)


def sum_collected(rows: Iterable[CollectedRow]) -> CollectedRow:
    """The total of all groups."""
    total = sum((Charges(row.fees_minor, row.costs_minor, row.tax_minor) for row in rows), Charges())
    return _row(None, Name("Total"), total)


_NO_MONEY = ("invoice.issued", "invoice.credited", "payment.discounted")


def collected_in_journal(session: Session, *, scope: Scope, period: Period) -> int:
    """What payments and trust took off the receivable account in the journal, for the same matters. One query."""
    query = (
        select(func.coalesce(-func.sum(Posting.amount_minor), 0))
        .join_from(Posting, Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .join(JournalEntry, and_(JournalEntry.firm_id == Posting.firm_id, JournalEntry.id == Posting.journal_entry_id))
        .join(Matter, scope.matter_of(Posting))
        .where(Posting.firm_id == scope.firm_id, Account.role == "receivable", JournalEntry.event_code.not_in(_NO_MONEY))
        .where(JournalEntry.effective_on.between(period.first, period.last), scope.matters())
    )
    return int(session.scalar(query) or 0)
