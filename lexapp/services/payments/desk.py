"""What every payment command needs: locks, dates, and the split of what is applied over an invoice's matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, lock_invoices, open_amounts
from lexapp.books.money_moves import check_amount
from lexapp.books.payments import NewAllocation
from lexapp.books.records import of_firm
from lexapp.database import today_in
from lexapp.domain import ledger as journal
from lexapp.domain.allocation import allocate
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.models import Client, Firm, Invoice, Payment

METHODS = ("cheque", "transfer", "cash", "card")


@dataclass(frozen=True, slots=True)
class Part:
    """An amount for one matter of one invoice."""

    invoice: Invoice
    matter_id: int
    amount_minor: int


def lock_payer(session: Session, *, firm_id: int, payer_id: int) -> Client:
    """Payments are append-only and cannot be locked, so the payer stands for all of theirs. Foreign keys to the payer are not held up."""
    of_firm(session, Client, payer_id, firm_id=firm_id, noun="payer")
    query = select(Client).where(Client.firm_id == firm_id, Client.id == payer_id)
    return session.scalars(query.with_for_update(key_share=True)).one()


def lock_receipt(session: Session, command: CommandRecord, payment_id: int) -> Payment:
    """A receipt of the firm with its payer locked. Refuses refunds, reversals and receipts from trust."""
    payment = of_firm(session, Payment, payment_id, firm_id=command.actor.firm_id, noun="payment")
    if payment.kind != "receipt":
        raise NotAllowed("This gives money back and cannot be applied or given back itself. Choose the payment that it belongs to.")
    if payment.method == "trust":
        raise NotAllowed("This payment came from trust. Reverse the trust movement instead: the money then returns to its ledger.")
    lock_payer(session, firm_id=payment.firm_id, payer_id=payment.payer_id)
    return payment


def check_day(firm: Firm, command: CommandRecord, on: date, *, earliest: date, why: str, field: str) -> None:
    """Refuse a day in the future or before the earliest possible one; `why` says what happened then."""
    today = today_in(firm.time_zone, command.at)
    if on > today:
        raise InvalidInput(f"Money is recorded when it moves. Choose a date up to today, {day_text(today)}.", field=field)
    if on < earliest:
        raise InvalidInput(f"{why} on {day_text(earliest)}. Choose that day or later.", field=field)


def parts_of(session: Session, firm: Firm, *, payer_id: int, wanted: Mapping[int, Money], left_minor: int) -> list[Part]:
    """Lock the invoices and split what each gets over its matters, by largest remainder of what they owe.

    `wanted` is invoice id -> amount, `left_minor` what the payment has to give. Refusals name the field `invoice_<id>`.
    """
    invoices = lock_invoices(session, firm_id=firm.id, invoice_ids=wanted)
    owed = open_amounts(session, firm_id=firm.id, invoice_ids=wanted)
    parts = [part for id_, invoice in invoices.items() for part in _split(firm, invoice, payer_id, wanted[id_], owed)]
    total = sum(part.amount_minor for part in parts)
    if total > left_minor:
        over, left = Money(total - left_minor, firm.currency), Money(left_minor, firm.currency)
        raise InvalidInput(f"This applies {over} more than the {left} that are there. Lower one of the amounts.", field="allocations")
    return parts


def _split(firm: Firm, invoice: Invoice, payer_id: int, amount: Money, owed: Mapping[tuple[int, int], int]) -> list[Part]:
    field = f"invoice_{invoice.id}"
    minor = check_amount(firm, amount, field=field)
    if invoice.payer_id != payer_id:
        raise NotAllowed(f"Invoice {invoice.number} belongs to another payer. Choose an invoice of this payer.", field=field)
    if invoice.voided_on is not None:
        raise NotAllowed(f"Invoice {invoice.number} is void and takes no payment. Choose another invoice.", field=field)
    places = [(matter_id, due) for (invoice_id, matter_id), due in owed.items() if invoice_id == invoice.id and due]
    due = Money(sum(due for _, due in places), firm.currency)
    if not due:
        raise NotAllowed(f"Invoice {invoice.number} is paid. Leave it empty.", field=field)
    if minor > due.minor:
        raise InvalidInput(f"Invoice {invoice.number} owes {due}. Enter that amount or less.", field=field)
    amounts = allocate(minor, [weight for _, weight in places])
    return [Part(invoice, matter_id, part) for (matter_id, _), part in zip(places, amounts, strict=True) if part]


def entries_of(parts: list[Part], *, payment_id: int, payer_id: int, on: date) -> list[NewEntry]:
    """One entry for each matter of each invoice; never before the invoice was issued."""
    return [
        NewEntry(
            "payment.applied",
            max(on, part.invoice.issued_on),
            journal.payment_applied(amount_minor=part.amount_minor, payer_id=payer_id, matter_id=part.matter_id),
            ("payment", payment_id),
        )
        for part in parts
    ]


def allocations_of(parts: list[Part], entry_ids: list[int], *, payment_id: int, on: date) -> list[NewAllocation]:
    """The rows that go with `entries_of`."""
    return [
        NewAllocation(payment_id, part.invoice.id, part.matter_id, part.amount_minor, max(on, part.invoice.issued_on), entry_id)
        for part, entry_id in zip(parts, entry_ids, strict=True)
    ]
