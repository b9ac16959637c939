"""One trust ledger: whose it is, what it holds, every movement with the balance after it, and the invoices that it could pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.trust import number_text
from lexapp.models import Allocation, Balance, BankAccount, Client, Invoice, InvoiceMatter, Matter, TrustLedger, TrustTransaction, User


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """Whose money it is and how much, in minor units."""

    id: int
    kind: str
    bank_account_id: int
    account_name: str
    account_last4: str
    client_id: int | None
    client_name: str
    matter_id: int | None
    matter_number: str
    matter_name: str
    balance_minor: int

    @property
    def name(self) -> str:
        """How the ledger is called on screens."""
        own = {"firm_funds": "Firm funds for bank charges", "unidentified": "Receipts not identified yet"}
        return own.get(self.kind) or (self.matter_name if self.kind == "matter" else "Before or between matters")


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A movement and the balance right after it. `correction` says what became of it: reversed, returned, or empty."""

    id: int
    kind: str
    number: str
    effective_on: date
    recorded_at: datetime
    amount_minor: int
    bank_amount_minor: int
    balance_minor: int
    counterparty: str
    method: str
    reference: str
    purpose: str
    authority: str
    recorded_by: str
    invoice_id: int | None
    invoice_number: str
    other_ledger_id: int | None
    reverses_id: int | None
    reverses_number: str
    corrected_by_kind: str

    @property
    def can_be_corrected(self) -> bool:
        return self.reverses_id is None and not self.corrected_by_kind


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An issued invoice that owes something for a matter, in minor units."""

    id: int
    number: str
    issued_on: date
    open_minor: int


def ledger_head(session: Session, *, firm_id: int, ledger_id: int) -> LedgerHead | None:
    """The ledger with its names and its balance, or None."""
    query = (
        select(TrustLedger, BankAccount.name, BankAccount.account_last4, Client.name, Matter.number, Matter.name, Balance.amount_minor)
        .join(BankAccount, and_(BankAccount.firm_id == firm_id, BankAccount.id == TrustLedger.bank_account_id))
        .outerjoin(Client, and_(Client.firm_id == firm_id, Client.id == TrustLedger.client_id))
        .outerjoin(Matter, and_(Matter.firm_id == firm_id, Matter.id == TrustLedger.matter_id))
        .outerjoin(Balance, and_(Balance.firm_id == firm_id, Balance.trust_ledger_id == TrustLedger.id))
        .where(TrustLedger.firm_id == firm_id, TrustLedger.id == ledger_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, account, last4, client, number, matter, amount = found
    return LedgerHead(
        row.id, row.kind, row.bank_account_id, account, last4, row.client_id, client or "", row.matter_id, number or "", matter or "",
        -(amount or 0),
    )  # fmt: skip


def ledger_rows(session: Session, *, firm_id: int, ledger_id: int) -> list[MovementRow]:
    """Every movement in (date, recording) order with the running balance."""
    one, other, fixed, fix = TrustTransaction, aliased(TrustTransaction), aliased(TrustTransaction), aliased(TrustTransaction)
    running = func.sum(one.amount_minor).over(order_by=(one.effective_on, one.id))
    query = (
        select(
            one,
            running,
            Invoice.number,
            other.trust_ledger_id,
            fixed.direction,
            fixed.number,
            fix.kind,
            User.name,
        )
        .outerjoin(Invoice, and_(Invoice.firm_id == firm_id, Invoice.id == one.invoice_id))
        .outerjoin(other, and_(other.firm_id == firm_id, other.id == one.other_side_id))
        .outerjoin(fixed, and_(fixed.firm_id == firm_id, fixed.id == one.reverses_id))
        .outerjoin(fix, and_(fix.firm_id == firm_id, fix.reverses_id == one.id))
        .outerjoin(User, User.id == one.recorded_by_user_id)
        .where(one.firm_id == firm_id, one.trust_ledger_id == ledger_id)
        .order_by(one.effective_on, one.id)
    )
    return [
        MovementRow(
            row.id, row.kind, number_text(row.direction, row.number), row.effective_on, row.recorded_at, row.amount_minor,
            row.bank_amount_minor, int(balance), row.counterparty, row.method, row.reference, row.purpose, row.authority, by or "",
            row.invoice_id, invoice or "", other_ledger, row.reverses_id, number_text(way, fixed_number) if way else "", fix_kind or "",
        )
        for row, balance, invoice, other_ledger, way, fixed_number, fix_kind, by in session.execute(query)
    ]  # fmt: skip


def invoices_to_pay(session: Session, *, firm_id: int, matter_id: int, also: int | None = None) -> list[OpenInvoice]:
    """The matter's issued invoices that still owe something for it, the oldest first; and `also`, so that a form can be sent again."""
    applied = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor).label("applied"))
        .where(Allocation.firm_id == firm_id, Allocation.matter_id == matter_id)
        .group_by(Allocation.invoice_id)
        .subquery()
    )
    still = case((Invoice.voided_on.is_(None), InvoiceMatter.total_minor - func.coalesce(applied.c.applied, 0)), else_=0)
    query = (
        select(Invoice.id, Invoice.number, Invoice.issued_on, still)
        .join(InvoiceMatter, and_(InvoiceMatter.firm_id == firm_id, InvoiceMatter.invoice_id == Invoice.id))
        .outerjoin(applied, applied.c.invoice_id == Invoice.id)
        .where(Invoice.firm_id == firm_id, InvoiceMatter.matter_id == matter_id, or_(still > 0, Invoice.id == also))
        .order_by(Invoice.issued_on, Invoice.id)
    )
    return [OpenInvoice(id_, number, issued_on, int(amount)) for id_, number, issued_on, amount in session.execute(query)]


def ledger_of(session: Session, *, firm_id: int, matter_id: int | None, client_id: int | None) -> int | None:
    """The id of the first ledger of a matter, or of a client, that exists already."""
    if matter_id is None and client_id is None:
        return None
    whose = TrustLedger.matter_id == matter_id if matter_id is not None else TrustLedger.client_id == client_id
    kind = "matter" if matter_id is not None else "client"
    query = select(TrustLedger.id).where(TrustLedger.firm_id == firm_id, TrustLedger.kind == kind, whose)
    return session.scalars(query.order_by(TrustLedger.id)).first()


def money_for_invoice(session: Session, *, firm_id: int, invoice_id: int) -> list[tuple[int, int]]:
    """(ledger, balance in minor units) of the trust money of the invoice's matters that could pay it, the most first."""
    query = (
        select(TrustLedger.id, -Balance.amount_minor)
        .join(Balance, and_(Balance.firm_id == firm_id, Balance.trust_ledger_id == TrustLedger.id))
        .join(InvoiceMatter, and_(InvoiceMatter.firm_id == firm_id, InvoiceMatter.matter_id == TrustLedger.matter_id))
        .where(TrustLedger.firm_id == firm_id, InvoiceMatter.invoice_id == invoice_id, TrustLedger.kind == "matter")
        .where(Balance.amount_minor < 0)
        .order_by(Balance.amount_minor, TrustLedger.id)
    )
    return [(ledger_id, int(amount)) for ledger_id, amount in session.execute(query)]


def matters_to_receive(session: Session, *, firm_id: int, client_id: int) -> list[tuple[int, str]]:
    """(id, number and name) of the client's matters that are not closed; for transfers."""
    mine = (Matter.firm_id == firm_id) & (Matter.client_id == client_id) & (Matter.status != "closed")
    query = select(Matter.id, Matter.number, Matter.name).where(mine).order_by(Matter.number.desc())
    return [(id_, f"{number} {name}") for id_, number, name in session.execute(query)]
