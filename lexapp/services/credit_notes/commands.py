"""Credit an invoice, or void a credit note."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, enqueue, lock_invoices, open_amounts, record_command, reverse, succeed
from lexapp.books.money_moves import firm_of
from lexapp.books.payments import NewAllocation, add_allocations
from lexapp.books.records import of_firm
from lexapp.database import today_in, transaction
from lexapp.domain.credit_notes import Credit
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Allocation, CreditNote, Firm, Invoice
from lexapp.queries.credit_notes import ToCredit, to_credit
from lexapp.services.credit_notes.writing import NewNote, write_note


def credit_invoice(
    session: Session,
    *,
    actor: Actor,
    invoice_id: int,
    reason: str,
    credited_on: date,
    lines: Mapping[int, Money] | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> CreditNote:
    """Take amounts of lines (line id -> amount as the invoice shows it) and the tax on them off an invoice; without `lines` all that is
    open.

    At most what is open: what was paid is taken off first. Refusals name the fields `credited_on`, `reason`, `lines` or `line_<id>`.
    """
    actor.require("invoice.void")
    wanted = None if lines is None else {str(id_): amount for id_, amount in lines.items()}
    inputs = {"invoice_id": invoice_id, "reason": reason, "credited_on": credited_on, "lines": wanted}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="invoice.credit", inputs=inputs, key=key, now=now)
        invoice = lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[invoice_id])[invoice_id]
        if command.result is not None:
            return session.get_one(CreditNote, command.result["credit_note_id"])
        firm = firm_of(session, command)
        open_minor = sum(open_amounts(session, firm_id=firm.id, invoice_ids=[invoice.id]).values())
        _check(session, command, firm, invoice, open_minor, reason, credited_on)
        found = to_credit(session, invoice=invoice)
        credit = _worked_out(firm, invoice, found, lines, open_minor)
        note_id = write_note(session, command, firm, NewNote(invoice, credit, found, reason.strip(), credited_on, open_minor))
        payload = {"note_id": note_id, "invoice_id": invoice.id}
        enqueue(session, command, kind="credit_note.document", dedupe_key=f"credit_note.document:{note_id}", payload=payload)
        succeed(session, command, credit_note_id=note_id)
    return session.get_one(CreditNote, note_id)


def _check(session: Session, command: CommandRecord, firm: Firm, invoice: Invoice, open_minor: int, reason: str, credited_on: date) -> None:
    if invoice.voided_on is not None:
        raise NotAllowed(f"{invoice.number} is void. There is nothing to credit.")
    if not open_minor:
        sentence = f"Nothing is open on {invoice.number}. Take a payment off it first: that money is then the payer’s credit,"
        raise NotAllowed(f"{sentence} to be applied to another invoice or given back.", code="invoice_is_paid")
    if not reason.strip():
        raise InvalidInput("Say why it is credited. The reason is printed on the note.", field="reason")
    today = today_in(firm.time_zone, command.at)
    if credited_on > today:
        raise InvalidInput(f"A credit note is dated today or earlier. Choose a date up to {day_text(today)}.", field="credited_on")
    if credited_on < invoice.issued_on:
        sentence = f"{invoice.number} was issued on {day_text(invoice.issued_on)}. Choose that day or later."
        raise InvalidInput(sentence, field="credited_on")
    _check_movements(session, invoice, credited_on)


def _check_movements(session: Session, invoice: Invoice, credited_on: date) -> None:
    """What was open then must have held the credit on every later day: nothing was taken off the invoice after it."""
    mine = (Allocation.firm_id == invoice.firm_id, Allocation.invoice_id == invoice.id, Allocation.reverses_id.is_not(None))
    taken_off = session.scalar(select(func.max(Allocation.effective_on)).where(*mine))
    if taken_off is not None and credited_on < taken_off:
        sentence = f"Something was taken off {invoice.number} on {day_text(taken_off)}. Choose that day or later."
        raise InvalidInput(sentence, field="credited_on")


def _worked_out(firm: Firm, invoice: Invoice, found: ToCredit, lines: Mapping[int, Money] | None, open_minor: int) -> Credit:
    if lines is None:
        return found.creditable.credit_total(open_minor)
    for id_, amount in lines.items():
        if amount.currency != firm.currency:
            raise InvalidInput(f"Amounts are in {firm.currency}.", field=f"line_{id_}")
    credit = found.creditable.credit_lines({id_: amount.minor for id_, amount in lines.items()})
    if not credit.total_minor:
        raise InvalidInput("Enter an amount beside at least one line.", field="lines")
    if credit.total_minor > open_minor:
        comes_to, owed = Money(credit.total_minor, firm.currency), Money(open_minor, firm.currency)
        with_tax = " with its tax" if credit.charges.tax_minor else ""
        sentence = f"This comes to {comes_to}{with_tax}, and {owed} is open on {invoice.number}. Credit no more than that,"
        raise InvalidInput(f"{sentence} or take a payment off the invoice first.", field="lines")
    return credit


def void_credit_note(
    session: Session, *, actor: Actor, note_id: int, reason: str, key: str | None = None, now: datetime | None = None
) -> CreditNote:
    """Take a credit note back that was a mistake: the invoice owes again what it credited. Its number stays used.

    The journal entry is reversed as of today.
    """
    actor.require("invoice.void")
    inputs = {"note_id": note_id, "reason": reason}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="credit_note.void", inputs=inputs, key=key, now=now)
        note = of_firm(session, CreditNote, note_id, firm_id=actor.firm_id, noun="credit note")
        lock_invoices(session, firm_id=actor.firm_id, invoice_ids=[note.invoice_id])
        session.refresh(note)
        if command.result is not None:
            return note
        if note.voided_on is not None:
            raise NotAllowed(f"{note.number} is void already. There is nothing left to do.")
        if not reason.strip():
            raise InvalidInput("Say why the credit note is voided. The reason stays with it.", field="reason")
        _take_back(session, command, note, reason.strip())
        succeed(session, command, credit_note_id=note.id)
    return note


def _take_back(session: Session, command: CommandRecord, note: CreditNote, reason: str) -> None:
    on = max(today_in(firm_of(session, command).time_zone, command.at), note.credited_on)
    entry_id = reverse(session, command, journal_entry_id=note.journal_entry_id, effective_on=on)
    mine = (Allocation.firm_id == note.firm_id, Allocation.credit_note_id == note.id, Allocation.reverses_id.is_(None))
    settled_id = session.scalars(select(Allocation.id).where(*mine)).one()
    taken = -note.total_minor
    negative = NewAllocation(None, note.invoice_id, note.matter_id, taken, on, entry_id, settled_id, credit_note_id=note.id)
    add_allocations(session, command, [negative])
    note.voided_on, note.voided_at, note.void_reason = on, command.at, reason
    session.flush()
    after = {"number": note.number, "reason": reason, "amount_minor": note.total_minor}
    audit(session, command, action="credit_note.voided", subject_kind="invoice", subject_id=note.invoice_id, after=after)
