"""Transfers of earned fees: prepared for an invoice, approved by who may move trust money, or withdrawn."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.changes import lock_shown
from lexapp.books.earned_transfers import prepare_transfer, withdraw_transfer
from lexapp.books.fixed_fees import lock_fee
from lexapp.books.work_terms import firm_terms
from lexapp.database import transaction
from lexapp.domain.dates import day_text
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import EarnedTransfer, FixedFeeEntry, Invoice, PreBill, PreBillLine, TrustTransaction
from lexapp.services.trust.applications import NewApplication, write_application
from lexapp.services.trust.desk import TrustCall, trust_command

NOUN = "prepared transfer"


def prepare_earned_transfer(
    session: Session, *, actor: Actor, fixed_fee_entry_id: int, key: str | None = None, now: datetime | None = None
) -> EarnedTransfer:
    """Prepare the transfer of a fee that was earned before money came in, or was withdrawn. Raises NotAllowed without money."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        inputs = {"fixed_fee_entry_id": fixed_fee_entry_id}
        command = record_command(session, actor=actor, name="earned_transfer.prepare", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(EarnedTransfer, command.result["earned_transfer_id"])
        entry = lock_fee(session, actor, fixed_fee_entry_id)
        if entry.discarded_at is not None:
            raise NotAllowed("This fee was taken out. Bring it back first.")
        if entry.charged_on > firm_terms(session, actor.firm_id).today(command.at):
            raise NotAllowed(f"This fee is earned on {day_text(entry.charged_on)}. Client money stays in trust until then.")
        row = prepare_transfer(session, command, entry)
        if row is None:
            raise NotAllowed("The matter has no money in trust. Deposit an advance first.", code="trust_is_empty")
        succeed(session, command, earned_transfer_id=row.id)
    return row


def withdraw_earned_transfer(
    session: Session, *, actor: Actor, transfer_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> EarnedTransfer:
    """Leave the money in trust: the transfer is not made. It can be prepared again. Raises Conflict, NotAllowed once it is made."""
    actor.require("trust.apply")
    inputs = {"transfer_id": transfer_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="earned_transfer.withdraw", inputs=inputs, key=key, now=now)
        if command.result is None:
            row = _waiting(session, actor, transfer_id, version)
            withdraw_transfer(session, command, row, session.get_one(FixedFeeEntry, row.fixed_fee_entry_id))
            succeed(session, command, earned_transfer_id=row.id)
    return session.get_one(EarnedTransfer, transfer_id)


def approve_earned_transfer(
    session: Session,
    *,
    actor: Actor,
    transfer_id: int,
    version: int,
    invoice_id: int,
    amount: Money,
    effective_on: date,
    reference: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Move the money of a prepared transfer to the operating account: it pays the issued invoice that bills the fee.

    Raises Conflict, InvalidInput beside `amount` or `effective_on`, NotAllowed where the invoice does not bill the fee or is void.
    """
    inputs = {"transfer_id": transfer_id, "version": version, "invoice_id": invoice_id, "amount": amount, "effective_on": effective_on}

    def act(command: CommandRecord) -> int:
        row = _waiting(session, actor, transfer_id, version)
        _refuse_other(session, row, invoice_id)
        _refuse_before(session, row, effective_on)
        new = NewApplication(row.trust_ledger_id, invoice_id, amount, effective_on, reference=reference)
        row.trust_transaction_id = movement_id = write_application(session, command, new)
        row.version += 1
        session.flush()
        after = {"earned_transfer_id": row.id, "amount_minor": amount.minor, "invoice_id": invoice_id}
        audit(session, command, action="earned_transfer.approved", subject_kind="matter", subject_id=row.matter_id, after=after)
        return movement_id

    call = TrustCall(actor, "trust.apply", "earned_transfer.approve", {**inputs, "reference": reference}, key, now)
    return trust_command(session, call, act)


def _waiting(session: Session, actor: Actor, transfer_id: int, version: int) -> EarnedTransfer:
    row = lock_shown(session, EarnedTransfer, firm_id=actor.firm_id, record_id=transfer_id, noun=NOUN, version=version)
    if row.withdrawn_at is not None:
        raise Conflict("This transfer was withdrawn. Look at the list as it is now.")
    if row.trust_transaction_id is not None:
        raise Conflict("This transfer was approved before, and the money has moved. Look at the list as it is now.")
    return row


def _refuse_before(session: Session, row: EarnedTransfer, on: date) -> None:
    """Client money leaves trust when it is earned, and not before (ABA Model Rule 1.15(c))."""
    earned_on = session.get_one(FixedFeeEntry, row.fixed_fee_entry_id).charged_on
    if on < earned_on:
        raise InvalidInput(f"The fee is earned on {day_text(earned_on)}. Choose that day or a later one.", field="effective_on")


def _refuse_other(session: Session, row: EarnedTransfer, invoice_id: int) -> None:
    """The fee is earned, and billed: by this invoice."""
    entry = session.get_one(FixedFeeEntry, row.fixed_fee_entry_id)
    if entry.discarded_at is not None:
        raise NotAllowed("The fee of this transfer was taken out. Withdraw the transfer.")
    query = (
        select(Invoice.id)
        .join(PreBill, (PreBill.firm_id == Invoice.firm_id) & (PreBill.id == Invoice.pre_bill_id))
        .join(PreBillLine, (PreBillLine.firm_id == PreBill.firm_id) & (PreBillLine.pre_bill_id == PreBill.id))
        .where(Invoice.firm_id == row.firm_id, Invoice.id == invoice_id, PreBillLine.fixed_fee_entry_id == entry.id)
        .where(PreBillLine.state == "included", Invoice.voided_on.is_(None))
    )
    if session.scalars(query).first() is None:
        raise InvalidInput("This invoice does not bill the fee. Issue the pre-bill with the fee first.", field="amount")
