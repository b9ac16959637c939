"""Changes of unbilled expense entries: what was posted is reversed, and posted anew where the money moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.expense_entries import Expense, check_expense, check_mark_up, check_matter_open, expense_columns, expense_terms
from lexapp.books.expense_postings import POSTED, facts_of, post_expense, unpost_expense
from lexapp.books.guidelines import require_expense_followed, written_expense
from lexapp.books.kept_entries import EntryKind, keep_or_not
from lexapp.books.taken_entries import refuse_taken
from lexapp.books.time_locks import check_unlocked
from lexapp.books.vendors import vendors_paid
from lexapp.database import transaction
from lexapp.domain.errors import Conflict, NotAllowed, NotFound
from lexapp.domain.expenses import Approval, approval_after
from lexapp.domain.permissions import Actor
from lexapp.domain.pricing import reduction_within
from lexapp.models import ExpenseEntry, PreBillLine
from lexapp.services.expense_entries.receipts import ReceiptFile, inputs_of, keep_receipt

APPROVED_FACTS = ("matter_id", "category_id", "vendor_id", "cost_minor", "quantity_hundredths", "unit_minor", "kind")
# An entry that was taken over above what is agreed keeps its price as long as these stay.
PRICED_FACTS = ("quantity_hundredths", "unit_minor", "cost_minor", "matter_id", "category_id", "incurred_on", "billing_status")
STALE = "Somebody changed this expense after you opened it. Look at it as it is now, then make your change again."


def edit_expense(
    session: Session,
    *,
    actor: Actor,
    entry_id: int,
    version: int,
    expense: Expense,
    receipt: ReceiptFile | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> ExpenseEntry:
    """Change an unbilled expense; `version` is the one that was shown. Without a new `receipt` it keeps the one it has.

    Raises Conflict, InvalidInput, NotAllowed, NotFound.
    """
    actor.require("expense.record")
    inputs = {**inputs_of(expense, receipt), "entry_id": entry_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="expense.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(ExpenseEntry, entry_id)
        paid = vendors_paid(session, command, [expense.vendor])[expense.vendor]  # before the entry, as mergers lock them
        entry = _lock(session, actor, entry_id)
        if entry.discarded_at is not None or entry.version != version:
            raise Conflict(STALE)
        refuse_paid(entry)
        refuse_taken(session, firm_id=actor.firm_id, column=PreBillLine.expense_entry_id, entry_id=entry.id)
        keep_receipt(session, command, entry, receipt)
        before = written_expense(entry) if entry.matter_id == expense.matter_id else None
        _revise(session, command, entry, expense, paid)
        require_expense_followed(session, entry, before=before)
        succeed(session, command, expense_entry_id=entry.id)
    return entry


def discard_expense(
    session: Session, *, actor: Actor, entry_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> ExpenseEntry:
    """Take an unbilled expense out of lists, bills and books (its posting is reversed). `restore_expense` brings it back."""
    return _keep(session, actor, entry_id, version, keep=False, key=key, now=now)


def restore_expense(
    session: Session, *, actor: Actor, entry_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> ExpenseEntry:
    """Bring a discarded expense back; a hard cost is posted anew. Refused where its matter was closed since."""
    return _keep(session, actor, entry_id, version, keep=True, key=key, now=now)


def _lock(session: Session, actor: Actor, entry_id: int) -> ExpenseEntry:
    query = select(ExpenseEntry).where(ExpenseEntry.firm_id == actor.firm_id, ExpenseEntry.id == entry_id).with_for_update()
    entry = session.scalars(query).one_or_none()
    if entry is None or not _may_see(actor, entry):
        raise NotFound("There is no such expense.")
    return entry


def _may_see(actor: Actor, entry: ExpenseEntry) -> bool:
    mine = entry.recorded_by_user_id == actor.user_id or (entry.timekeeper_id is not None and entry.timekeeper_id == actor.timekeeper_id)
    return mine or actor.may("time.view_all")


def _revise(session: Session, command: CommandRecord, entry: ExpenseEntry, expense: Expense, paid: dict[str, Any]) -> None:
    before = facts_of(entry)
    terms = expense_terms(session, entry.firm_id, [expense], entry=entry)
    check_expense(terms, expense, now=command.at)
    check_unlocked(session, command, terms.firm, [entry.incurred_on, expense.incurred_on], field="incurred_on")
    if expense.matter_id != entry.matter_id:
        check_matter_open(terms, expense.matter_id)
    if any(getattr(entry, name) != getattr(expense, name) for name in PRICED_FACTS):
        check_mark_up(terms, expense)
    columns = {**expense_columns(terms, expense), **paid}
    columns["approval"] = _approval(entry, columns)
    moves_money = any(columns[name] != before[name] for name in POSTED)
    if moves_money:
        unpost_expense(session, command, entry, before)
    for name, value in columns.items():
        setattr(entry, name, value)
    entry.adjustment_minor = reduction_within(entry.adjustment_minor, entry.amount_minor)
    entry.version += 1
    entry.updated_at = command.at
    session.flush()
    if moves_money:
        post_expense(session, command, terms, entry)
    after = facts_of(entry)
    audit(session, command, action="expense.edited", subject_kind="expense_entry", subject_id=entry.id, before=before, after=after)


def _approval(entry: ExpenseEntry, columns: dict[str, object]) -> str:
    """What was approved stays so as long as who was paid how much for what is the same."""
    same = all(getattr(entry, name) == columns[name] for name in APPROVED_FACTS)
    return approval_after(columns["approval"] != Approval.NOT_NEEDED, Approval(entry.approval), same=same).value


def refuse_paid(entry: ExpenseEntry) -> None:
    """Refuse to change what trust money paid."""
    if entry.trust_transaction_id is not None:
        sentence = "The client’s trust money paid this expense, so it stays as it is. Reverse the payment in the trust ledger first."
        raise NotAllowed(sentence, code="expense_paid_from_trust")


def _keep(
    session: Session, actor: Actor, entry_id: int, version: int, *, keep: bool, key: str | None, now: datetime | None
) -> ExpenseEntry:
    actor.require("expense.record")
    name, inputs = "expense.restore" if keep else "expense.discard", {"entry_id": entry_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=name, inputs=inputs, key=key, now=now)
        entry = _lock(session, actor, entry_id)
        refuse_paid(entry)
        keep_or_not(session, command, _EXPENSES, entry, version=version, keep=keep)
        succeed(session, command, expense_entry_id=entry.id)
    return entry


def _settle(session: Session, command: CommandRecord, entry: ExpenseEntry, keep: bool) -> None:
    terms = expense_terms(session, entry.firm_id, [Expense(entry.matter_id, entry.incurred_on, entry.unit_minor)])
    check_unlocked(session, command, terms.firm, [entry.incurred_on], field="incurred_on")
    if keep:
        check_matter_open(terms, entry.matter_id)
        post_expense(session, command, terms, entry)
    else:
        unpost_expense(session, command, entry, facts_of(entry))
        session.flush()


_EXPENSES = EntryKind("expense", "expense_entry", PreBillLine.expense_entry_id, facts_of, _settle)
