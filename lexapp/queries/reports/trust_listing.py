"""What is held for whom: the balance of every trust ledger as of a date, and the bank account that it must come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from lexapp.models import Account, BankAccount, Client, JournalEntry, Matter, Posting, TrustLedger, TrustTransaction
from lexapp.queries.reports.scope import Scope, is_or_lacks
from lexapp.queries.walls import outside_of


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One trust ledger on a day, in minor units. `kind` is matter, client, firm_funds or unidentified."""

    ledger_id: int
    kind: str
    bank_account_id: int
    client_name: str
    matter_number: str
    matter_name: str
    balance_minor: int
    last_on: date | None


@dataclass(frozen=True, slots=True)
class AccountBook:
    """A trust bank account in the journal through a day: what it holds, what it owes to ledgers, the shortage due from the firm."""

    id: int
    name: str
    book_minor: int
    owed_minor: int
    shortage_minor: int


def trust_listing(
    session: Session, *, scope: Scope, on: date, bank_account_id: int | None = None, with_empty: bool = False
) -> list[HeldRow]:
    """Ledgers by client and matter, the firm's and the unidentified ones last, from the movements through a day. One query."""
    balance = func.coalesce(func.sum(TrustTransaction.amount_minor), 0)
    moved = and_(
        TrustTransaction.firm_id == TrustLedger.firm_id,
        TrustTransaction.trust_ledger_id == TrustLedger.id,
        TrustTransaction.effective_on <= on,
    )
    what = (TrustLedger.id, TrustLedger.kind, TrustLedger.bank_account_id, Client.name, Matter.number, Matter.name)
    query = (
        select(*what, balance, func.max(TrustTransaction.effective_on))
        .select_from(TrustLedger)
        .outerjoin(TrustTransaction, moved)
        .outerjoin(Client, and_(Client.firm_id == TrustLedger.firm_id, Client.id == TrustLedger.client_id))
        .outerjoin(Matter, and_(Matter.firm_id == TrustLedger.firm_id, Matter.id == TrustLedger.matter_id))
        .where(TrustLedger.firm_id == scope.firm_id, *_narrowed(scope))
        .group_by(*what)
        .order_by(Client.name.is_(None), func.lower(Client.name), Matter.number, TrustLedger.id)
    )
    if bank_account_id is not None:
        query = query.where(TrustLedger.bank_account_id == bank_account_id)
    rows = [
        HeldRow(id_, kind, account_id, client or "", number or "", matter or "", int(held), last_on)
        for id_, kind, account_id, client, number, matter, held, last_on in session.execute(query)
    ]
    return [row for row in rows if row.balance_minor or with_empty]


def _narrowed(scope: Scope) -> list[Any]:
    """Ledgers of matters that the report is about; those of no matter only when it is not narrowed by matter."""
    rules: list[Any] = [or_(TrustLedger.matter_id.is_(None), scope.matters())]
    if scope.client_id is not None:
        rules.append(is_or_lacks(TrustLedger.client_id, scope.client_id))
    if any(one is not None for one in (scope.matter_id, scope.practice_area_id, scope.responsible_id)):
        rules.append(TrustLedger.matter_id.is_not(None))
    return rules


def account_books(session: Session, *, scope: Scope, on: date) -> list[AccountBook]:
    """Every trust bank account as the journal has it through a day, by name. One query.

    For somebody who is shut out from a matter, two: what its ledger holds is no part of the book that they are shown.
    """
    query = _books(scope, on)
    if outside_of(session) is None:
        return [AccountBook(id_, name, int(book), -int(owed), int(short)) for id_, name, book, owed, short in session.execute(query)]
    seen = {id_: -int(owed) for id_, _, _, owed, _ in session.execute(query)}
    rows = session.execute(query, execution_options={"through_walls": True})
    return [AccountBook(id_, name, int(book) + int(owed) + seen[id_], seen[id_], int(short)) for id_, name, book, owed, short in rows]


def _books(scope: Scope, on: date) -> Any:
    def of(role: str) -> Any:
        return func.coalesce(func.sum(case((Account.role == role, Posting.amount_minor), else_=0)), 0)

    return (
        select(BankAccount.id, BankAccount.name, of("trust_bank"), of("trust_liability"), of("trust_shortage"))
        .select_from(BankAccount)
        .outerjoin(Posting, and_(Posting.firm_id == BankAccount.firm_id, Posting.bank_account_id == BankAccount.id, _through(on)))
        .outerjoin(Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .where(BankAccount.firm_id == scope.firm_id, BankAccount.kind == "trust")
        .group_by(BankAccount.id, BankAccount.name)
        .order_by(BankAccount.name)
    )


def _through(on: date) -> Any:
    entry = and_(JournalEntry.firm_id == Posting.firm_id, JournalEntry.id == Posting.journal_entry_id, JournalEntry.effective_on <= on)
    return select(JournalEntry.id).where(entry).exists()


def held(rows: Iterable[HeldRow]) -> int:
    """What all ledgers hold together, in minor units."""
    return sum(row.balance_minor for row in rows)


def held_in_all(session: Session, *, scope: Scope, on: date) -> int:
    """Client money in all ledgers that may be seen, in minor units. One query."""
    query = (
        select(func.coalesce(func.sum(TrustTransaction.amount_minor), 0))
        .join(TrustLedger, and_(TrustLedger.firm_id == TrustTransaction.firm_id, TrustLedger.id == TrustTransaction.trust_ledger_id))
        .outerjoin(Matter, and_(Matter.firm_id == TrustLedger.firm_id, Matter.id == TrustLedger.matter_id))
        .where(TrustTransaction.firm_id == scope.firm_id, TrustTransaction.effective_on <= on, *_narrowed(scope))
    )
    return int(session.scalar(query) or 0)
