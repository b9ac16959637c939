"""Transfers of earned fees that are prepared: for which fee, out of which ledger, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.models import (
    Allocation,
    Balance,
    Client,
    EarnedTransfer,
    FixedFeeEntry,
    Invoice,
    InvoiceMatter,
    Matter,
    PreBill,
    PreBillLine,
    TrustLedger,
)


@dataclass(frozen=True, slots=True)
class Bill:
    """Where a fee is billed: on a pre-bill, or on an invoice with what that owes for the matter. `is_alone`: nothing else is on it."""

    pre_bill_id: int
    amount_minor: int
    is_alone: bool
    invoice_id: int | None = None
    invoice_number: str = ""
    issued_on: date | None = None
    open_minor: int = 0


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A prepared transfer that is not made yet. Amounts in minor units; `balance_minor` is what the ledger holds."""

    id: int
    version: int
    ledger_id: int
    bank_account_id: int
    matter_id: int
    matter_number: str
    matter_name: str
    client_name: str
    fixed_fee_entry_id: int
    description: str
    fee_minor: int
    charged_on: date
    balance_minor: int
    bill: Bill | None

    @property
    def state(self) -> str:
        """What it waits for: unbilled, on_pre_bill, ready (for approval), paid (the invoice owes nothing) or empty (nothing in trust)."""
        if self.bill is None:
            return "unbilled"
        if self.bill.invoice_id is None:
            return "on_pre_bill"
        return "paid" if not self.bill.open_minor else "ready" if self.balance_minor else "empty"

    @property
    def proposed_minor(self) -> int:
        """The most that may move for this fee: what the ledger has of what the invoice owes for it, with its tax where it stands alone."""
        if self.bill is None or self.bill.invoice_id is None:
            return 0
        fee = self.bill.open_minor if self.bill.is_alone else min(self.bill.amount_minor, self.bill.open_minor)
        return max(min(fee, self.balance_minor), 0)


def earned_transfers(
    session: Session, *, firm_id: int, matter_id: int | None = None, ledger_id: int | None = None, transfer_id: int | None = None
) -> list[TransferRow]:
    """Those that stand and are not made, the oldest first: of the firm, a matter, a ledger, or one. Three queries at most."""
    wanted = [EarnedTransfer.firm_id == firm_id, EarnedTransfer.withdrawn_at.is_(None), EarnedTransfer.trust_transaction_id.is_(None)]
    for column, value in (
        (EarnedTransfer.matter_id, matter_id),
        (EarnedTransfer.trust_ledger_id, ledger_id),
        (EarnedTransfer.id, transfer_id),
    ):
        if value is not None:
            wanted.append(column == value)
    rows = session.execute(_rows(wanted)).all()
    bills = _bills(session, firm_id, [row[0].fixed_fee_entry_id for row in rows]) if rows else {}
    return [_row(row, bills.get(row[0].fixed_fee_entry_id)) for row in rows]


def ready_minor(rows: Iterable[TransferRow]) -> int:
    """What can be approved of these in all, in minor units: no ledger gives more than it holds, no invoice takes more than it owes."""
    held: dict[int, int] = {}
    owed: dict[tuple[int, int], int] = {}
    ready = 0
    for row in rows:
        if row.bill is None or row.bill.invoice_id is None or not row.proposed_minor:
            continue
        place = (row.bill.invoice_id, row.matter_id)
        left, due = held.get(row.ledger_id, row.balance_minor), owed.get(place, row.bill.open_minor)
        part = min(row.proposed_minor, left, due)
        held[row.ledger_id], owed[place] = left - part, due - part
        ready += part
    return ready


def waiting_transfers(session: Session, *, firm_id: int) -> int:
    """How many are prepared and not made."""
    standing = (EarnedTransfer.firm_id == firm_id, EarnedTransfer.withdrawn_at.is_(None), EarnedTransfer.trust_transaction_id.is_(None))
    query = select(func.count()).select_from(EarnedTransfer).join(FixedFeeEntry, _is_fee()).where(*standing)
    return int(session.scalar(query.where(FixedFeeEntry.discarded_at.is_(None))) or 0)


def _is_fee() -> Any:
    return and_(FixedFeeEntry.firm_id == EarnedTransfer.firm_id, FixedFeeEntry.id == EarnedTransfer.fixed_fee_entry_id)


def _rows(wanted: Iterable[Any]) -> Any:
    return (
        select(EarnedTransfer, TrustLedger.bank_account_id, Matter.number, Matter.name, Client.name, FixedFeeEntry.description)
        .add_columns(FixedFeeEntry.amount_minor, FixedFeeEntry.charged_on, func.coalesce(-Balance.amount_minor, 0))
        .join(FixedFeeEntry, _is_fee())
        .join(TrustLedger, and_(TrustLedger.firm_id == EarnedTransfer.firm_id, TrustLedger.id == EarnedTransfer.trust_ledger_id))
        .join(Matter, and_(Matter.firm_id == EarnedTransfer.firm_id, Matter.id == EarnedTransfer.matter_id))
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .outerjoin(Balance, and_(Balance.firm_id == TrustLedger.firm_id, Balance.trust_ledger_id == TrustLedger.id))
        .where(*wanted, FixedFeeEntry.discarded_at.is_(None))
        .order_by(EarnedTransfer.id)
    )


def _row(found: Sequence[Any], bill: Bill | None) -> TransferRow:
    row, account_id, number, matter, client, description, amount, charged_on, balance = found
    what = (row.fixed_fee_entry_id, description, amount, charged_on, int(balance), bill)
    return TransferRow(row.id, row.version, row.trust_ledger_id, account_id, row.matter_id, number, matter, client or "", *what)


def _bills(session: Session, firm_id: int, entry_ids: Sequence[int]) -> dict[int, Bill]:
    """fee -> its bill; of several payers' the first that still owes, issued ones before drafts."""
    paid = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .where(Allocation.firm_id == InvoiceMatter.firm_id, Allocation.invoice_id == InvoiceMatter.invoice_id)
        .where(Allocation.matter_id == InvoiceMatter.matter_id)
        .correlate(InvoiceMatter)
        .scalar_subquery()
    )
    query = (
        select(PreBillLine.fixed_fee_entry_id, PreBillLine.pre_bill_id, PreBillLine.amount_minor)
        .add_columns(_lines(), Invoice.id, Invoice.number, Invoice.issued_on, InvoiceMatter.total_minor - paid)
        .join(PreBill, and_(PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id))
        .outerjoin(Invoice, and_(Invoice.firm_id == PreBill.firm_id, Invoice.pre_bill_id == PreBill.id, Invoice.voided_on.is_(None)))
        .outerjoin(InvoiceMatter, and_(InvoiceMatter.firm_id == Invoice.firm_id, InvoiceMatter.invoice_id == Invoice.id))
        .where(PreBillLine.firm_id == firm_id, PreBillLine.fixed_fee_entry_id.in_(entry_ids), PreBillLine.state == "included")
        .where(PreBill.state != "discarded")
        .order_by(Invoice.id.is_(None), Invoice.id, PreBill.id)
    )
    found: dict[int, Bill] = {}
    for entry_id, pre_bill_id, amount, lines, invoice_id, number, issued_on, owed in session.execute(query):
        bill = Bill(pre_bill_id, amount, lines == 1, invoice_id, number or "", issued_on, max(int(owed or 0), 0))
        kept = found.get(entry_id)
        if kept is None or (kept.invoice_id is not None and not kept.open_minor and bill.open_minor):
            found[entry_id] = bill
    return found


def _lines() -> Any:
    other = PreBillLine.__table__.alias()
    mine = and_(other.c.firm_id == PreBillLine.firm_id, other.c.pre_bill_id == PreBillLine.pre_bill_id, other.c.state == "included")
    return select(func.count()).select_from(other).where(mine).correlate(PreBillLine).scalar_subquery()
