"""What stands on a matter's page: the people, invoices, trust ledgers, and how much there is of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from lexapp.domain.invoice_states import InvoiceState, invoice_state
from lexapp.models import (
    Allocation,
    Balance,
    BankAccount,
    Client,
    Contact,
    ExpenseEntry,
    Firm,
    Invoice,
    InvoiceMatter,
    Matter,
    MatterPayer,
    MatterTask,
    PayerArrangement,
    TimeEntry,
    TrustLedger,
    TrustTransaction,
)
from lexapp.queries.payers import Agreed, agreed_of


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows each part of a matter's page has; of tasks those that are open."""

    time: int
    expenses: int
    invoices: int
    movements: int
    tasks: int


@dataclass(frozen=True, slots=True)
class MatterHead:
    """A matter with its client, practice area and timekeepers loaded, the firm whose terms hold where it has none, and the counts."""

    matter: Matter
    firm: Firm
    counts: Counts


@dataclass(frozen=True, slots=True)
class ContactLine:
    """Somebody at the matter's client."""

    name: str
    title: str
    email: str
    phone: str
    receives_invoices: bool


@dataclass(frozen=True, slots=True)
class People:
    """What the payers agreed, None where the client pays everything; and who is there to talk to."""

    agreed: Agreed | None
    contacts: Sequence[ContactLine]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """An invoice's amounts for this matter. Its state is derived, never stored."""

    id: int
    number: str
    issued_on: date
    due_on: date
    payer_id: int
    payer_name: str
    voided_on: date | None
    total_minor: int
    paid_minor: int
    credited_minor: int = 0

    @property
    def open_minor(self) -> int:
        return 0 if self.voided_on else self.total_minor - self.credited_minor - self.paid_minor

    def state(self, today: date) -> InvoiceState:
        """What it is today, for this matter's part."""
        void = self.voided_on is not None
        owed = self.total_minor - self.credited_minor
        return invoice_state(total_minor=owed, applied_minor=self.paid_minor, due_on=self.due_on, today=today, is_void=void)

    def days_overdue(self, today: date) -> int:
        return max((today - self.due_on).days, 0) if self.open_minor > 0 else 0


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A matter's trust ledger in one bank account, with what it holds in minor units."""

    id: int
    bank_account_name: str
    account_last4: str
    balance_minor: int


def matter_head(session: Session, *, firm_id: int, matter_id: int, timekeeper_id: int | None = None) -> MatterHead:
    """The matter of the firm; with `timekeeper_id` only that timekeeper's entries are counted. One query."""
    mine = (TimeEntry.timekeeper_id == timekeeper_id) if timekeeper_id is not None else TimeEntry.id.is_not(None)
    times = _count(TimeEntry, mine, TimeEntry.discarded_at.is_(None))
    expenses = _count(ExpenseEntry, ExpenseEntry.discarded_at.is_(None))
    movements = select(func.count(TrustTransaction.id)).join(
        TrustLedger, (TrustLedger.firm_id == TrustTransaction.firm_id) & (TrustLedger.id == TrustTransaction.trust_ledger_id)
    )
    movements = movements.where(TrustLedger.firm_id == Matter.firm_id, TrustLedger.matter_id == Matter.id).correlate(Matter)
    tasks = _count(MatterTask, MatterTask.done_at.is_(None), MatterTask.removed_at.is_(None))
    counts = (times, expenses, _count(InvoiceMatter), movements.scalar_subquery(), tasks)
    loads = [joinedload(one) for one in (Matter.client, Matter.practice_area, Matter.responsible, Matter.originating)]
    query = select(Matter, Firm, *counts).join(Firm, Firm.id == Matter.firm_id).options(*loads)
    matter, firm, *found = session.execute(query.where(Matter.firm_id == firm_id, Matter.id == matter_id)).one()
    return MatterHead(matter, firm, Counts(*found))


def _count(model: Any, *conditions: Any) -> Any:
    mine = (model.firm_id == Matter.firm_id, model.matter_id == Matter.id)
    return select(func.count(model.id)).where(*mine, *conditions).correlate(Matter).scalar_subquery()


def people_of(session: Session, *, firm_id: int, matter_id: int, on: date) -> People:
    """Who pays for the work of a day, and the contacts of the matter's client by name. One query: every payer beside every contact."""
    rows = session.execute(_people(on).where(Matter.firm_id == firm_id, Matter.id == matter_id)).all()
    payers = {row[1].id: tuple(row[:4]) for row in rows if row[1] is not None}
    contacts = {
        one.id: ContactLine(one.name, one.title, one.email, one.phone, one.receives_invoices) for *_, one in rows if one is not None
    }
    return People(agreed_of(rows[0][0], list(payers.values())) if payers else None, list(contacts.values()))


def _people(on: date) -> Select[*tuple[Any, ...]]:
    arrangement, payer, contact = PayerArrangement, MatterPayer, Contact
    in_force = (arrangement.effective_from <= on) & (arrangement.effective_to.is_(None) | (arrangement.effective_to >= on))
    theirs = (contact.firm_id == Matter.firm_id) & (contact.client_id == Matter.client_id) & contact.is_archived.is_(False)
    return (
        select(arrangement, payer, Client.name, Matter.client_id, contact)
        .select_from(Matter)
        .outerjoin(arrangement, (arrangement.firm_id == Matter.firm_id) & (arrangement.matter_id == Matter.id) & in_force)
        .outerjoin(payer, (payer.firm_id == arrangement.firm_id) & (payer.arrangement_id == arrangement.id))
        .outerjoin(Client, (Client.firm_id == payer.firm_id) & (Client.id == payer.client_id))
        .outerjoin(contact, theirs)
        .order_by(payer.position, contact.name, contact.id)
    )


def invoices_of(session: Session, *, firm_id: int, matter_id: int, limit: int = 500) -> list[InvoiceLine]:
    """The invoices with a part for this matter, newest first."""
    settled = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .where(Allocation.firm_id == firm_id, Allocation.invoice_id == Invoice.id, Allocation.matter_id == matter_id)
        .correlate(Invoice)
    )
    paid, credited = (settled.where(by.is_not(None)).scalar_subquery() for by in (Allocation.payment_id, Allocation.credit_note_id))
    sums = (Invoice.voided_on, InvoiceMatter.total_minor, paid, credited)
    query = (
        select(Invoice.id, Invoice.number, Invoice.issued_on, Invoice.due_on, Client.id, Client.name, *sums)
        .join(InvoiceMatter, (InvoiceMatter.firm_id == Invoice.firm_id) & (InvoiceMatter.invoice_id == Invoice.id))
        .join(Client, (Client.firm_id == Invoice.firm_id) & (Client.id == Invoice.payer_id))
        .where(Invoice.firm_id == firm_id, InvoiceMatter.matter_id == matter_id)
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(limit)
    )
    rows: Sequence[Any] = session.execute(query).all()
    return [InvoiceLine(*[*row[:8], int(row[8]), int(row[9])]) for row in rows]


def ledgers_of(session: Session, *, firm_id: int, matter_id: int) -> list[LedgerLine]:
    """The trust ledgers of a matter."""
    held = func.coalesce(func.sum(Balance.amount_minor), 0)
    query = (
        select(TrustLedger.id, BankAccount.name, BankAccount.account_last4, held)
        .join(BankAccount, (BankAccount.firm_id == TrustLedger.firm_id) & (BankAccount.id == TrustLedger.bank_account_id))
        .outerjoin(Balance, (Balance.firm_id == TrustLedger.firm_id) & (Balance.trust_ledger_id == TrustLedger.id))
        .where(TrustLedger.firm_id == firm_id, TrustLedger.matter_id == matter_id)
        .group_by(TrustLedger.id, BankAccount.name, BankAccount.account_last4)
        .order_by(TrustLedger.id)
    )
    return [LedgerLine(row[0], row[1], row[2], -int(row[3])) for row in session.execute(query)]
