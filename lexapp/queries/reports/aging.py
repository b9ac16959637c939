"""Outstanding invoices with their age, as of a date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.aging import BY_DUE, BY_ISSUE, Age, age_of
from lexapp.models import Account, Allocation, Invoice, InvoiceMatter, JournalEntry, Matter, Posting
from lexapp.queries.reports.scope import Name, Scope, names_of

GROUPS = ("payer", "invoice", "matter", "practice", "responsible")
AGES = {"due": BY_DUE, "issue": BY_ISSUE}


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open of one invoice for one matter, in minor units."""

    invoice_id: int
    number: str
    payer_id: int
    issued_on: date
    due_on: date
    matter_id: int
    practice_area_id: int | None
    responsible_id: int | None
    open_minor: int


@dataclass(frozen=True, slots=True)
class AgingRow:
    """What is open of one group, by age; minor units. `oldest_on` is the day that the age of its oldest part counts from."""

    key: int | None
    name: Name
    by_age: tuple[int, ...]
    invoices: int
    oldest_on: date | None
    item: OpenItem | None = None

    @property
    def open_minor(self) -> int:
        return sum(self.by_age)


def open_items(session: Session, *, scope: Scope, on: date) -> list[OpenItem]:
    """Everything open on a day, the oldest invoice first. Allocations and voids of later days do not count yet. One query."""
    paid = (
        select(Allocation.invoice_id, Allocation.matter_id, func.sum(Allocation.amount_minor).label("applied"))
        .where(Allocation.firm_id == scope.firm_id, Allocation.effective_on <= on)
        .group_by(Allocation.invoice_id, Allocation.matter_id)
        .subquery()
    )
    still_open = InvoiceMatter.total_minor - func.coalesce(paid.c.applied, 0)
    of_invoice = (Invoice.id, Invoice.number, Invoice.payer_id, Invoice.issued_on, Invoice.due_on)
    query = (
        select(*of_invoice, Matter.id, Matter.practice_area_id, Matter.responsible_timekeeper_id, still_open)
        .join_from(Invoice, InvoiceMatter, and_(InvoiceMatter.firm_id == Invoice.firm_id, InvoiceMatter.invoice_id == Invoice.id))
        .join(Matter, scope.matter_of(InvoiceMatter))
        .outerjoin(paid, and_(paid.c.invoice_id == Invoice.id, paid.c.matter_id == InvoiceMatter.matter_id))
        .where(Invoice.firm_id == scope.firm_id, Invoice.issued_on <= on, scope.matters())
        .where(or_(Invoice.voided_on.is_(None), Invoice.voided_on > on), still_open != 0)
        .order_by(Invoice.issued_on, Invoice.id)
    )
    return [OpenItem(*row[:-1], int(row[-1])) for row in session.execute(query)]


KEYS: dict[str, Callable[[OpenItem], int | None]] = {
    "payer": lambda item: item.payer_id,
    "invoice": lambda item: item.invoice_id,
    "matter": lambda item: item.matter_id,
    "practice": lambda item: item.practice_area_id,
    "responsible": lambda item: item.responsible_id,
}


@dataclass(frozen=True, slots=True)
class Aged:
    """How ages are counted (`basis`: since it was `due` or since `issue`), and what is left in: one payer, one age (its code)."""

    basis: str = "due"
    payer_id: int | None = None
    age: str = ""

    def has(self, item: OpenItem, on: date) -> bool:
        mine = self.payer_id is None or self.payer_id == item.payer_id
        return mine and (not self.age or age_of(_since(item, self.basis), on, AGES[self.basis]).code == self.age)


def aging(session: Session, *, scope: Scope, on: date, by: str, aged: Aged) -> list[AgingRow]:
    """What is open by group and age, the largest first; invoices the oldest first."""
    items, basis = [item for item in open_items(session, scope=scope, on=on) if aged.has(item, on)], aged.basis
    groups: dict[int | None, list[OpenItem]] = {}
    for item in items:
        groups.setdefault(KEYS[by](item), []).append(item)
    of_payers = {item.payer_id for item in items} if by == "invoice" else groups
    names = names_of(session, firm_id=scope.firm_id, by="payer" if by == "invoice" else by, keys=of_payers)
    rows = [_row(key, _name(group, names, by, key), group, on, basis, by) for key, group in groups.items()]
    return rows if by == "invoice" else sorted(rows, key=lambda row: (-row.open_minor, row.name.label))


def _name(group: list[OpenItem], names: dict[int | None, Name], by: str, key: int | None) -> Name:
    return Name(group[0].number, names[group[0].payer_id].label) if by == "invoice" else names[key]


def _row(key: int | None, name: Name, group: list[OpenItem], on: date, basis: str, by: str) -> AgingRow:
    oldest = min(_since(item, basis) for item in group)
    invoices = len({item.invoice_id for item in group})
    return AgingRow(key, name, _by_age(group, on, basis), invoices, oldest, group[0] if by == "invoice" else None)


def _since(item: OpenItem, basis: str) -> date:
    return item.due_on if basis == "due" else item.issued_on


def _by_age(items: Iterable[OpenItem], on: date, basis: str) -> tuple[int, ...]:
    sums: dict[Age, int] = dict.fromkeys(AGES[basis], 0)
    for item in items:
        sums[age_of(_since(item, basis), on, AGES[basis])] += item.open_minor
    return tuple(sums.values())


def sum_aging(rows: list[AgingRow], basis: str) -> AgingRow:
    """The total of all groups. An invoice of several matters may stand in several groups: its number is the caller's to count."""
    by_age = tuple(sum(row.by_age[place] for row in rows) for place in range(len(AGES[basis])))
    oldest = min((row.oldest_on for row in rows if row.oldest_on), default=None)
    return AgingRow(None, Name("Total"), by_age, sum(row.invoices for row in rows), oldest)


def receivable_balance(session: Session, *, scope: Scope, on: date, payer_id: int | None = None) -> int:
    """The receivable account in the journal through a day, for the same matters; what the report must come to. One query."""
    query = (
        select(func.coalesce(func.sum(Posting.amount_minor), 0))
        .join_from(Posting, Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .join(JournalEntry, and_(JournalEntry.firm_id == Posting.firm_id, JournalEntry.id == Posting.journal_entry_id))
        .join(Matter, scope.matter_of(Posting))
        .where(Posting.firm_id == scope.firm_id, Account.role == "receivable", JournalEntry.effective_on <= on, scope.matters())
    )
    return int(session.scalar(query if payer_id is None else query.where(Posting.client_id == payer_id)) or 0)
