"""Money that goes back: a refund of what is not applied, or a payment that the bank took back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, audit, lock_invoices, post, record_command, reverse, succeed
from lexapp.books.money_moves import bank_account_of, check_amount, firm_of
from lexapp.books.payments import NewPayment, add_payment, live_allocations, take_payment_place, unapplied_minor
from lexapp.database import transaction
from lexapp.domain import ledger as journal
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Payment
from lexapp.services.payments.allocations import take_off
from lexapp.services.payments.desk import METHODS, check_day, lock_receipt


def refund_payment(
    session: Session,
    *,
    actor: Actor,
    payment_id: int,
    amount: Money,
    refunded_on: date,
    method: str,
    bank_account_id: int | None = None,
    reference: str = "",
    memo: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> Payment:
    """Pay back what is not applied, or part of it, from the operating account; returns the refund."""
    actor.require("payment.refund")
    inputs = {
        "payment_id": payment_id, "amount": amount, "refunded_on": refunded_on, "method": method, "bank_account_id": bank_account_id,
        "reference": reference, "memo": memo,
    }  # fmt: skip
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="payment.refund", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Payment, command.result["refund_id"])
        firm = firm_of(session, command)
        payment = lock_receipt(session, command, payment_id)
        check_day(firm, command, refunded_on, earliest=payment.received_on, why="The payment arrived", field="refunded_on")
        _check_refund(session, payment, check_amount(firm, amount), method)
        account = bank_account_of(session, command, bank_account_id or payment.bank_account_id, "operating")
        new = NewPayment(
            "refund", payment.payer_id, method, amount, refunded_on, account.id, 0, reference, memo, original_payment_id=payment.id
        )
        refund_id = _write_refund(session, command, new)
        succeed(session, command, payment_id=payment.id, refund_id=refund_id)
    return session.get_one(Payment, refund_id)


def _check_refund(session: Session, payment: Payment, minor: int, method: str) -> None:
    left = Money(unapplied_minor(session, payment), payment.currency)
    if not left:
        raise NotAllowed("All of this payment is applied or given back. Take it off an invoice first.", field="amount")
    if minor > left.minor:
        raise InvalidInput(f"Only {left} of this payment is not applied. Enter that amount or less.", field="amount")
    if method not in METHODS:
        raise InvalidInput("Choose how the money goes back from the list.", field="method")


def _write_refund(session: Session, command: CommandRecord, new: NewPayment) -> int:
    place = take_payment_place(session, command)
    postings = journal.payment_refunded(amount_minor=new.amount.minor, payer_id=new.payer_id, bank_account_id=new.bank_account_id)
    entry_id = post(session, command, NewEntry("payment.refunded", new.received_on, postings, ("payment", place.id)))
    add_payment(session, command, place, replace(new, journal_entry_id=entry_id))
    after = {"original_payment_id": new.original_payment_id, "amount": new.amount, "refunded_on": new.received_on}
    audit(session, command, action="payment.refunded", subject_kind="payment", subject_id=place.id, after=after)
    return place.id


def reverse_payment(
    session: Session,
    *,
    actor: Actor,
    payment_id: int,
    reversed_on: date,
    reason: str,
    key: str | None = None,
    now: datetime | None = None,
) -> Payment:
    """Undo a payment that bounced or was a mistake: what it paid is taken off the invoices first. Returns the reversal."""
    actor.require("payment.record")
    inputs = {"payment_id": payment_id, "reversed_on": reversed_on, "reason": reason}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="payment.reverse", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Payment, command.result["reversal_id"])
        firm = firm_of(session, command)
        payment = lock_receipt(session, command, payment_id)
        check_day(firm, command, reversed_on, earliest=payment.received_on, why="The payment arrived", field="reversed_on")
        _check_reversal(session, payment, reason)
        live = live_allocations(session, firm_id=firm.id, payment_id=payment.id)
        lock_invoices(session, firm_id=firm.id, invoice_ids={one.invoice_id for one in live})
        place = take_payment_place(session, command)
        take_off(session, command, live, reversed_on)
        entry_id = reverse(session, command, journal_entry_id=payment.journal_entry_id, effective_on=reversed_on)
        amount = Money(payment.amount_minor, payment.currency)
        why = " ".join(reason.split())
        new = NewPayment(
            "reversal", payment.payer_id, payment.method, amount, reversed_on, payment.bank_account_id, entry_id, memo=why,
            original_payment_id=payment.id,
        )  # fmt: skip
        add_payment(session, command, place, new)
        audit(session, command, action="payment.reversed", subject_kind="payment", subject_id=payment.id, after={"reason": why})
        succeed(session, command, payment_id=payment.id, reversal_id=place.id)
    return session.get_one(Payment, place.id)


def _check_reversal(session: Session, payment: Payment, reason: str) -> None:
    if len("".join(reason.split())) < 3:
        raise InvalidInput("Say why the payment is reversed.", field="reason")
    mine = (Payment.firm_id == payment.firm_id) & (Payment.original_payment_id == payment.id)
    given_back = {kind: int(total) for kind, total in session.execute(
        select(Payment.kind, func.sum(Payment.amount_minor)).where(mine).group_by(Payment.kind)
    )}  # fmt: skip
    if "reversal" in given_back:
        raise NotAllowed("This payment was reversed before. It can be reversed only once.")
    if "refund" in given_back:
        refunded = Money(given_back["refund"], payment.currency)
        raise NotAllowed(f"{refunded} of this payment was refunded already. It cannot be reversed as a whole any more.")
