"""Apply what a payment still has to give, or take it back from an invoice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, lock_invoices, post_many, record_command, reverse, succeed
from lexapp.books.money_moves import firm_of
from lexapp.books.payments import NewAllocation, add_allocations, live_allocations, unapplied_minor
from lexapp.books.records import of_firm
from lexapp.database import today_in, transaction
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Allocation, Payment
from lexapp.services.payments.desk import allocations_of, check_day, entries_of, lock_receipt, parts_of


def allocate_payment(
    session: Session,
    *,
    actor: Actor,
    payment_id: int,
    allocations: Mapping[int, Money],
    effective_on: date | None = None,
    early: Collection[int] = (),
    key: str | None = None,
    now: datetime | None = None,
) -> Payment:
    """Apply a payer's credit to invoices (invoice id -> amount), by default as of today.

    Of the invoices `early` the payer keeps the discount that they offer for paying all the rest in time: when the money came, decides.
    """
    actor.require("payment.record")
    wanted = {str(id_): amount for id_, amount in allocations.items()}
    inputs = {"payment_id": payment_id, "allocations": wanted, "effective_on": effective_on and effective_on.isoformat()}
    inputs["early"] = sorted(early)
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="payment.allocate", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Payment, payment_id)
        if not allocations:
            raise InvalidInput("Enter an amount beside at least one invoice.", field="allocations")
        firm = firm_of(session, command)
        payment = lock_receipt(session, command, payment_id)
        on = effective_on or today_in(firm.time_zone, command.at)
        check_day(firm, command, on, earliest=payment.received_on, why="The payment arrived", field="effective_on")
        left = unapplied_minor(session, payment)
        came_on, payer_id = payment.received_on, payment.payer_id
        parts = parts_of(session, firm, payer_id=payer_id, wanted=allocations, left_minor=left, received_on=came_on, early=early)
        entry_ids = post_many(session, command, entries_of(session, parts, payment_id=payment.id, payer_id=payment.payer_id, on=on))
        add_allocations(session, command, allocations_of(parts, entry_ids, payment_id=payment.id, on=on))
        audit(session, command, action="payment.allocated", subject_kind="payment", subject_id=payment.id, after=wanted)
        succeed(session, command, payment_id=payment.id)
    return session.get_one(Payment, payment_id)


def unapply_allocation(
    session: Session,
    *,
    actor: Actor,
    allocation_id: int,
    effective_on: date | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> Payment:
    """Take one allocation off its invoice: the money is the payer's credit again. An application from trust is reversed there.

    A discount kept for paying the invoice early with that payment goes with it; it can be taken off alone.
    """
    actor.require("payment.record")
    inputs = {"allocation_id": allocation_id, "effective_on": effective_on and effective_on.isoformat()}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="payment.unapply", inputs=inputs, key=key, now=now)
        allocation = of_firm(session, Allocation, allocation_id, firm_id=actor.firm_id, noun="allocation")
        payment_id = _payment_of(allocation)
        if command.result is not None:
            return session.get_one(Payment, payment_id)
        firm = firm_of(session, command)
        lock_receipt(session, command, payment_id)
        lock_invoices(session, firm_id=firm.id, invoice_ids=[allocation.invoice_id])
        _check_live(session, allocation)
        on = effective_on or max(today_in(firm.time_zone, command.at), allocation.effective_on)
        check_day(firm, command, on, earliest=allocation.effective_on, why="The payment was applied", field="effective_on")
        take_off(session, command, [allocation, *_discounts_with(session, allocation)], on)
        succeed(session, command, payment_id=payment_id)
    return session.get_one(Payment, payment_id)


def _payment_of(allocation: Allocation) -> int:
    if allocation.payment_id is None:
        raise NotAllowed("This is a credit note. Void the note instead.")
    return allocation.payment_id


def _check_live(session: Session, allocation: Allocation) -> None:
    if allocation.reverses_id is not None:
        raise NotAllowed("This took an amount off an invoice. Apply the payment again instead.")
    taken = select(Allocation.id).where(Allocation.firm_id == allocation.firm_id, Allocation.reverses_id == allocation.id)
    if session.scalar(taken) is not None:
        raise NotAllowed("This amount was taken off the invoice before.")


def _discounts_with(session: Session, allocation: Allocation) -> list[Allocation]:
    """What was kept for paying the invoice early with the payment of which money is taken off."""
    if allocation.is_discount:
        return []
    live = live_allocations(session, firm_id=allocation.firm_id, payment_id=_payment_of(allocation))
    return [one for one in live if one.is_discount and one.invoice_id == allocation.invoice_id]


def take_off(session: Session, command: CommandRecord, allocations: list[Allocation], on: date) -> None:
    """Reverse the entry of each allocation and append the negative that names it."""
    for one in allocations:
        entry_id = reverse(session, command, journal_entry_id=one.journal_entry_id, effective_on=max(on, one.effective_on))
        negative = NewAllocation(
            one.payment_id,
            one.invoice_id,
            one.matter_id,
            -one.amount_minor,
            max(on, one.effective_on),
            entry_id,
            one.id,
            one.is_discount,
        )
        add_allocations(session, command, [negative])
        after = {"allocation_id": one.id, "invoice_id": one.invoice_id, "amount_minor": -one.amount_minor}
        audit(session, command, action="payment.unapplied", subject_kind="payment", subject_id=_payment_of(one), after=after)
