"""Credit notes: what may still be credited of an invoice, and the notes that were issued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lexapp.domain.credit_notes import Creditable, CreditableLine, CreditableTax
from lexapp.domain.errors import InvariantBroken, NotFound
from lexapp.domain.snapshots import TaxLine
from lexapp.domain.snapshots.credit_notes import CreditNoteSnapshot
from lexapp.models import CreditNote, CreditNoteLine, Invoice, OutboxMessage, PreBillLine, SentMail, StoredDocument
from lexapp.queries.frozen_invoices import frozen_invoice

KIND = "credit_note_pdf"


@dataclass(frozen=True, slots=True)
class LineToCredit:
    """A line of an invoice with what was billed, and what live notes credit of it; minor units."""

    id: int
    kind: str
    on: date
    text: str
    billed_minor: int
    credited_minor: int

    @property
    def left_minor(self) -> int:
        return self.billed_minor - self.credited_minor


@dataclass(frozen=True, slots=True)
class ToCredit:
    """What of an invoice may be credited: its lines in words, the same for the domain, and the taxes as the invoice prints them."""

    lines: Sequence[LineToCredit]
    creditable: Creditable
    taxes: Sequence[TaxLine]


@dataclass(frozen=True, slots=True)
class FrozenNote:
    """A credit note with its snapshot, checked against its hash."""

    note: CreditNote
    snapshot: CreditNoteSnapshot


def live_notes(session: Session, *, firm_id: int, invoice_id: int) -> list[FrozenNote]:
    """The notes of an invoice that were not voided, the oldest first."""
    return [one for one in notes_of(session, firm_id=firm_id, invoice_id=invoice_id) if one.note.voided_on is None]


def notes_of(session: Session, *, firm_id: int, invoice_id: int) -> list[FrozenNote]:
    """Every note of an invoice, the oldest first. One query."""
    query = select(CreditNote).where(CreditNote.firm_id == firm_id, CreditNote.invoice_id == invoice_id).order_by(CreditNote.id)
    return [thawed(note) for note in session.scalars(query.execution_options(populate_existing=True))]


def frozen_note(session: Session, *, firm_id: int, note_id: int) -> FrozenNote:
    """The note as issued. Raises NotFound, or InvariantBroken when the snapshot is not the one that was frozen."""
    note = session.scalars(select(CreditNote).where(CreditNote.firm_id == firm_id, CreditNote.id == note_id)).one_or_none()
    if note is None:
        raise NotFound("There is no such credit note.")
    return thawed(note)


def thawed(note: CreditNote) -> FrozenNote:
    """A note with its snapshot. Raises InvariantBroken when that is not the one that was frozen."""
    if hashlib.sha256(note.data.encode()).hexdigest() != note.sha256:
        raise InvariantBroken(f"The snapshot of credit note {note.number} is not the one that was frozen.")
    return FrozenNote(note, CreditNoteSnapshot.from_json(json.loads(note.data)))


def to_credit(session: Session, *, invoice: Invoice) -> ToCredit:
    """What may still be credited of an issued invoice. Four queries."""
    notes = live_notes(session, firm_id=invoice.firm_id, invoice_id=invoice.id)
    taxes = frozen_invoice(session, firm_id=invoice.firm_id, invoice_id=invoice.id).snapshot.matters[0].taxes
    credited = _credited_by_line(session, invoice)
    line = PreBillLine
    query = (
        select(line.id, line.kind, line.dated_on, line.narrative, line.amount_minor, line.is_taxed, line.cost_minor)
        .where(line.firm_id == invoice.firm_id, line.pre_bill_id == invoice.pre_bill_id)
        .where(line.state == "included", line.amount_minor > 0)
        .order_by(line.position)
    )
    rows = session.execute(query).all()
    shown = [LineToCredit(id_, kind, on, text, minor, credited.get(id_, 0)) for id_, kind, on, text, minor, *_ in rows]
    lines = tuple(
        CreditableLine(id_, kind == "expense", minor, credited.get(id_, 0), is_taxed or kind != "expense", cost)
        for id_, kind, _, _, minor, is_taxed, cost in rows
    )
    return ToCredit(shown, Creditable(lines, tuple(_creditable(taxes, notes))), taxes)


def _credited_by_line(session: Session, invoice: Invoice) -> dict[int, int]:
    of_note = and_(CreditNote.firm_id == CreditNoteLine.firm_id, CreditNote.id == CreditNoteLine.credit_note_id)
    query = (
        select(CreditNoteLine.pre_bill_line_id, func.sum(CreditNoteLine.amount_minor))
        .join(CreditNote, of_note)
        .where(CreditNote.firm_id == invoice.firm_id, CreditNote.invoice_id == invoice.id, CreditNote.voided_on.is_(None))
        .group_by(CreditNoteLine.pre_bill_line_id)
    )
    return {id_: int(minor) for id_, minor in session.execute(query)}


def _creditable(taxes: Iterable[TaxLine], notes: Sequence[FrozenNote]) -> Iterable[CreditableTax]:
    """Each tax of the invoice on its fees, then on its expenses, with what the notes took back of it."""
    for tax in taxes:
        for on_expenses, minor in ((False, tax.amount_minor - tax.on_expenses_minor), (True, tax.on_expenses_minor)):
            taken = sum(
                part.amount_minor
                for one in notes
                for part in one.snapshot.taxes
                if (part.name, part.on_expenses) == (tax.name, on_expenses)
            )
            yield CreditableTax(tax.name, on_expenses, minor, taken, tax.is_included, tax.rate_millionths)


def stored_note(session: Session, *, firm_id: int, note_id: int) -> StoredDocument | None:
    """The note's PDF, if it was made already."""
    named = {"firm_id": firm_id, "kind": KIND, "subject_kind": "credit_note", "subject_id": note_id}
    return session.scalars(select(StoredDocument).filter_by(**named)).one_or_none()


@dataclass(frozen=True, slots=True)
class NoteState:
    """Where a note's PDF and mails stand: `document` once it is made, `is_wanted` while somebody waits, `problem` where it failed."""

    document: StoredDocument | None
    is_wanted: bool
    problem: str
    sent: Sequence[tuple[str, datetime | None]]


def note_state(session: Session, *, firm_id: int, note_id: int) -> NoteState:
    """What the page of the note says of its document."""
    key = OutboxMessage.dedupe_key
    asked = (key == f"credit_note.document:{note_id}") | key.startswith(f"credit_note.mail:{note_id}:", autoescape=True)
    unfinished = select(OutboxMessage.state, OutboxMessage.last_error).where(OutboxMessage.firm_id == firm_id, asked)
    waiting = session.execute(unfinished.where(OutboxMessage.state != "done").order_by(OutboxMessage.id)).all()
    mine = (SentMail.firm_id == firm_id, SentMail.subject_kind == "credit_note", SentMail.subject_id == note_id)
    sent = session.execute(select(SentMail.recipient, SentMail.sent_at).where(*mine).order_by(SentMail.id))
    problem = next((error for state, error in waiting if state == "dead"), "")
    is_wanted = any(state != "dead" for state, _ in waiting)
    document = stored_note(session, firm_id=firm_id, note_id=note_id)
    return NoteState(document, is_wanted, problem, [(to, at) for to, at in sent])
