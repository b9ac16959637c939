"""What stands on a matter's page: payers, unbilled work, invoices, trust ledgers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.models import (
    Allocation,
    Balance,
    BankAccount,
    Client,
    ExpenseEntry,
    FixedFeeEntry,
    Invoice,
    InvoiceMatter,
    MatterPayer,
    TimeEntry,
    Timekeeper,
    TrustLedger,
)
from lexapp.queries.standing import is_unbilled


@dataclass(frozen=True, slots=True)
class PayerLine:
    client_id: int
    number: str
    name: str
    share_basis_points: int


@dataclass(frozen=True, slots=True)
class UnbilledLine:
    """A timekeeper's unbilled time on a matter. The two rates are the lowest and the highest of its entries, None without any."""

    timekeeper_id: int
    name: str
    classification: str
    quantity_hundredths: int
    amount_minor: int
    entries: int
    oldest_on: date
    lowest_rate_minor: int | None
    highest_rate_minor: int | None


@dataclass(frozen=True, slots=True)
class UnbilledWork:
    """All that is not invoiced yet on a matter, in hundredths of an hour and minor units."""

    lines: Sequence[UnbilledLine]
    expenses: int
    expenses_minor: int
    fixed_fees: int
    fixed_fees_minor: int

    @property
    def quantity_hundredths(self) -> int:
        return sum(line.quantity_hundredths for line in self.lines)

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines) + self.expenses_minor + self.fixed_fees_minor

    @property
    def entries(self) -> int:
        return sum(line.entries for line in self.lines) + self.expenses + self.fixed_fees

    @property
    def oldest_on(self) -> date | None:
        return min((line.oldest_on for line in self.lines), default=None)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """An invoice's amounts for this matter. Its state is derived, never stored."""

    id: int
    number: str
    issued_on: date
    due_on: date
    payer_name: str
    voided_on: date | None
    total_minor: int
    paid_minor: int

    @property
    def open_minor(self) -> int:
        return 0 if self.voided_on else self.total_minor - self.paid_minor

    def days_overdue(self, today: date) -> int:
        return max((today - self.due_on).days, 0) if self.open_minor > 0 else 0


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A matter's trust ledger in one bank account, with what it holds in minor units."""

    id: int
    bank_account_name: str
    account_last4: str
    balance_minor: int


def payers_of(session: Session, *, firm_id: int, matter_id: int) -> list[PayerLine]:
    """The payers of a matter in their order."""
    query = (
        select(Client.id, Client.number, Client.name, MatterPayer.share_basis_points)
        .join(Client, (Client.firm_id == MatterPayer.firm_id) & (Client.id == MatterPayer.client_id))
        .where(MatterPayer.firm_id == firm_id, MatterPayer.matter_id == matter_id)
        .order_by(MatterPayer.position, MatterPayer.id)
    )
    return [PayerLine(*row) for row in session.execute(query)]


def unbilled_work(session: Session, *, firm_id: int, matter_id: int, timekeeper_id: int | None = None) -> UnbilledWork:
    """Unbilled time by timekeeper, expenses and fixed fees; only one timekeeper's, and nothing else, when one is named."""
    lines = _unbilled_lines(session, firm_id, matter_id, timekeeper_id)
    if timekeeper_id is not None:
        return UnbilledWork(lines, 0, 0, 0, 0)
    expenses = _count_and_sum(session, ExpenseEntry, firm_id, matter_id)
    return UnbilledWork(lines, *expenses, *_count_and_sum(session, FixedFeeEntry, firm_id, matter_id))


def _unbilled_lines(session: Session, firm_id: int, matter_id: int, timekeeper_id: int | None) -> list[UnbilledLine]:
    query = (
        select(
            Timekeeper.id,
            Timekeeper.name,
            Timekeeper.classification,
            func.sum(TimeEntry.quantity_hundredths),
            func.sum(TimeEntry.amount_minor),
            func.count(TimeEntry.id),
            func.min(TimeEntry.worked_on),
            func.min(TimeEntry.rate_minor_per_hour),
            func.max(TimeEntry.rate_minor_per_hour),
        )
        .join(TimeEntry, (TimeEntry.firm_id == Timekeeper.firm_id) & (TimeEntry.timekeeper_id == Timekeeper.id))
        .where(TimeEntry.firm_id == firm_id, TimeEntry.matter_id == matter_id, is_unbilled(TimeEntry))
        .group_by(Timekeeper.id, Timekeeper.name, Timekeeper.classification)
        .order_by(func.sum(TimeEntry.amount_minor).desc(), Timekeeper.id)
    )
    if timekeeper_id is not None:
        query = query.where(Timekeeper.id == timekeeper_id)
    return [UnbilledLine(row[0], row[1], row[2], int(row[3]), int(row[4]), *row[5:]) for row in session.execute(query)]


def _count_and_sum(session: Session, entry: type[ExpenseEntry] | type[FixedFeeEntry], firm_id: int, matter_id: int) -> tuple[int, int]:
    mine = (entry.firm_id == firm_id, entry.matter_id == matter_id, is_unbilled(entry))
    count, amount = session.execute(select(func.count(entry.id), func.coalesce(func.sum(entry.amount_minor), 0)).where(*mine)).one()
    return count, int(amount)


def invoices_of(session: Session, *, firm_id: int, matter_id: int, limit: int = 500) -> list[InvoiceLine]:
    """The invoices with a part for this matter, newest first."""
    paid = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .where(Allocation.firm_id == firm_id, Allocation.invoice_id == Invoice.id, Allocation.matter_id == matter_id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    query = (
        select(
            Invoice.id, Invoice.number, Invoice.issued_on, Invoice.due_on, Client.name, Invoice.voided_on, InvoiceMatter.total_minor, paid
        )
        .join(InvoiceMatter, (InvoiceMatter.firm_id == Invoice.firm_id) & (InvoiceMatter.invoice_id == Invoice.id))
        .join(Client, (Client.firm_id == Invoice.firm_id) & (Client.id == Invoice.payer_id))
        .where(Invoice.firm_id == firm_id, InvoiceMatter.matter_id == matter_id)
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(limit)
    )
    rows: Sequence[Any] = session.execute(query).all()
    return [InvoiceLine(*[*row[:7], int(row[7])]) for row in rows]


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
