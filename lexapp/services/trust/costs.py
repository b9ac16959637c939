"""A hard cost that the client's trust money pays: the money goes to who is owed, and nothing of it is billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit
from lexapp.books.changes import lock_shown
from lexapp.books.expense_entries import Expense, expense_terms
from lexapp.books.expense_postings import facts_of, post_expense, unpost_expense
from lexapp.books.taken_entries import refuse_taken
from lexapp.domain import ledger as journal
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.expenses import BILLED_STATES
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import TrustAction, check_action, check_payee
from lexapp.models import ExpenseEntry, PreBillLine, TrustTransaction
from lexapp.services.trust.desk import METHODS_OUT, NewMovement, TrustCall, check_method, open_desk, trust_command, write_movement


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPayment:
    """How a cost is paid from trust. `authority` names what the client agreed to: the letter and its clause."""

    trust_ledger_id: int
    effective_on: date
    payee: str
    method: str
    authority: str
    reference: str = ""


def pay_cost_from_trust(
    session: Session,
    *,
    actor: Actor,
    entry_id: int,
    version: int,
    payment: CostPayment,
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Pay what a hard cost had cost out of its matter's trust ledger. The firm then owes nobody for it, and bills nothing of it.

    Raises InsufficientTrustFunds, InvalidInput, NotAllowed: for a cost on a pre-bill, one that waits, one that was paid so already.
    """
    inputs: dict[str, object] = {"entry_id": entry_id, "version": version, "trust_ledger_id": payment.trust_ledger_id}
    inputs |= {"effective_on": payment.effective_on, "payee": payment.payee, "method": payment.method}
    inputs |= {"authority": payment.authority, "reference": payment.reference}
    call = TrustCall(actor, "trust.disburse", "trust.pay_cost", inputs, key, now)
    return trust_command(session, call, lambda command: _pay(session, command, entry_id, version, payment))


def _pay(session: Session, command: CommandRecord, entry_id: int, version: int, payment: CostPayment) -> int:
    entry = lock_shown(session, ExpenseEntry, firm_id=command.actor.firm_id, record_id=entry_id, noun="expense", version=version)
    _check(session, entry, payment)
    desk = open_desk(session, command, payment.trust_ledger_id)
    if desk.facts.matter_id != entry.matter_id:
        raise InvalidInput("Choose a trust ledger of the expense’s own matter.", field="trust_ledger_id")
    check_action(desk.facts.kind, TrustAction.DISBURSE)
    payee = check_payee(payment.payee, firm_name=desk.firm.name)
    check_method(payment.method, METHODS_OUT)
    desk.check(-entry.cost_minor, payment.effective_on)
    before = facts_of(entry)
    unpost_expense(session, command, entry, before)
    new = NewMovement(
        "disbursement", -entry.cost_minor, payment.effective_on, None, payee, payment.method, payment.reference,
        entry.description[:255], payment.authority,
    )  # fmt: skip
    postings = journal.trust_disbursed(amount_minor=entry.cost_minor, ledger=desk.key)
    id_ = write_movement(session, command, desk, "trust.disbursed", postings, new)
    _note(session, command, entry, id_, "expense.paid_from_trust", before)
    return id_


def _check(session: Session, entry: ExpenseEntry, payment: CostPayment) -> None:
    if entry.trust_transaction_id is not None:
        raise NotAllowed("The client’s trust money paid this expense already.", code="expense_paid_from_trust")
    if entry.discarded_at is not None or entry.kind != "hard" or entry.cost_minor <= 0:
        raise NotAllowed("Only what is owed to somebody else is paid from trust. This is an own cost, or was free.")
    if entry.approval not in [state.value for state in BILLED_STATES]:
        raise NotAllowed("This expense waits for its approval. Have it approved first.", code="expense_waits")
    if entry.needs_receipt and entry.receipt_id is None:
        raise NotAllowed("Its receipt is missing. Add a photograph or a PDF of it first.", code="receipt_missing")
    if not payment.authority.strip():
        raise InvalidInput("Write where the client agreed to it, such as: engagement letter of Oct 1, clause 4.", field="authority")
    refuse_taken(session, firm_id=entry.firm_id, column=PreBillLine.expense_entry_id, entry_id=entry.id)


def lock_paid_cost(session: Session, command: CommandRecord, movement_id: int) -> ExpenseEntry | None:
    """The expense that a movement paid, locked: before balances are."""
    paid = (ExpenseEntry.firm_id == command.actor.firm_id, ExpenseEntry.trust_transaction_id == movement_id)
    return session.scalars(select(ExpenseEntry).where(*paid).with_for_update(key_share=True)).one_or_none()


def reopen_cost(session: Session, command: CommandRecord, entry: ExpenseEntry) -> None:
    """The payment was reversed: the firm owes the expense again, and may bill it."""
    _note(session, command, entry, None, "expense.payment_from_trust_reversed", facts_of(entry))
    terms = expense_terms(session, entry.firm_id, [Expense(entry.matter_id, entry.incurred_on, entry.unit_minor)])
    post_expense(session, command, terms, entry)


def _note(
    session: Session, command: CommandRecord, entry: ExpenseEntry, movement_id: int | None, action: str, before: dict[str, object]
) -> None:
    entry.trust_transaction_id, entry.updated_at = movement_id, command.at
    entry.version += 1
    session.flush()
    audit(session, command, action=action, subject_kind="expense_entry", subject_id=entry.id, before=before, after=facts_of(entry))
