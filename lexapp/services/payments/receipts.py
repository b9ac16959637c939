"""A payer's cheque, transfer, card payment or cash, applied to invoices or kept as the payer's credit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, audit, post_many, record_command, succeed
from lexapp.books.money_moves import bank_account_of, check_amount, firm_of
from lexapp.books.payments import NewPayment, add_allocations, add_payment, take_payment_place
from lexapp.database import transaction
from lexapp.domain import ledger as journal
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import BankAccount, Payment
from lexapp.services.payments.desk import (
    METHODS,
    Part,
    allocations_of,
    check_day,
    entries_of,
    lock_payer,
    parts_of,
)


@dataclass(frozen=True, slots=True)
class _Receipt:
    payer_id: int
    amount: Money
    received_on: date
    method: str
    account: BankAccount
    reference: str
    memo: str


def record_payment(
    session: Session,
    *,
    actor: Actor,
    payer_id: int,
    amount: Money,
    received_on: date,
    method: str,
    bank_account_id: int | None = None,
    reference: str = "",
    memo: str = "",
    allocations: Mapping[int, Money] | None = None,
    early: Collection[int] = (),
    key: str | None = None,
    now: datetime | None = None,
) -> Payment:
    """Record money received, applied to invoices as `allocations` says (invoice id -> amount). The rest stays the payer's credit.

    Of the invoices `early` the payer keeps the discount that they offer for paying all the rest in time.
    """
    actor.require("payment.record")
    wanted = dict(allocations or {})
    inputs = {
        "payer_id": payer_id, "amount": amount, "received_on": received_on, "method": method, "bank_account_id": bank_account_id,
        "reference": reference, "memo": memo, "allocations": {str(id_): each for id_, each in wanted.items()}, "early": sorted(early),
    }  # fmt: skip
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="payment.record", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Payment, command.result["payment_id"])
        firm = firm_of(session, command)
        account = bank_account_of(session, command, bank_account_id, "operating")
        minor = check_amount(firm, amount)
        check_day(firm, command, received_on, earliest=account.opened_on, why="The bank account was opened", field="received_on")
        if method not in METHODS:
            raise InvalidInput("Choose how the money came from the list.", field="method")
        lock_payer(session, firm_id=firm.id, payer_id=payer_id)
        parts = parts_of(session, firm, payer_id=payer_id, wanted=wanted, left_minor=minor, received_on=received_on, early=early)
        receipt = _Receipt(payer_id, amount, received_on, method, account, reference, memo)
        payment_id = _write(session, command, receipt, parts)
        succeed(session, command, payment_id=payment_id)
    return session.get_one(Payment, payment_id)


def _write(session: Session, command: CommandRecord, receipt: _Receipt, parts: list[Part]) -> int:
    place = take_payment_place(session, command)
    on, payer_id = receipt.received_on, receipt.payer_id
    received = journal.payment_received(amount_minor=receipt.amount.minor, payer_id=payer_id, bank_account_id=receipt.account.id)
    entries = [NewEntry("payment.received", on, received, ("payment", place.id))]
    entry_id, *applied = post_many(session, command, entries + entries_of(session, parts, payment_id=place.id, payer_id=payer_id, on=on))
    new = NewPayment("receipt", payer_id, receipt.method, receipt.amount, on, receipt.account.id, entry_id, receipt.reference, receipt.memo)
    add_payment(session, command, place, new)
    add_allocations(session, command, allocations_of(parts, applied, payment_id=place.id, on=on))
    after = {"payer_id": payer_id, "amount": receipt.amount, "received_on": on, "method": receipt.method, "reference": receipt.reference}
    audit(session, command, action="payment.recorded", subject_kind="payment", subject_id=place.id, after=after)
    return place.id
