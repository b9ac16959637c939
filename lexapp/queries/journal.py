"""The journal as screens ask for it: entries with their postings, and the trial balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from lexapp.models import Account, Client, JournalEntry, Matter, Posting, User
from lexapp.models import Command as CommandRow

KINDS = ("asset", "liability", "income", "expense")


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which entries: dates inclusive; account and matter match any posting of the entry."""

    event: str = ""
    account_id: int | None = None
    matter_id: int | None = None
    from_on: date | None = None
    through_on: date | None = None
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A leg: debit positive, in minor units."""

    account_id: int
    account_number: str
    account_name: str
    client_name: str
    matter_number: str
    trust_ledger_id: int | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with its postings. `subject` is what it is about; `reverses_sequence` names what it undoes."""

    id: int
    sequence: int
    event_code: str
    effective_on: date
    recorded_at: datetime
    recorded_by: str
    subject_kind: str
    subject_id: int | None
    reverses_id: int | None
    reverses_sequence: int | None
    hash: str
    postings: Sequence[PostingRow]

    @property
    def debit_minor(self) -> int:
        """The sum of its debits, which is that of its credits."""
        return sum(leg.amount_minor for leg in self.postings if leg.amount_minor > 0)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of the trial balance; debit positive, in minor units."""

    id: int
    number: str
    name: str
    kind: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        return self.debit_minor - self.credit_minor

    @property
    def kind_position(self) -> int:
        """Assets, liabilities, income, expenses, in this order."""
        return KINDS.index(self.kind)


def count_entries(session: Session, *, firm_id: int, wanted: JournalFilter) -> int:
    return session.scalar(select(func.count(JournalEntry.id)).where(_rules(firm_id, wanted))) or 0


def list_entries(session: Session, *, firm_id: int, wanted: JournalFilter, limit: int, offset: int) -> list[EntryRow]:
    """Entries newest first, with all their postings, in two queries."""
    undone = aliased(JournalEntry)
    query = (
        select(JournalEntry, undone.sequence, User.name)
        .outerjoin(undone, and_(undone.firm_id == firm_id, undone.id == JournalEntry.reverses_id))
        .join(CommandRow, and_(CommandRow.firm_id == firm_id, CommandRow.id == JournalEntry.command_id))
        .outerjoin(User, User.id == CommandRow.actor_user_id)
        .where(_rules(firm_id, wanted))
        .order_by(JournalEntry.sequence.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = session.execute(query).all()
    legs = _legs(session, firm_id, [entry.id for entry, _, _ in rows])
    return [
        EntryRow(
            entry.id, entry.sequence, entry.event_code, entry.effective_on, entry.recorded_at, by or "", entry.subject_kind,
            entry.subject_id, entry.reverses_id, of, entry.hash, legs.get(entry.id, []),
        )
        for entry, of, by in rows
    ]  # fmt: skip


def _rules(firm_id: int, wanted: JournalFilter) -> ColumnElement[bool]:
    rules = [JournalEntry.firm_id == firm_id]
    if wanted.entry_id is not None:
        rules.append(JournalEntry.id == wanted.entry_id)
    if wanted.event:
        rules.append(JournalEntry.event_code == wanted.event)
    if wanted.from_on is not None:
        rules.append(JournalEntry.effective_on >= wanted.from_on)
    if wanted.through_on is not None:
        rules.append(JournalEntry.effective_on <= wanted.through_on)
    legs = [(Posting.account_id, wanted.account_id), (Posting.matter_id, wanted.matter_id)]
    for column, id_ in legs:
        if id_ is not None:
            rules.append(JournalEntry.id.in_(select(Posting.journal_entry_id).where(Posting.firm_id == firm_id, column == id_)))
    return and_(*rules)


def _legs(session: Session, firm_id: int, entry_ids: Sequence[int]) -> dict[int, list[PostingRow]]:
    query = (
        select(
            Posting.journal_entry_id,
            Account.id,
            Account.number,
            Account.name,
            Client.name,
            Matter.number,
            Posting.trust_ledger_id,
            Posting.amount_minor,
        )
        .join(Account, and_(Account.firm_id == firm_id, Account.id == Posting.account_id))
        .outerjoin(Client, and_(Client.firm_id == firm_id, Client.id == Posting.client_id))
        .outerjoin(Matter, and_(Matter.firm_id == firm_id, Matter.id == Posting.matter_id))
        .where(Posting.firm_id == firm_id, Posting.journal_entry_id.in_(entry_ids))
        .order_by(Posting.journal_entry_id, Posting.position)
    )
    found: dict[int, list[PostingRow]] = {}
    for entry_id, account_id, number, name, client, matter, ledger_id, amount in session.execute(query):
        found.setdefault(entry_id, []).append(PostingRow(account_id, number, name, client or "", matter or "", ledger_id, amount))
    return found


def trial_balance(session: Session, *, firm_id: int, through_on: date | None = None) -> list[AccountRow]:
    """Every account with its debits and credits through a date, by number. Debits and credits of the whole are equal."""
    signed = Posting.amount_minor
    when = [] if through_on is None else [JournalEntry.effective_on <= through_on]
    sums = (
        select(
            Posting.account_id,
            func.sum(case((signed > 0, signed), else_=0)).label("debit"),
            func.sum(case((signed < 0, -signed), else_=0)).label("credit"),
        )
        .join(JournalEntry, and_(JournalEntry.firm_id == firm_id, JournalEntry.id == Posting.journal_entry_id))
        .where(Posting.firm_id == firm_id, *when)
        .group_by(Posting.account_id)
        .subquery()
    )
    query = (
        select(Account.id, Account.number, Account.name, Account.kind, sums.c.debit, sums.c.credit)
        .outerjoin(sums, sums.c.account_id == Account.id)
        .where(Account.firm_id == firm_id)
        .order_by(Account.number, Account.id)
    )
    rows = session.execute(query)
    return [AccountRow(id_, number, name, kind, int(debit or 0), int(credit or 0)) for id_, number, name, kind, debit, credit in rows]


def account_choices(session: Session, *, firm_id: int) -> list[tuple[int, str]]:
    """(id, number and name) of every account; for the filter."""
    query = select(Account.id, Account.number, Account.name).where(Account.firm_id == firm_id).order_by(Account.number, Account.id)
    return [(id_, f"{number} {name}") for id_, number, name in session.execute(query)]
