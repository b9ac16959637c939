"""New expense entries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.expense_entries import Expense, check_expense, check_mark_up, check_matter_open, expense_columns, expense_terms
from lexapp.books.expense_postings import facts_of, post_expense
from lexapp.books.guidelines import require_expense_followed
from lexapp.books.time_locks import check_unlocked
from lexapp.books.vendors import vendors_paid
from lexapp.database import transaction
from lexapp.domain.permissions import Actor
from lexapp.models import ExpenseEntry
from lexapp.services.expense_entries.receipts import ReceiptFile, inputs_of, keep_receipt


def record_expense(
    session: Session,
    *,
    actor: Actor,
    expense: Expense,
    receipt: ReceiptFile | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> ExpenseEntry:
    """Record a cost on a matter. A hard cost is posted as owed to a third party (docs/ledger.md); a soft cost posts nothing.

    `receipt` is the picture of what was paid, which is in storage already.
    Raises InvalidInput beside a field of `Expense`, NotAllowed.
    """
    actor.require("expense.record")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="expense.record", inputs=inputs_of(expense, receipt), key=key, now=now)
        if command.result is not None:
            return session.get_one(ExpenseEntry, command.result["expense_entry_id"])
        terms = expense_terms(session, actor.firm_id, [expense])
        check_expense(terms, expense, now=command.at)
        check_mark_up(terms, expense)
        check_matter_open(terms, expense.matter_id)
        check_unlocked(session, command, terms.firm, [expense.incurred_on], field="incurred_on")
        paid = vendors_paid(session, command, [expense.vendor])[expense.vendor]
        entry = ExpenseEntry(firm_id=actor.firm_id, **expense_columns(terms, expense) | paid)
        entry.recorded_by_user_id, entry.created_at, entry.updated_at = actor.user_id, command.at, command.at
        keep_receipt(session, command, entry, receipt)
        session.add(entry)
        session.flush()
        require_expense_followed(session, entry)
        post_expense(session, command, terms, entry)
        after = facts_of(entry)
        audit(session, command, action="expense.recorded", subject_kind="expense_entry", subject_id=entry.id, after=after)
        succeed(session, command, expense_entry_id=entry.id)
    return entry
