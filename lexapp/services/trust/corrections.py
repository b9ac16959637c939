"""A trust movement that was a mistake is reversed once, by a new movement that names it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, lock_invoices, reverse
from lexapp.books.earned_transfers import await_approval
from lexapp.books.payments import (
    NewAllocation,
    NewPayment,
    PaymentPlace,
    add_allocations,
    add_payment,
    live_allocations,
    take_payment_place,
)
from lexapp.books.records import of_firm
from lexapp.database import reserve_ids
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InsufficientTrustFunds, InvalidInput, InvariantBroken, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import TrustLedgerKind
from lexapp.models import BankAccount, Payment, TrustTransaction
from lexapp.services.trust.bank import shortage_minor
from lexapp.services.trust.costs import lock_paid_cost, reopen_cost
from lexapp.services.trust.desk import (
    Desk,
    NewMovement,
    TrustCall,
    audit_movement,
    movement_row,
    open_desks,
    own_ledger,
    take_number,
    trust_command,
)


def reverse_trust_transaction(
    session: Session,
    *,
    actor: Actor,
    trust_transaction_id: int,
    effective_on: date,
    reason: str,
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Undo a movement that should not have been recorded; a transfer with both its sides, an application with its allocation.

    An expense that it paid is owed by the firm again, and may be billed; an earned fee that it transferred waits for approval again.

    A deposit whose money was spent already is not undone here: if the bank took it back, that is `return_deposit`.
    """
    inputs = {"trust_transaction_id": trust_transaction_id, "effective_on": effective_on, "reason": reason}

    def act(command: CommandRecord) -> int:
        original = of_firm(session, TrustTransaction, trust_transaction_id, firm_id=actor.firm_id, noun="trust movement")
        if original.invoice_id is not None:
            lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[original.invoice_id])
        cost = lock_paid_cost(session, command, original.id)
        sides = _sides(session, original)
        desks = _locked(session, command, sides)
        _check(session, desks, sides, effective_on, reason)
        place = take_payment_place(session, command) if original.kind == "application" else None
        ids = _reverse(session, command, sides, effective_on, " ".join(reason.split()))
        if place is not None:
            _unapply(session, command, place, original, session.get_one(TrustTransaction, ids[0]))
            await_approval(session, command, movement_id=original.id)
        if cost is not None:
            reopen_cost(session, command, cost)
        return ids[0]

    return trust_command(session, TrustCall(actor, "trust.reverse", "trust.reverse", inputs, key, now), act)


def _sides(session: Session, original: TrustTransaction) -> list[TrustTransaction]:
    """The movement, and the other side of a transfer."""
    if original.other_side_id is None:
        return [original]
    return [original, session.get_one(TrustTransaction, original.other_side_id)]


def _locked(session: Session, command: CommandRecord, sides: list[TrustTransaction]) -> dict[int, Desk]:
    """The desks of the ledgers by id; with the firm funds ledger, which guards the shortage, where one is concerned."""
    wanted = {side.trust_ledger_id for side in sides if side.trust_ledger_id is not None}
    if any(side.bank_amount_minor not in (0, side.amount_minor) for side in sides):
        one = sides[0]
        own = own_ledger(session, firm_id=one.firm_id, bank_account_id=one.bank_account_id, kind=TrustLedgerKind.FIRM_FUNDS)
        wanted.add(own.id)
    return {desk.ledger.id: desk for desk in open_desks(session, command, sorted(wanted))}


def _check(session: Session, desks: dict[int, Desk], sides: list[TrustTransaction], on: date, reason: str) -> None:
    original = sides[0]
    if original.reverses_id is not None:
        raise NotAllowed("A correction cannot be reversed. Record the movement again instead.")
    taken = select(TrustTransaction.id).where(TrustTransaction.firm_id == original.firm_id, TrustTransaction.reverses_id == original.id)
    if session.scalar(taken) is not None:
        raise NotAllowed("This movement was reversed before. It can be reversed only once.")
    if len("".join(reason.split())) < 3:
        raise InvalidInput("Say why the movement is reversed.", field="reason")
    if on < original.effective_on:
        day = day_text(original.effective_on)
        raise InvalidInput(f"The movement took effect on {day}. Choose that day or later.", field="effective_on")
    first = next(iter(desks.values()))
    first.check(0, on)
    for side in sides:
        if side.trust_ledger_id is not None:
            _check_side(desks[side.trust_ledger_id], side, on)
    _check_shortage(session, first, original)


def _check_side(desk: Desk, side: TrustTransaction, on: date) -> None:
    try:
        desk.check(-side.amount_minor, on)
    except InsufficientTrustFunds as error:
        told = "Money that this movement brought has left the ledger since. Reverse what took it first."
        if side.kind == "deposit":
            told = "Money of this deposit has left the ledger since. If the bank took it back, record a returned deposit instead."
        raise InsufficientTrustFunds(told) from error


def _check_shortage(session: Session, desk: Desk, original: TrustTransaction) -> None:
    """Undoing what made a shortage takes the shortage away: it must still be there."""
    made = original.amount_minor - original.bank_amount_minor if original.bank_amount_minor < 0 else 0
    still = shortage_minor(session, session.get_one(BankAccount, original.bank_account_id)) if made else 0
    if made > still:
        owed = Money(max(still, 0), desk.firm.currency)
        raise NotAllowed(f"The firm has covered this since: the shortage is {owed}. Reverse the cover first.")


def _reverse(session: Session, command: CommandRecord, sides: list[TrustTransaction], on: date, reason: str) -> list[int]:
    """One journal entry undoes the original's; each side gets its row, in one statement because they may name each other."""
    ids = reserve_ids(session, TrustTransaction.__table__, len(sides))  # type: ignore[arg-type]
    others = [*ids[1:], *ids[:1]] if len(ids) > 1 else [None]
    news = [_opposite(side, on, reason, other) for side, other in zip(sides, others, strict=True)]
    numbers = [take_number(session, command, side.bank_account_id, new) for side, new in zip(sides, news, strict=True)]
    entry_id = reverse(session, command, journal_entry_id=sides[0].journal_entry_id, effective_on=on)
    parts = zip(ids, numbers, sides, news, strict=True)
    rows = [movement_row(command, id_, no, entry_id, side.bank_account_id, side.trust_ledger_id, new) for id_, no, side, new in parts]
    session.execute(insert(TrustTransaction).values(rows))
    audit_movement(session, command, ids[0], "trust.reversed", sides[0].trust_ledger_id, news[0])
    return ids


def _opposite(side: TrustTransaction, on: date, reason: str, other_side_id: int | None) -> NewMovement:
    return NewMovement(
        "reversal",
        -side.amount_minor,
        on,
        -side.bank_amount_minor,
        side.counterparty,
        side.method,
        side.reference,
        reason,
        invoice_id=side.invoice_id,
        other_side_id=other_side_id,
        reverses_id=side.id,
    )


def _unapply(session: Session, command: CommandRecord, place: PaymentPlace, original: TrustTransaction, reversal: TrustTransaction) -> None:
    """The receipt that came with the application is given back, and its allocation taken off the invoice."""
    mine = (Payment.firm_id == original.firm_id) & (Payment.trust_transaction_id == original.id)
    receipt = session.scalars(select(Payment).where(mine, Payment.kind == "receipt")).one()
    live = live_allocations(session, firm_id=original.firm_id, payment_id=receipt.id)
    if sum(one.amount_minor for one in live) != receipt.amount_minor:
        raise InvariantBroken(f"payment {receipt.id} from trust is not wholly applied")
    entry_id, on = reversal.journal_entry_id, reversal.effective_on
    amount = Money(receipt.amount_minor, receipt.currency)
    given_back = NewPayment(
        "reversal", receipt.payer_id, "trust", amount, on, receipt.bank_account_id, entry_id, receipt.reference, reversal.purpose,
        receipt.id, reversal.id,
    )  # fmt: skip
    add_payment(session, command, place, given_back)
    negatives = [NewAllocation(receipt.id, one.invoice_id, one.matter_id, -one.amount_minor, on, entry_id, one.id) for one in live]
    add_allocations(session, command, negatives)
