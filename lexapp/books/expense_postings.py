"""The journal beside an expense entry: a hard cost is posted when recorded, and reversed before it is posted anew."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, post, reverse
from lexapp.books.expense_entries import HARD_RECORDED, ExpenseTerms, expense_postings
from lexapp.models import ExpenseEntry

POSTED = ("matter_id", "incurred_on", "cost_minor", "billing_status")


def facts_of(entry: ExpenseEntry) -> dict[str, object]:
    """What the audit trail keeps of an entry before and after a change."""
    names = (
        "matter_id timekeeper_id incurred_on kind code description vendor quantity_hundredths unit_minor amount_minor cost_minor "
        "billing_status journal_entry_id adjustment_minor unit_rate_name units_hundredths receipt_id "
        "category_id vendor_id mark_up_minor mark_up_term_id is_taxed needs_receipt approval trust_transaction_id"
    )
    return {name: getattr(entry, name) for name in names.split()}


def post_expense(session: Session, command: CommandRecord, terms: ExpenseTerms, entry: ExpenseEntry) -> None:
    """Post what the firm owes for the entry, on the day it was incurred, and let the entry point there: nothing, where trust money paid."""
    postings = expense_postings(terms, facts_of(entry)) if entry.trust_transaction_id is None else ()
    entry.journal_entry_id = None
    if postings:
        new = NewEntry(HARD_RECORDED, entry.incurred_on, postings, ("expense_entry", entry.id))
        entry.journal_entry_id = post(session, command, new)
    session.flush()


def unpost_expense(session: Session, command: CommandRecord, entry: ExpenseEntry, facts: dict[str, object]) -> None:
    """Reverse the entry's posting, on the day that it was posted for, so that no day shows a cost that never was."""
    if entry.journal_entry_id is not None:
        on = facts["incurred_on"]
        reverse(session, command, journal_entry_id=entry.journal_entry_id, effective_on=on)  # type: ignore[arg-type]
        entry.journal_entry_id = None
