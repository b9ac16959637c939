"""The postings behind accrual income, and the applications behind what was collected, with the names that a reader knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.periods import Period
from lexapp.models import Account, Allocation, Client, CreditNote, Invoice, JournalEntry, Matter, Payment, Posting
from lexapp.queries.credited import NOTE_OF_ALLOCATION
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.reports.collections import Application
from lexapp.queries.reports.income import EARNING
from lexapp.queries.reports.scope import Scope

# The columns of the income report, and the accounts that each adds up.
ACCOUNTS = {
    "fees": ("fee_income",),
    "costs": ("cost_income",),
    "income": ("fee_income", "cost_income"),
    "recovered": ("advanced_costs", "costs_written_down"),
    "tax": ("tax_payable",),
    "all": ("fee_income", "cost_income", "advanced_costs", "costs_written_down", "tax_payable"),
}


@dataclass(frozen=True, slots=True)
class EarnedRow:
    """One posting of an invoice, income positive, in minor units. `is_void`: it takes back what the invoice earned; `note`: the number of
    the credit note that did."""

    entry_id: int
    effective_on: date
    invoice_id: int | None
    number: str
    matter: str
    account: str
    amount_minor: int
    is_void: bool
    note: str = ""


_INVOICE_ID: Any = case((JournalEntry.subject_kind == "invoice", JournalEntry.subject_id), else_=CreditNote.invoice_id)


def earned_rows(session: Session, *, scope: Scope, period: Period, part: str, limit: int | None = None, offset: int = 0) -> list[EarnedRow]:
    """Postings by date, the oldest first; `part` is one of ACCOUNTS. One query."""
    query = (
        _from(
            select(
                JournalEntry.id,
                JournalEntry.effective_on,
                Invoice.id,
                Invoice.number,
                Client.name,
                Matter.name,
                Account.name,
                -Posting.amount_minor,
                case((JournalEntry.reverses_id.is_(None), 0), else_=1),
                func.coalesce(CreditNote.number, ""),
            ),
            scope,
        )
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .outerjoin(
            CreditNote,
            and_(
                CreditNote.firm_id == Posting.firm_id, JournalEntry.subject_kind == "credit_note", CreditNote.id == JournalEntry.subject_id
            ),
        )
        .outerjoin(Invoice, and_(Invoice.firm_id == Posting.firm_id, Invoice.id == _INVOICE_ID))
        .where(_rules(scope, period, part))
        .order_by(JournalEntry.effective_on, JournalEntry.id, Posting.position)
        .limit(limit)
        .offset(offset)
    )
    return [
        EarnedRow(id_, on, invoice_id, number or "", matter_title(client, matter), account, int(amount), bool(void), note)
        for id_, on, invoice_id, number, client, matter, account, amount, void, note in session.execute(query)
    ]


def earned_sums(session: Session, *, scope: Scope, period: Period, part: str) -> tuple[int, int]:
    """How many postings and their sum. One query."""
    query = _from(select(func.count(Posting.id), func.coalesce(-func.sum(Posting.amount_minor), 0)), scope).where(
        _rules(scope, period, part)
    )
    count, total = session.execute(query).one()
    return count, int(total)


def _from(query: Any, scope: Scope) -> Any:
    return (
        query.select_from(Posting)
        .join(JournalEntry, and_(JournalEntry.firm_id == Posting.firm_id, JournalEntry.id == Posting.journal_entry_id))
        .join(Account, and_(Account.firm_id == Posting.firm_id, Account.id == Posting.account_id))
        .join(Matter, scope.matter_of(Posting))
    )


def _rules(scope: Scope, period: Period, part: str) -> Any:
    mine = (Posting.firm_id == scope.firm_id, JournalEntry.event_code.in_(EARNING), Account.role.in_(ACCOUNTS[part]))
    return and_(*mine, JournalEntry.effective_on.between(period.first, period.last), scope.matters())


@dataclass(frozen=True, slots=True)
class Names:
    """What an application is called by: its payment or credit note, payer, invoice and matter."""

    source: str
    payer: str
    invoice_number: str
    matter: str
    method: str


def application_names(session: Session, *, firm_id: int, applications: Sequence[Application]) -> dict[int, Names]:
    """Application -> its names. One query."""
    query = (
        select(Allocation.id, Payment.number, CreditNote.number, Client.name, Invoice.number, Matter.name, Payment.method)
        .outerjoin(Payment, and_(Payment.firm_id == Allocation.firm_id, Payment.id == Allocation.payment_id))
        .outerjoin(CreditNote, NOTE_OF_ALLOCATION)
        .join(Invoice, and_(Invoice.firm_id == Allocation.firm_id, Invoice.id == Allocation.invoice_id))
        .join(Client, and_(Client.firm_id == Invoice.firm_id, Client.id == Invoice.payer_id))
        .join(Matter, and_(Matter.firm_id == Allocation.firm_id, Matter.id == Allocation.matter_id))
        .where(Allocation.firm_id == firm_id, Allocation.id.in_([one.id for one in applications]))
    )
    rows = session.execute(query)
    return {
        id_: Names(note or f"No. {number}", payer, invoice, matter, method or "credit note")
        for id_, number, note, payer, invoice, matter, method in rows
    }
