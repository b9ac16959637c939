"""Bank accounts with what the books say they hold."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.models import Account, BankAccount, Posting, TrustLedger


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
    sums = _sums(firm_id).subquery()
    ledgers = (
        select(TrustLedger.bank_account_id, func.count().label("count"))
        .where(TrustLedger.firm_id == firm_id)
        .group_by(TrustLedger.bank_account_id)
        .subquery()
    )
    query = (
        select(BankAccount, sums.c.book, sums.c.owed, sums.c.shortage, ledgers.c.count)
        .outerjoin(sums, sums.c.bank_account_id == BankAccount.id)
        .outerjoin(ledgers, ledgers.c.bank_account_id == BankAccount.id)
        .where(BankAccount.firm_id == firm_id, BankAccount.kind == "trust")
        .order_by(BankAccount.closed_at.is_not(None), BankAccount.is_default.desc(), BankAccount.name)
    )
    return [_account(*row) for row in session.execute(query)]


def _account(row: BankAccount, book: int | None, owed: int | None, shortage: int | None, ledgers: int | None) -> TrustAccount:
    amounts = (int(book or 0), int(owed or 0), int(shortage or 0))
    return TrustAccount(row.id, row.name, row.bank_name, row.account_last4, *amounts, ledgers or 0, row.closed_at is not None)


def _sums(firm_id: int) -> Select[int | None, int, int, int]:
    def of(role: str, sign: int) -> ColumnElement[int]:
        return func.sum(case((Account.role == role, sign * Posting.amount_minor), else_=0))

    return (
        select(
            Posting.bank_account_id,
            of("trust_bank", 1).label("book"),
            of("trust_liability", -1).label("owed"),
            of("trust_shortage", 1).label("shortage"),
        )
        .join(Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .where(Posting.firm_id == firm_id, Account.role.in_(("trust_bank", "trust_liability", "trust_shortage")))
        .group_by(Posting.bank_account_id)
    )


def account_choices(session: Session, *, firm_id: int, kind: str) -> list[tuple[int, str]]:
    """(id, name) of the open bank accounts of a kind, the default one first; for forms."""
    query = (
        select(BankAccount.id, BankAccount.name, BankAccount.account_last4)
        .where(BankAccount.firm_id == firm_id, BankAccount.kind == kind, BankAccount.closed_at.is_(None))
        .order_by(BankAccount.is_default.desc(), BankAccount.name)
    )
    return [(id_, f"{name} ···· {last4}" if last4 else name) for id_, name, last4 in session.execute(query)]
