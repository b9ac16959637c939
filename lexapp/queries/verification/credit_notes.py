"""Credit notes: what they credit of each line, their snapshots, their journal entries and what they settle of their invoices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.snapshots.credit_notes import CreditNoteSnapshot
from lexapp.models import Account, Allocation, CreditNote, CreditNoteLine, JournalEntry, Posting, PreBillLine
from lexapp.queries.credited import credited_lines


def notes_tie(session: Session, firm_id: int) -> Iterator[str]:
    """Each note equals its lines, snapshot, journal entry and allocation; it is void where its entry is reversed, and nowhere else."""
    lines = _sums(session, select(CreditNoteLine.credit_note_id, func.sum(CreditNoteLine.amount_minor)), CreditNoteLine, firm_id)
    settled = _sums(session, select(Allocation.credit_note_id, func.sum(Allocation.amount_minor)), Allocation, firm_id)
    owed, tax = (_posted(session, firm_id, role) for role in ("receivable", "tax_payable"))
    undone = set(session.scalars(select(JournalEntry.reverses_id).where(JournalEntry.firm_id == firm_id)))
    for note in session.scalars(select(CreditNote).where(CreditNote.firm_id == firm_id).order_by(CreditNote.id)):
        name, is_void = f"Credit note {note.number}", note.voided_on is not None
        if -owed.get(note.journal_entry_id, 0) != note.total_minor or tax.get(note.journal_entry_id, 0) != note.tax_minor:
            yield f"{name} is {note.total_minor} with {note.tax_minor} of tax, its journal entry says otherwise."
        if settled.get(note.id, 0) != (0 if is_void else note.total_minor):
            yield f"{name} is {note.total_minor}{', void,' if is_void else ''} and settles {settled.get(note.id, 0)} of its invoice."
        if (note.journal_entry_id in undone) != is_void:
            yield f"{name}: being void and its journal entry being reversed must go together."
        yield from (f"{name}: {sentence}" for sentence in _snapshot(note, lines.get(note.id, 0)))


def _snapshot(note: CreditNote, lines_minor: int) -> Iterator[str]:
    if hashlib.sha256(note.data.encode()).hexdigest() != note.sha256:
        yield "the snapshot is not the one that was frozen."
        return
    frozen = CreditNoteSnapshot.from_json(json.loads(note.data))
    yield from frozen.differences()
    if (frozen.number, frozen.total_minor, frozen.issued_on) != (note.number, note.total_minor, note.credited_on):
        yield f"the snapshot says {frozen.number}, {frozen.total_minor} on {frozen.issued_on}."
    if sum(tax.amount_minor for tax in frozen.taxes) != note.tax_minor:
        yield f"the snapshot credits other tax than {note.tax_minor}."
    if sum(line.amount_minor for line in frozen.lines) != lines_minor:
        yield f"the snapshot credits other lines than {lines_minor}."


def lines_within(session: Session, firm_id: int) -> Iterator[str]:
    """No line is credited beyond what was charged, and a live note never stands on a line that was let go."""
    credited = credited_lines(firm_id)
    query = (
        select(PreBillLine.id, PreBillLine.amount_minor, PreBillLine.state, credited.c.credited)
        .join(credited, credited.c.line_id == PreBillLine.id)
        .where(PreBillLine.firm_id == firm_id)
        .order_by(PreBillLine.id)
    )
    for id_, minor, state, taken in session.execute(query):
        if taken > minor or state != "included":
            yield f"Pre-bill line {id_} ({state}) charges {minor}, and {taken} is credited of it."


def numbers_without_gap(session: Session, firm_id: int) -> Iterator[str]:
    query = select(CreditNote.series, func.count(CreditNote.id), func.max(CreditNote.series_number)).where(CreditNote.firm_id == firm_id)
    for series, count, highest in session.execute(query.group_by(CreditNote.series)):
        if count != highest:
            yield f"Credit note series {series} has {count} notes, numbered up to {highest}."


def _sums(session: Session, query: object, model: type[CreditNoteLine] | type[Allocation], firm_id: int) -> dict[int, int]:
    grouped = query.where(model.firm_id == firm_id, model.credit_note_id.is_not(None)).group_by(model.credit_note_id)  # type: ignore[attr-defined]
    return {id_: int(minor) for id_, minor in session.execute(grouped)}


def _posted(session: Session, firm_id: int, role: str) -> dict[int, int]:
    query = (
        select(Posting.journal_entry_id, func.sum(Posting.amount_minor))
        .join(Account, (Account.firm_id == firm_id) & (Account.id == Posting.account_id))
        .join(JournalEntry, (JournalEntry.firm_id == firm_id) & (JournalEntry.id == Posting.journal_entry_id))
        .where(Posting.firm_id == firm_id, Account.role == role, JournalEntry.event_code == "invoice.credited")
        .group_by(Posting.journal_entry_id)
    )
    return {id_: int(minor) for id_, minor in session.execute(query)}
