"""The earned-fee transfer: a matter's trust money pays that matter of one issued invoice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, lock_invoices, open_amounts
from lexapp.books.money_moves import bank_account_of, check_amount
from lexapp.books.payments import NewAllocation, NewPayment, PaymentPlace, add_allocations, add_payment, take_payment_place
from lexapp.books.records import of_firm
from lexapp.domain import ledger as journal
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import check_application
from lexapp.models import BankAccount, Invoice, TrustLedger, TrustTransaction
from lexapp.services.trust.desk import Desk, NewMovement, TrustCall, open_desk, trust_command, write_movement


@dataclass(frozen=True, slots=True)
class NewApplication:
    """Trust money that is to pay an invoice."""

    trust_ledger_id: int
    invoice_id: int
    amount: Money
    effective_on: date
    operating_bank_account_id: int | None = None
    reference: str = ""


def apply_trust_to_invoice(
    session: Session,
    *,
    actor: Actor,
    trust_ledger_id: int,
    invoice_id: int,
    amount: Money,
    effective_on: date,
    operating_bank_account_id: int | None = None,
    reference: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Move earned money from a matter's ledger to the operating account and settle the invoice with it.

    At most what the invoice owes for that matter and what the ledger has on that day and at every later point. Writes the movement, a
    receipt with method `trust` and its allocation, all on one journal entry.
    """
    new = NewApplication(trust_ledger_id, invoice_id, amount, effective_on, operating_bank_account_id, reference)
    call = TrustCall(actor, "trust.apply", "trust.apply", {**asdict(new), "amount": amount}, key, now)
    return trust_command(session, call, lambda command: write_application(session, command, new))


def write_application(session: Session, command: CommandRecord, new: NewApplication) -> int:
    """Lock invoice and ledger, check, and write the movement with its receipt; the movement's id."""
    firm_id = command.actor.firm_id
    of_firm(session, TrustLedger, new.trust_ledger_id, firm_id=firm_id, noun="trust ledger")
    invoice = lock_invoices(session, firm_id=firm_id, invoice_ids=[new.invoice_id])[new.invoice_id]
    desk = open_desk(session, command, new.trust_ledger_id)
    _check(session, desk, invoice, new.amount, new.effective_on)
    operating = bank_account_of(session, command, new.operating_bank_account_id, "operating")
    return _apply(session, command, desk, invoice, operating, new.amount, new.effective_on, new.reference)


def _check(session: Session, desk: Desk, invoice: Invoice, amount: Money, effective_on: date) -> None:
    minor = check_amount(desk.firm, amount)
    if invoice.voided_on is not None:
        raise NotAllowed(f"Invoice {invoice.number} is void and takes no payment. Choose another invoice.", field="invoice")
    due = open_amounts(session, firm_id=desk.firm.id, invoice_ids=[invoice.id])
    due_minor = due.get((invoice.id, desk.ledger.matter_id)) if desk.ledger.matter_id is not None else None
    check_application(desk.facts, amount_minor=minor, due_minor=due_minor, currency=desk.firm.currency)
    if effective_on < invoice.issued_on:
        day = day_text(invoice.issued_on)
        raise InvalidInput(f"Invoice {invoice.number} was issued on {day}. Choose that day or later.", field="effective_on")
    desk.check(-minor, effective_on)


def _apply(
    session: Session,
    command: CommandRecord,
    desk: Desk,
    invoice: Invoice,
    operating: BankAccount,
    amount: Money,
    effective_on: date,
    reference: str,
) -> int:
    place = take_payment_place(session, command)
    new = NewMovement(
        "application", -amount.minor, effective_on, None, desk.firm.name, "transfer", reference, f"Fees and costs, {invoice.number}",
        invoice_id=invoice.id,
    )  # fmt: skip
    postings = journal.trust_applied(
        amount_minor=amount.minor, ledger=desk.key, payer_id=invoice.payer_id, operating_bank_account_id=operating.id
    )
    id_ = write_movement(session, command, desk, "trust.applied", postings, new)
    _settle(session, command, place, invoice, operating, id_, amount)
    return id_


def _settle(
    session: Session, command: CommandRecord, place: PaymentPlace, invoice: Invoice, operating: BankAccount, movement_id: int, amount: Money
) -> None:
    """The receipt and its allocation, on the movement's own journal entry."""
    movement = session.get_one(TrustTransaction, movement_id)
    matter_id = session.get_one(TrustLedger, movement.trust_ledger_id).matter_id
    assert matter_id is not None
    entry_id, on = movement.journal_entry_id, movement.effective_on
    receipt = NewPayment(
        "receipt", invoice.payer_id, "trust", amount, on, operating.id, entry_id, movement.reference, trust_transaction_id=movement.id
    )
    add_payment(session, command, place, receipt)
    add_allocations(session, command, [NewAllocation(place.id, invoice.id, matter_id, amount.minor, on, entry_id)])
