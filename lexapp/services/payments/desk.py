"""What every payment command needs: locks, dates, and the split of what is applied over an invoice's matters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from lexapp.models import Client, Firm, Invoice, Matter, Payment

METHODS = ("cheque", "transfer", "cash", "card")


@dataclass(frozen=True, slots=True)
class Part:
    """An amount for one matter of one invoice: money, or what is kept for paying the rest early."""

    invoice: Invoice
    matter_id: int
    amount_minor: int
    is_discount: bool = False


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


def parts_of(
    session: Session,
    firm: Firm,
    *,
    payer_id: int,
    wanted: Mapping[int, Money],
    left_minor: int,
    received_on: date,
    early: Collection[int] = (),
) -> list[Part]:
    """Lock the invoices and split what each gets over its matters, by largest remainder of what they owe.

    `wanted` is invoice id -> amount, `left_minor` what the payment has to give; of the invoices `early` the discount for paying early is
    kept. Refusals name the field `invoice_<id>`.
    """
    invoices = lock_invoices(session, firm_id=firm.id, invoice_ids=wanted)
    if not set(early) <= set(wanted):
        raise InvalidInput("Enter what was paid of the invoice beside its discount.", field="allocations")
    owed = open_amounts(session, firm_id=firm.id, invoice_ids=wanted)
    places = {id_: [(matter, due) for (invoice_id, matter), due in owed.items() if invoice_id == id_ and due] for id_ in invoices}
    parts: list[Part] = []
    for id_, invoice in invoices.items():
        minor = _check_share(firm, invoice, payer_id, wanted[id_], sum(due for _, due in places[id_]))
        kept = keep_early(firm, invoice, places[id_], minor, received_on) if id_ in early else []
        parts += _split(invoice, places[id_], minor, kept)
    total = sum(part.amount_minor for part in parts if not part.is_discount)
    if total > left_minor:
        over, left = Money(total - left_minor, firm.currency), Money(left_minor, firm.currency)
        raise InvalidInput(f"This applies {over} more than the {left} that are there. Lower one of the amounts.", field="allocations")
    return parts


def _check_share(firm: Firm, invoice: Invoice, payer_id: int, amount: Money, due_minor: int) -> int:
    """What an invoice gets, in minor units. Refuses what it cannot take."""
    field = f"invoice_{invoice.id}"
    minor = check_amount(firm, amount, field=field)
    if invoice.payer_id != payer_id:
        raise NotAllowed(f"Invoice {invoice.number} belongs to another payer. Choose an invoice of this payer.", field=field)
    if invoice.voided_on is not None:
        raise NotAllowed(f"Invoice {invoice.number} is void and takes no payment. Choose another invoice.", field=field)
    if not due_minor:
        raise NotAllowed(f"Invoice {invoice.number} is paid. Leave it empty.", field=field)
    if minor > due_minor:
        raise InvalidInput(f"Invoice {invoice.number} owes {Money(due_minor, firm.currency)}. Enter that amount or less.", field=field)
    return minor


def _split(invoice: Invoice, places: Sequence[tuple[int, int]], minor: int, kept: Sequence[int]) -> list[Part]:
    """Money over what each matter owes; where a discount is kept, what that leaves of each."""
    amounts = [due - part for (_, due), part in zip(places, kept, strict=True)] if kept else allocate(minor, [due for _, due in places])
    money = [Part(invoice, matter_id, part) for (matter_id, _), part in zip(places, amounts, strict=True) if part]
    return money + [Part(invoice, matter_id, part, is_discount=True) for (matter_id, _), part in zip(places, kept, strict=False) if part]


def keep_early(firm: Firm, invoice: Invoice, places: Sequence[tuple[int, int]], minor: int, received_on: date) -> list[int]:
    """What of the discount for early payment falls on each place, in proportion to what it owes.

    Refused where none is offered, the day is over, part of the invoice is paid already, or the money is not all of the rest.
    """
    field, until_on = f"invoice_{invoice.id}", invoice.early_discount_until_on
    if until_on is None:
        raise NotAllowed(f"Invoice {invoice.number} has no discount for early payment. Take the tick off.", field=field)
    if received_on > until_on:
        raise NotAllowed(f"The discount was for money that came through {day_text(until_on)}. Take the tick off.", field=field)
    if sum(due for _, due in places) != invoice.total_minor:
        sentence = f"Part of invoice {invoice.number} is paid or credited already. The discount is for paying it whole: take the tick off."
        raise NotAllowed(sentence, field=field)
    rest = invoice.total_minor - invoice.early_discount_minor
    if minor != rest:
        takes = f"With the discount, invoice {invoice.number} takes {Money(rest, firm.currency)}."
        sentence = f"{takes} Enter that amount, or take the tick off."
        raise InvalidInput(sentence, field=field)
    return allocate(invoice.early_discount_minor, [due for _, due in places])


def entries_of(session: Session, parts: list[Part], *, payment_id: int, payer_id: int, on: date) -> list[NewEntry]:
    """One entry for each matter of each invoice; never before the invoice was issued."""
    clients = _clients_of(session, parts)
    found = []
    for part in parts:
        legs = {"amount_minor": part.amount_minor, "payer_id": payer_id, "matter_id": part.matter_id}
        if part.is_discount:
            code, postings = "payment.discounted", journal.payment_discounted(**legs, client_id=clients[part.matter_id])
        else:
            code, postings = "payment.applied", journal.payment_applied(**legs)
        found.append(NewEntry(code, max(on, part.invoice.issued_on), postings, ("payment", payment_id)))
    return found


def _clients_of(session: Session, parts: list[Part]) -> dict[int, int]:
    """Matter of a discount -> the client whose it is."""
    given = [part for part in parts if part.is_discount]
    if not given:
        return {}
    mine = (Matter.firm_id == given[0].invoice.firm_id, Matter.id.in_({part.matter_id for part in given}))
    return {id_: client_id or 0 for id_, client_id in session.execute(select(Matter.id, Matter.client_id).where(*mine))}


def allocations_of(parts: list[Part], entry_ids: list[int], *, payment_id: int, on: date) -> list[NewAllocation]:
    """The rows that go with `entries_of`."""
    return [
        NewAllocation(
            payment_id,
            part.invoice.id,
            part.matter_id,
            part.amount_minor,
            max(on, part.invoice.issued_on),
            entry_id,
            is_discount=part.is_discount,
        )
        for part, entry_id in zip(parts, entry_ids, strict=True)
    ]
