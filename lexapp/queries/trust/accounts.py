"""Bank accounts with what the books say they hold."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Subquery, and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.models import Account, Balance, BankAccount, Posting, TrustLedger
from lexapp.queries.walls import hidden_trust


@dataclass(frozen=True, slots=True)
class TrustAccount:
    """A trust bank account: book balance, what is owed to its ledgers, shortage due from the firm; minor units."""

    id: int
    name: str
    bank_name: str
    account_last4: str
    book_minor: int
    owed_minor: int
    shortage_minor: int
    ledgers: int
    is_closed: bool

    @property
    def difference_minor(self) -> int:
        """Book and shortage less what is owed: always zero in sound books."""
        return self.book_minor + self.shortage_minor - self.owed_minor


def trust_accounts(session: Session, *, firm_id: int) -> list[TrustAccount]:
    """Every trust bank account, the default one first."""
    sums, short = _balances(firm_id), _shortages(firm_id)
    ledgers = (
        select(TrustLedger.bank_account_id, func.count().label("count"))
        .where(TrustLedger.firm_id == firm_id)
        .group_by(TrustLedger.bank_account_id)
        .subquery()
    )
    query = (
        select(BankAccount, sums.c.book, sums.c.owed, short.c.shortage, ledgers.c.count)
        .outerjoin(sums, sums.c.bank_account_id == BankAccount.id)
        .outerjoin(short, short.c.bank_account_id == BankAccount.id)
        .outerjoin(ledgers, ledgers.c.bank_account_id == BankAccount.id)
        .where(BankAccount.firm_id == firm_id, BankAccount.kind == "trust")
        .order_by(BankAccount.closed_at.is_not(None), BankAccount.is_default.desc(), BankAccount.name)
    )
    hidden = hidden_trust(session)
    return [_account(row, (book or 0) - hidden.get(row.id, 0), *others) for row, book, *others in session.execute(query)]


def _account(row: BankAccount, book: int | None, owed: int | None, shortage: int | None, ledgers: int | None) -> TrustAccount:
    amounts = (int(book or 0), int(owed or 0), int(shortage or 0))
    return TrustAccount(row.id, row.name, row.bank_name, row.account_last4, *amounts, ledgers or 0, row.closed_at is not None)


def _balances(firm_id: int) -> Subquery:
    """Bank account -> what it holds and what its ledgers are owed, from the cached balances."""
    book = func.sum(case((Account.role == "trust_bank", Balance.amount_minor), else_=0))
    owed = -func.sum(case((Account.role == "trust_liability", Balance.amount_minor), else_=0))
    return (
        select(Account.bank_account_id, book.label("book"), owed.label("owed"))
        .join(Balance, and_(Balance.firm_id == Account.firm_id, Balance.account_id == Account.id))
        .where(Account.firm_id == firm_id, Account.role.in_(("trust_bank", "trust_liability")))
        .group_by(Account.bank_account_id)
        .subquery()
    )


def _shortages(firm_id: int) -> Subquery:
    """Bank account -> what the firm owes it. One account for all of them, so only postings know which."""
    return (
        select(Posting.bank_account_id, func.sum(Posting.amount_minor).label("shortage"))
        .join(Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .where(Posting.firm_id == firm_id, Account.role == "trust_shortage")
        .group_by(Posting.bank_account_id)
        .subquery()
    )


def account_choices(session: Session, *, firm_id: int, kind: str) -> list[tuple[int, str]]:
    """(id, name) of the open bank accounts of a kind, the default one first; for forms."""
    query = (
        select(BankAccount.id, BankAccount.name, BankAccount.account_last4)
        .where(BankAccount.firm_id == firm_id, BankAccount.kind == kind, BankAccount.closed_at.is_(None))
        .order_by(BankAccount.is_default.desc(), BankAccount.name)
    )
    return [(id_, f"{name} ···· {last4}" if last4 else name) for id_, name, last4 in session.execute(query)]
