"""The whole journal of one firm, ready to be written in any format of domain.journal_formats."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.journal_formats import ExportedEntry, ExportedPosting, JournalExport
from lexapp.models import Account, Balance, Firm, JournalEntry, Posting

_TOP = {"asset": "Assets", "liability": "Liabilities", "income": "Income", "expense": "Expenses"}


def _path(kind: str, role: str, number: str, trust_ledger_id: int | None) -> tuple[str, ...]:
    """Assets:ReceivableN, Liabilities:TrustLiability2100.1:Ledger-5 in letters that every format takes."""
    name = "".join(word.capitalize() for word in role.split("_"))
    path = (_TOP[kind], f"{name}-{number.replace('.', '-')}")
    return path if trust_ledger_id is None else (*path, f"Ledger-{trust_ledger_id}")


def journal_export(session: Session, firm_id: int) -> JournalExport:
    """Entries in (date, sequence) order with their postings, and the cached balances."""
    firm = session.get_one(Firm, firm_id)
    return JournalExport(firm.name, firm.currency, tuple(_entries(session, firm_id)), _balances(session, firm_id))


def _entries(session: Session, firm_id: int) -> list[ExportedEntry]:
    reversed_entry = aliased(JournalEntry)
    query = (
        select(
            JournalEntry.sequence,
            JournalEntry.effective_on,
            JournalEntry.event_code,
            reversed_entry.sequence,
            JournalEntry.hash,
            Account.kind,
            Account.role,
            Account.number,
            Posting.trust_ledger_id,
            Posting.amount_minor,
            Posting.client_id,
            Posting.matter_id,
        )
        .join(Posting, (Posting.firm_id == firm_id) & (Posting.journal_entry_id == JournalEntry.id))
        .join(Account, Account.id == Posting.account_id)
        .outerjoin(reversed_entry, reversed_entry.id == JournalEntry.reverses_id)
        .where(JournalEntry.firm_id == firm_id)
        .order_by(JournalEntry.effective_on, JournalEntry.sequence, Posting.position)
    )
    groups = groupby(session.execute(query), key=itemgetter(0, 1, 2, 3, 4))
    return [
        ExportedEntry(number, on, event, back, digest, tuple(_leg(row) for row in rows))
        for (number, on, event, back, digest), rows in groups
    ]


def _leg(row: Any) -> ExportedPosting:
    return ExportedPosting(_path(row.kind, row.role, row.number, row.trust_ledger_id), row.amount_minor, row.client_id, row.matter_id)


def _balances(session: Session, firm_id: int) -> dict[tuple[str, ...], int]:
    """What the books keep as balances: per trust ledger where an account has them, else per account."""
    query = (
        select(Account.kind, Account.role, Account.number, Balance.trust_ledger_id, Balance.amount_minor)
        .join(Account, Account.id == Balance.account_id)
        .where(Balance.firm_id == firm_id)
    )
    return {_path(kind, role, number, ledger): amount for kind, role, number, ledger, amount in session.execute(query)}
