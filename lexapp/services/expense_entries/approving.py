"""Approving an expense, or declining it with a reason: by somebody else than who recorded it, where there is somebody else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.changes import lock_shown
from lexapp.books.taken_entries import refuse_taken
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotAllowed
from lexapp.domain.expenses import Approval
from lexapp.domain.permissions import ROLE_PERMISSIONS, Actor
from lexapp.models import ExpenseEntry, Membership, PreBillLine

PERMISSION = "expense.approve"
LONGEST_REASON = 200


def approve_expense(
    session: Session, *, actor: Actor, entry_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> ExpenseEntry:
    """Let a waiting expense be billed, or one that was declined. Raises Conflict, NotAllowed: also without the receipt that it needs."""
    return _decide(session, actor, entry_id, version, Approval.APPROVED, "", key, now)


def decline_expense(
    session: Session, *, actor: Actor, entry_id: int, version: int, reason: str, key: str | None = None, now: datetime | None = None
) -> ExpenseEntry:
    """Keep an expense off pre-bills, and say why. Whoever recorded it changes it, and it waits again; or discards it."""
    reason = reason.strip()
    if not reason:
        raise InvalidInput("Write why, so that it can be put right.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Write at most {LONGEST_REASON} characters.", field="reason")
    return _decide(session, actor, entry_id, version, Approval.DECLINED, reason, key, now)


def _decide(
    session: Session, actor: Actor, entry_id: int, version: int, to: Approval, reason: str, key: str | None, now: datetime | None
) -> ExpenseEntry:
    actor.require(PERMISSION)
    inputs = {"entry_id": entry_id, "version": version, "reason": reason}
    name = "expense.approve" if to is Approval.APPROVED else "expense.decline"
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=name, inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(ExpenseEntry, entry_id)
        entry = lock_shown(session, ExpenseEntry, firm_id=actor.firm_id, record_id=entry_id, noun="expense", version=version)
        _check(session, actor, entry, to)
        before = {"approval": entry.approval, "decision_reason": entry.decision_reason}
        entry.approval, entry.decision_reason = to.value, reason
        entry.decided_by_user_id, entry.decided_at, entry.updated_at = actor.user_id, command.at, command.at
        entry.version += 1
        session.flush()
        after = {"approval": entry.approval, "decision_reason": reason}
        audit(session, command, action=f"expense.{to.value}", subject_kind="expense_entry", subject_id=entry.id, before=before, after=after)
        succeed(session, command, expense_entry_id=entry.id)
    return entry


def _check(session: Session, actor: Actor, entry: ExpenseEntry, to: Approval) -> None:
    if entry.discarded_at is not None or entry.approval == Approval.NOT_NEEDED:
        raise NotAllowed("This expense needs no approval any more. Reload the page to see what waits.")
    refuse_taken(session, firm_id=entry.firm_id, column=PreBillLine.expense_entry_id, entry_id=entry.id)
    if entry.trust_transaction_id is not None:
        raise NotAllowed("The client’s trust money paid this expense already.", code="expense_paid_from_trust")
    if to is Approval.DECLINED:
        return
    if entry.needs_receipt and entry.receipt_id is None:
        raise NotAllowed("Its receipt is missing. Add a photograph or a PDF of it first.", code="receipt_missing")
    if entry.recorded_by_user_id == actor.user_id and _others_may(session, actor):
        raise NotAllowed("You recorded this expense, so somebody else approves it.", code="maker_is_checker")


def _others_may(session: Session, actor: Actor) -> bool:
    """Whether another active member holds the right."""
    roles = [role.value for role, held in ROLE_PERMISSIONS.items() if PERMISSION in held]
    others = (Membership.firm_id == actor.firm_id, Membership.is_active, Membership.role.in_(roles), Membership.user_id != actor.user_id)
    return session.scalar(select(Membership.id).where(*others).limit(1)) is not None
