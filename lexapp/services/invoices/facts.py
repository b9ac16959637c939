"""What issuing needs to know, read as plain rows for many pre-bills at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.reductions import EarlyDiscount
from lexapp.models import (
    Allocation,
    BankAccount,
    Client,
    Contact,
    CreditNote,
    Firm,
    Invoice,
    InvoiceMatter,
    Matter,
    Payment,
    PreBill,
    PreBillLine,
    Timekeeper,
    TrustLedger,
    TrustTransaction,
)
from lexapp.models.spared import is_settled
from lexapp.queries.client_discounts import early_discounts
from lexapp.queries.taxes import TaxTerms, tax_terms
from lexapp.services.invoices.rows import (
    AccountKey,
    Attention,
    BillRow,
    ClientRow,
    EarlierInvoice,
    LineRow,
    MatterRow,
    PaidRow,
    TimekeeperRow,
    TrustRow,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the invoices of one transaction are made of."""

    firm: Firm
    operating: BankAccount | None
    trust_accounts: Mapping[int, BankAccount]
    lines: Mapping[int, Sequence[LineRow]]
    matters: Mapping[int, MatterRow]
    clients: Mapping[int, ClientRow]
    attention: Mapping[int, Attention]
    timekeepers: Mapping[int, TimekeeperRow]
    earlier: Mapping[AccountKey, Sequence[EarlierInvoice]]
    paid: Mapping[AccountKey, Sequence[PaidRow]]
    trust: Mapping[int, Sequence[TrustRow]]
    trust_ledgers: Mapping[int, int]
    taxes: TaxTerms
    early: Mapping[int, EarlyDiscount]  # by pre-bill

    def has_address(self, payer_id: int) -> bool:
        """Whether the payer, or a contact who receives invoices, can be mailed."""
        return bool(self.clients[payer_id].email or (payer_id in self.attention and self.attention[payer_id].email))


def lock_bills(session: Session, *, firm_id: int, pre_bill_ids: Sequence[int]) -> list[BillRow]:
    """The pre-bills in id order, locked until the transaction ends."""
    columns = (PreBill.id, PreBill.matter_id, PreBill.payer_id, PreBill.state, PreBill.through_on, PreBill.description)
    query = select(*columns).where(PreBill.firm_id == firm_id, PreBill.id.in_(pre_bill_ids)).order_by(PreBill.id).with_for_update()
    return [BillRow._make(row) for row in session.execute(query)]


def read_facts(session: Session, *, firm_id: int, bills: Sequence[BillRow], issued_on: date) -> Facts:
    """Read what these pre-bills' invoices show, as of their day of issue; a dozen statements whatever their number."""
    matter_ids = sorted({bill.matter_id for bill in bills})
    matters = _matters(session, firm_id, matter_ids)
    client_ids = sorted({bill.payer_id for bill in bills} | {matter.client_id for matter in matters.values()})
    banks = session.scalars(select(BankAccount).where(BankAccount.firm_id == firm_id, BankAccount.closed_at.is_(None))).all()
    ledgers = select(TrustLedger.matter_id, TrustLedger.bank_account_id)
    ledgers = ledgers.where(TrustLedger.firm_id == firm_id, TrustLedger.matter_id.in_(matter_ids), TrustLedger.kind == "matter")
    return Facts(
        firm=session.execute(select(Firm).where(Firm.id == firm_id)).scalar_one(),
        operating=next((bank for bank in banks if bank.kind == "operating" and bank.is_default), None),
        trust_accounts={bank.id: bank for bank in banks if bank.kind == "trust"},
        lines=_lines(session, firm_id, [bill.id for bill in bills]),
        matters=matters,
        clients=_clients(session, firm_id, client_ids),
        attention=_attention(session, firm_id, client_ids),
        timekeepers=_timekeepers(session, firm_id),
        earlier=_earlier(session, firm_id, matter_ids, issued_on),
        paid=_paid(session, firm_id, matter_ids, issued_on),
        trust=_trust(session, firm_id, matter_ids, issued_on),
        taxes=tax_terms(session, firm_id=firm_id, matter_ids=matter_ids),
        early=_early(session, firm_id, bills, issued_on),
        trust_ledgers={matter_id: bank_id for matter_id, bank_id in session.execute(ledgers).all() if matter_id is not None},
    )


def _early(session: Session, firm_id: int, bills: Sequence[BillRow], issued_on: date) -> dict[int, EarlyDiscount]:
    """Pre-bill -> what may be kept for paying early; nothing of one that bills what a settlement statement fixed."""
    agreed = early_discounts(session, firm_id=firm_id, client_ids={bill.payer_id for bill in bills}, on=issued_on)
    found = {bill.id: agreed[bill.payer_id] for bill in bills if bill.payer_id in agreed}
    line = PreBillLine
    settled = select(line.pre_bill_id).where(line.firm_id == firm_id, line.pre_bill_id.in_(found), line.state == "included")
    spared = set(session.scalars(settled.where(is_settled(firm_id)))) if found else set()
    return {id_: terms for id_, terms in found.items() if id_ not in spared}


def _lines(session: Session, firm_id: int, bill_ids: Sequence[int]) -> dict[int, list[LineRow]]:
    line = PreBillLine
    query = (
        select(*(getattr(line, name) for name in LineRow._fields))
        .where(line.firm_id == firm_id, line.pre_bill_id.in_(bill_ids), line.state == "included")
        .order_by(line.pre_bill_id, line.position)
    )
    lines: dict[int, list[LineRow]] = defaultdict(list)
    for row in session.connection().execute(query):
        lines[row[0]].append(LineRow._make(row))
    return lines


def _matters(session: Session, firm_id: int, matter_ids: Sequence[int]) -> dict[int, MatterRow]:
    responsible = and_(Timekeeper.firm_id == Matter.firm_id, Timekeeper.id == Matter.responsible_timekeeper_id)
    query = (
        select(
            Matter.id,
            Matter.client_id,
            Matter.number,
            Matter.name,
            Matter.client_matter_number,
            Timekeeper.name,
            Matter.trust_minimum_minor,
        )
        .outerjoin(Timekeeper, responsible)
        .where(Matter.firm_id == firm_id, Matter.id.in_(matter_ids))
    )
    found: dict[int, MatterRow] = {}
    for id_, client_id, number, name, theirs, responsible_name, minimum in session.execute(query):
        found[id_] = MatterRow(id_, client_id or 0, number, name, theirs, responsible_name or "", minimum)
    return found


def _clients(session: Session, firm_id: int, client_ids: Sequence[int]) -> dict[int, ClientRow]:
    columns = (Client.id, Client.number, Client.name, Client.email, Client.address)
    query = select(*columns).where(Client.firm_id == firm_id, Client.id.in_(client_ids))
    return {row[0]: ClientRow._make(row) for row in session.execute(query)}


def _attention(session: Session, firm_id: int, client_ids: Sequence[int]) -> dict[int, Attention]:
    """By payer; one who has an address goes before one without."""
    query = (
        select(Contact.client_id, Contact.name, Contact.email)
        .where(Contact.firm_id == firm_id, Contact.client_id.in_(client_ids), Contact.receives_invoices, Contact.is_archived.is_(False))
        .order_by(Contact.email != "", Contact.id.desc())
    )
    return {client_id: Attention(name, email) for client_id, name, email in session.execute(query)}


def _timekeepers(session: Session, firm_id: int) -> dict[int, TimekeeperRow]:
    columns = (Timekeeper.id, Timekeeper.code, Timekeeper.name, Timekeeper.initials, Timekeeper.classification)
    return {row[0]: TimekeeperRow._make(row) for row in session.execute(select(*columns).where(Timekeeper.firm_id == firm_id))}


def _earlier(session: Session, firm_id: int, matter_ids: Sequence[int], issued_on: date) -> dict[AccountKey, list[EarlierInvoice]]:
    part = InvoiceMatter
    query = (
        select(Invoice.id, part.matter_id, Invoice.payer_id, Invoice.number, Invoice.issued_on, part.total_minor)
        .join(part, and_(part.firm_id == Invoice.firm_id, part.invoice_id == Invoice.id))
        .where(part.firm_id == firm_id, part.matter_id.in_(matter_ids), Invoice.voided_on.is_(None), Invoice.issued_on <= issued_on)
        .order_by(Invoice.issued_on, Invoice.id)
    )
    found: dict[AccountKey, list[EarlierInvoice]] = defaultdict(list)
    for row in session.execute(query):
        found[row[2], row[1]].append(EarlierInvoice._make(row))
    return found


def _paid(session: Session, firm_id: int, matter_ids: Sequence[int], issued_on: date) -> dict[AccountKey, list[PaidRow]]:
    part, undone = Allocation, aliased(Allocation)
    how = (func.coalesce(Payment.method, ""), func.coalesce(Payment.reference, ""), part.is_discount, func.coalesce(CreditNote.number, ""))
    paid = (Invoice.number, part.amount_minor, part.effective_on, *how)
    columns = (part.matter_id, Invoice.payer_id, *paid)
    query = (
        select(*columns)
        .join(Invoice, and_(Invoice.firm_id == part.firm_id, Invoice.id == part.invoice_id))
        .outerjoin(Payment, and_(Payment.firm_id == part.firm_id, Payment.id == part.payment_id))
        .outerjoin(CreditNote, and_(CreditNote.firm_id == part.firm_id, CreditNote.id == part.credit_note_id))
        .where(part.firm_id == firm_id, part.matter_id.in_(matter_ids), part.effective_on <= issued_on)
        .where(part.reverses_id.is_(None), ~exists().where(undone.firm_id == part.firm_id, undone.reverses_id == part.id))
        .where(Invoice.voided_on.is_(None), Invoice.issued_on <= issued_on)
        .order_by(part.effective_on, part.id)
    )
    found: dict[AccountKey, list[PaidRow]] = defaultdict(list)
    for row in session.execute(query):
        found[row[1], row[0]].append(PaidRow._make(row))
    return found


def _trust(session: Session, firm_id: int, matter_ids: Sequence[int], issued_on: date) -> dict[int, list[TrustRow]]:
    moved: Any = TrustTransaction
    query = (
        select(TrustLedger.matter_id, *(getattr(moved, name) for name in TrustRow._fields[1:]))
        .join(TrustLedger, and_(TrustLedger.firm_id == moved.firm_id, TrustLedger.id == moved.trust_ledger_id))
        .where(moved.firm_id == firm_id, TrustLedger.kind == "matter", TrustLedger.matter_id.in_(matter_ids))
        .where(moved.effective_on <= issued_on)
        .order_by(moved.effective_on, moved.id)
    )
    found: dict[int, list[TrustRow]] = defaultdict(list)
    for row in session.execute(query):
        found[row[0]].append(TrustRow._make(row))
    return found
