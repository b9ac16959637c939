"""A credit note written: numbered, frozen, booked, and settled on its invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, audit, next_number, post
from lexapp.books.payments import NewAllocation, add_allocations
from lexapp.database import reserve_ids
from lexapp.domain.credit_notes import Credit
from lexapp.domain.ledger import invoice_credited
from lexapp.domain.numbering import NumberPattern
from lexapp.domain.snapshots.credit_notes import CreditedLine, CreditedTax, CreditNoteSnapshot
from lexapp.models import Client, CreditNote, CreditNoteLine, Firm, Invoice, Matter
from lexapp.queries.credit_notes import ToCredit
from lexapp.queries.frozen_invoices import frozen_invoice
from lexapp.queries.letterheads import letterhead_of


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note to be: what is credited of which invoice, out of what could be, and what was open before."""

    invoice: Invoice
    credit: Credit
    found: ToCredit
    reason: str
    credited_on: date
    open_minor: int


def write_note(session: Session, command: CommandRecord, firm: Firm, new: NewNote) -> int:
    """Number, freeze, post and insert it; its id. Lock the invoice before."""
    pattern = NumberPattern.parse(firm.credit_note_number_pattern)
    series = pattern.series("credit_note", new.credited_on)
    series_number = next_number(session, firm_id=firm.id, series=series)
    number = pattern.text(series_number, new.credited_on)
    matter = session.get_one(Matter, _matter_id(session, new.invoice))
    (note_id,) = reserve_ids(session, CreditNote.__table__, 1)  # type: ignore[arg-type]
    snapshot = _freeze(session, firm, new, matter, number)
    entry_id = post(session, command, _entry(new, matter, note_id))
    row = {"id": note_id, "number": number, "series": series, "series_number": series_number, "matter_id": matter.id}
    row |= _row(command, new, snapshot) | {"journal_entry_id": entry_id}
    session.execute(insert(CreditNote), [row])
    _write_lines(session, firm.id, note_id, new.credit)
    minor = new.credit.total_minor
    settles = NewAllocation(None, new.invoice.id, matter.id, minor, new.credited_on, entry_id, credit_note_id=note_id)
    add_allocations(session, command, [settles])
    after = {"number": number, "amount_minor": new.credit.total_minor, "reason": new.reason, "credited_on": new.credited_on}
    audit(session, command, action="invoice.credited", subject_kind="invoice", subject_id=new.invoice.id, after=after)
    return note_id


def _matter_id(session: Session, invoice: Invoice) -> int:
    (part,) = session.get_one(Invoice, invoice.id).matters
    return part.matter_id


def _entry(new: NewNote, matter: Matter, note_id: int) -> NewEntry:
    credit = new.credit
    postings = invoice_credited(
        payer_id=new.invoice.payer_id,
        client_id=matter.client_id or 0,
        matter_id=matter.id,
        fees_minor=credit.charges.fees_minor,
        cost_income_minor=credit.cost_income_minor,
        written_down_minor=credit.written_down_minor,
        tax_minor=credit.charges.tax_minor,
    )
    return NewEntry("invoice.credited", new.credited_on, postings, ("credit_note", note_id))


def _row(command: CommandRecord, new: NewNote, snapshot: CreditNoteSnapshot) -> dict[str, object]:
    charges, text = new.credit.charges, snapshot.as_text()
    return {
        "firm_id": command.actor.firm_id,
        "invoice_id": new.invoice.id,
        "currency": new.invoice.currency,
        "credited_on": new.credited_on,
        "reason": new.reason,
        "fees_minor": charges.fees_minor,
        "costs_minor": charges.costs_minor,
        "written_down_minor": new.credit.written_down_minor,
        "tax_minor": charges.tax_minor,
        "total_minor": charges.total_minor,
        "data": text,
        "sha256": sha256(text.encode()).hexdigest(),
        "issued_at": command.at,
        "issued_by_user_id": command.actor.user_id,
    }


def _write_lines(session: Session, firm_id: int, note_id: int, credit: Credit) -> None:
    rows = [{"firm_id": firm_id, "credit_note_id": note_id, "pre_bill_line_id": id_, "amount_minor": minor} for id_, minor in credit.lines]
    if rows:
        session.execute(insert(CreditNoteLine), rows)


def _freeze(session: Session, firm: Firm, new: NewNote, matter: Matter, number: str) -> CreditNoteSnapshot:
    """As of now, in the hand of the invoice; the payer as the invoice names them."""
    invoice, frozen = new.invoice, frozen_invoice(session, firm_id=firm.id, invoice_id=new.invoice.id).snapshot
    snapshot = CreditNoteSnapshot(
        number=number,
        issued_on=new.credited_on,
        currency=invoice.currency,
        locale=frozen.locale,
        firm=letterhead_of(firm),
        payer=frozen.payer,
        client_name=session.get_one(Client, matter.client_id).name,
        matter=f"{matter.number} {matter.name}",
        invoice_number=invoice.number,
        invoice_issued_on=invoice.issued_on,
        invoice_total_minor=invoice.total_minor,
        reason=new.reason,
        lines=tuple(_lines(new)),
        taxes=tuple(_taxes(new)),
        total_minor=new.credit.total_minor,
        open_before_minor=new.open_minor,
        open_after_minor=new.open_minor - new.credit.total_minor,
        theme=frozen.theme,
        paper=frozen.paper,
        logo_hash=firm.logo_sha256,
    )
    snapshot.check()
    return snapshot


def _lines(new: NewNote) -> list[CreditedLine]:
    shown = {line.id: line for line in new.found.lines}
    return [CreditedLine(id_, shown[id_].on, shown[id_].text, shown[id_].billed_minor, minor) for id_, minor in new.credit.lines]


def _taxes(new: NewNote) -> list[CreditedTax]:
    numbers = {tax.name: tax.number for tax in new.found.taxes}
    pairs = zip(new.found.creditable.taxes, new.credit.taxes, strict=True)
    return [
        CreditedTax(tax.name, tax.on_expenses, tax.rate_millionths, minor, tax.is_included, numbers[tax.name])
        for tax, minor in pairs
        if minor
    ]
