"""Client money against the journal and against zero."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.models import Account, BankAccount, Posting, TrustTransaction


def never_below_zero(session: Session, firm_id: int) -> Iterator[str]:
    """The running balance of each ledger in (date, number of recording) order."""
    running = func.sum(TrustTransaction.amount_minor).over(
        partition_by=TrustTransaction.trust_ledger_id, order_by=(TrustTransaction.effective_on, TrustTransaction.id)
    )
    points = (
        select(TrustTransaction.id, TrustTransaction.trust_ledger_id, TrustTransaction.effective_on, running.label("held"))
        .where(TrustTransaction.firm_id == firm_id, TrustTransaction.trust_ledger_id.is_not(None))
        .subquery()
    )
    for row in session.execute(select(points).where(points.c.held < 0)):
        yield f"Trust ledger {row.trust_ledger_id} is at {row.held} on {row.effective_on} after movement {row.id}."


def movements_equal_journal(session: Session, firm_id: int) -> Iterator[str]:
    """Each movement has one liability posting of the opposite amount in its journal entry, and no posting is without movement."""
    moved = select(TrustTransaction.journal_entry_id, TrustTransaction.trust_ledger_id, func.sum(TrustTransaction.amount_minor)).where(
        TrustTransaction.firm_id == firm_id, TrustTransaction.amount_minor != 0
    )
    by_movement = _as_dict(session, moved.group_by(TrustTransaction.journal_entry_id, TrustTransaction.trust_ledger_id))
    posted = select(Posting.journal_entry_id, Posting.trust_ledger_id, -func.sum(Posting.amount_minor)).where(
        Posting.firm_id == firm_id, Posting.trust_ledger_id.is_not(None)
    )
    by_posting = _as_dict(session, posted.group_by(Posting.journal_entry_id, Posting.trust_ledger_id))
    for place in sorted(by_movement.keys() | by_posting.keys()):
        if by_movement.get(place) != by_posting.get(place):
            entry_id, ledger_id = place
            yield (
                f"Trust ledger {ledger_id}, journal entry {entry_id}: movements {by_movement.get(place)}, journal {by_posting.get(place)}."
            )


def _as_dict(session: Session, query: object) -> dict[tuple[int, int], int]:
    rows = session.execute(query)  # type: ignore[call-overload]
    return {(entry_id, ledger_id): int(amount) for entry_id, ledger_id, amount in rows}


def numbers_without_gap(session: Session, firm_id: int) -> Iterator[str]:
    query = (
        select(
            TrustTransaction.bank_account_id,
            TrustTransaction.direction,
            func.count(TrustTransaction.number),
            func.max(TrustTransaction.number),
        )
        .where(TrustTransaction.firm_id == firm_id, TrustTransaction.number.is_not(None))
        .group_by(TrustTransaction.bank_account_id, TrustTransaction.direction)
    )
    for bank_account_id, direction, count, highest in session.execute(query):
        if count != highest:
            yield f"Trust bank account {bank_account_id} has {count} movements {direction}, numbered up to {highest}."


def bank_equals_ledgers(session: Session, firm_id: int) -> Iterator[str]:
    """Trust bank + shortage due from the firm = what is owed to all ledgers, per bank account."""
    query = (
        select(BankAccount.id, BankAccount.name, func.coalesce(func.sum(Posting.amount_minor), 0))
        .join(Posting, (Posting.firm_id == firm_id) & (Posting.bank_account_id == BankAccount.id))
        .join(Account, Account.id == Posting.account_id)
        .where(
            BankAccount.firm_id == firm_id,
            BankAccount.kind == "trust",
            Account.role.in_(("trust_bank", "trust_liability", "trust_shortage")),
        )
        .group_by(BankAccount.id, BankAccount.name)
    )
    for bank_account_id, name, difference in session.execute(query):
        if difference:
            yield f"Trust bank account {bank_account_id} ({name}) differs from its ledgers by {difference}."


def bank_equals_movements(session: Session, firm_id: int) -> Iterator[str]:
    """The trust bank account in the journal = what its movements brought and took."""
    moved = select(TrustTransaction.bank_account_id, func.sum(TrustTransaction.bank_amount_minor)).where(
        TrustTransaction.firm_id == firm_id
    )
    posted = (
        select(Posting.bank_account_id, func.sum(Posting.amount_minor))
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.firm_id == firm_id, Account.role == "trust_bank")
    )
    by_movement = {id_: int(total) for id_, total in session.execute(moved.group_by(TrustTransaction.bank_account_id))}
    by_posting = {id_: int(total) for id_, total in session.execute(posted.group_by(Posting.bank_account_id)) if id_ is not None}
    for id_ in sorted(by_movement.keys() | by_posting.keys()):
        if by_movement.get(id_, 0) != by_posting.get(id_, 0):
            yield f"Trust bank account {id_}: movements {by_movement.get(id_, 0)}, journal {by_posting.get(id_, 0)}."
