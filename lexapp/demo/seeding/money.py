"""Deposits into trust, what invoices are paid with, and what goes wrong now and then."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy import select

from lexapp.books.invoices import open_amounts
from lexapp.demo.seeding.calendar import Calendar
from lexapp.demo.seeding.cast import CURRENCY
from lexapp.demo.seeding.people import at
from lexapp.domain.money import Money
from lexapp.models import Invoice, PreBill, TrustLedger
from lexapp.services.invoices import void_invoice
from lexapp.services.payments import record_payment
from lexapp.services.trust import apply_trust_to_invoice, deposit_to_trust

LONGEST_DELAY_DAYS = 75


def deposit(calendar: Calendar, position: int, amount_minor: int, on: date) -> None:
    """The client of this matter puts money into trust."""
    seeded = calendar.seeded
    client = seeded.plan.clients[seeded.plan.matters[position].client]
    deposit_to_trust(
        seeded.session,
        actor=seeded.actor,
        amount=Money(amount_minor, CURRENCY),
        effective_on=on,
        source=client.name,
        method="transfer",
        matter_id=seeded.matters[position],
        reference=f"W{calendar.count:05}",
        purpose="Advance fee deposit",
        now=at(on),
    )
    calendar.held[position] = calendar.held.get(position, 0) + amount_minor


def settle_later(calendar: Calendar, invoice_ids: list[int], issued_on: date) -> None:
    """Decide for each new invoice when and how it will be paid, if at all."""
    columns = select(Invoice.id, Invoice.payer_id, Invoice.total_minor, PreBill.matter_id)
    issued = columns.join(PreBill, PreBill.id == Invoice.pre_bill_id).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.id)
    for invoice_id, payer_id, total_minor, matter_id in calendar.seeded.session.execute(issued).all():
        position = calendar.seeded.matters.index(matter_id)
        if total_minor and calendar.held.get(position):
            calendar.later(issued_on + timedelta(days=4), partial(_apply_trust, calendar, position, invoice_id, issued_on))
        _pay_or_not(calendar, invoice_id, payer_id, issued_on)


def _pay_or_not(calendar: Calendar, invoice_id: int, payer_id: int, issued_on: date) -> None:
    fate = calendar.random.randrange(100)
    on = issued_on + timedelta(days=6 + calendar.random.randrange(LONGEST_DELAY_DAYS))
    if fate < 1:
        calendar.later(issued_on + timedelta(days=2), partial(_void, calendar, invoice_id, issued_on + timedelta(days=2)))
    elif fate < 8:
        calendar.later(on, partial(_pay, calendar, invoice_id, payer_id, on, 50))
    elif fate < 94:
        calendar.later(on, partial(_pay, calendar, invoice_id, payer_id, on, 100))


def _open_minor(calendar: Calendar, invoice_id: int) -> int:
    seeded = calendar.seeded
    return sum(open_amounts(seeded.session, firm_id=seeded.actor.firm_id, invoice_ids=[invoice_id]).values())


def _apply_trust(calendar: Calendar, position: int, invoice_id: int, issued_on: date) -> None:
    """An earned-fee transfer of what the ledger holds; the client fills it up again a week later."""
    seeded, on = calendar.seeded, issued_on + timedelta(days=4)
    amount = min(calendar.held.get(position, 0), _open_minor(calendar, invoice_id))
    if not amount:
        return
    of_matter = select(TrustLedger.id).where(TrustLedger.firm_id == seeded.actor.firm_id, TrustLedger.matter_id == seeded.matters[position])
    ledger_id = seeded.session.scalars(of_matter).one()
    apply_trust_to_invoice(
        seeded.session,
        actor=seeded.actor,
        trust_ledger_id=ledger_id,
        invoice_id=invoice_id,
        amount=Money(amount, CURRENCY),
        effective_on=on,
        now=at(on),
    )
    calendar.held[position] -= amount
    agreed = seeded.plan.matters[position].trust_minor
    if calendar.held[position] < agreed // 2 and calendar.chance(80):
        again = on + timedelta(days=7)
        calendar.later(again, partial(deposit, calendar, position, agreed - calendar.held[position], again))


def _pay(calendar: Calendar, invoice_id: int, payer_id: int, on: date, percent: int) -> None:
    seeded, owed = calendar.seeded, _open_minor(calendar, invoice_id)
    amount = Money(owed, CURRENCY).of_ratio(percent, 100)
    if not amount:
        return
    record_payment(
        seeded.session,
        actor=seeded.actor,
        payer_id=payer_id,
        amount=amount,
        received_on=on,
        method=calendar.random.choice(("cheque", "transfer", "transfer")),
        reference=f"{calendar.random.randrange(10_000, 99_999)}",
        allocations={invoice_id: amount},
        now=at(on),
    )


def _void(calendar: Calendar, invoice_id: int, on: date) -> None:
    """Issued with a mistake: the work is billed again next month."""
    seeded = calendar.seeded
    void_invoice(seeded.session, actor=seeded.actor, invoice_id=invoice_id, reason="Wrong billing period", now=at(on))
