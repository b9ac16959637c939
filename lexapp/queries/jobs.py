"""Background jobs of a firm, for whoever looks after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lexapp.models import BillingRun, BillingRunItem, Invoice, OutboxMessage

PAGE = 50
KINDS = {
    "invoice.document": "Invoice PDF",
    "invoice.mail": "Invoice by e-mail",
    "credit_note.document": "Credit note PDF",
    "credit_note.mail": "Credit note by e-mail",
    "receipt.document": "Receipt PDF, payment",
    "receipt.mail": "Receipt by e-mail, payment",
    "settlement.document": "Settlement statement PDF",
    "billing_run": "Billing run",
    "books.verification": "Check of the books",
    "installation.backup": "Backup",
    "drafts.pruning": "Removal of old unsaved text",
    "recurring_entries.making": "Recurring time",
    "milestones.reaching": "Milestones due by date",
    "budgets.watching": "Thresholds of budgets",
    "budget.mail": "Warning of a budget by e-mail",
    "agreed_fees.recording": "Minimums and monthly retainers",
    "changes.pruning": "Removal of old notes about changes",
    "invitation.mail": "Invitation by e-mail",
    "password_reset.mail": "Link for a new password",
    "account.mail": "News of a sign-in",
}
# What a person asks for, and the states of rows that answer it.
STATES = {
    "dead": "Failed",
    "waiting": "Waiting",
    "running": "Running",
    "done": "Done",
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with what it is about. `state` is one of STATES, `subject` a kind and an id for a link, `title` its words."""

    id: int
    kind: str
    state: str
    title: str
    subject: tuple[str, int] | None
    attempts: int
    note: str
    created_at: datetime
    starts_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A billing run under way: how many of its items are settled."""

    id: int
    kind: str
    settled: int
    total: int
    refused: int


def job_totals(session: Session, *, firm_id: int) -> dict[str, int]:
    """How many jobs of the firm are in each of STATES."""
    counted = select(OutboxMessage.state, func.count()).where(OutboxMessage.firm_id == firm_id).group_by(OutboxMessage.state)
    found = {_state_name(state): int(number) for state, number in session.execute(counted)}
    return {state: found.get(state, 0) for state in STATES}


def jobs(session: Session, *, firm_id: int, now: datetime, state: str = "", before_id: int | None = None) -> list[JobRow]:
    """A page of jobs, the newest first; one more than PAGE where there are earlier ones."""
    query = select(OutboxMessage).where(OutboxMessage.firm_id == firm_id)
    if state in STATES:
        query = query.where(_in_state(state))
    if before_id is not None:
        query = query.where(OutboxMessage.id < before_id)
    rows = session.scalars(query.order_by(OutboxMessage.id.desc()).limit(PAGE + 1)).all()
    numbers = _invoice_numbers(session, firm_id, rows)
    return [_job(row, numbers, now) for row in rows]


def job(session: Session, *, firm_id: int, outbox_id: int, now: datetime) -> JobRow | None:
    """One job of the firm."""
    row = session.scalars(select(OutboxMessage).where(OutboxMessage.firm_id == firm_id, OutboxMessage.id == outbox_id)).one_or_none()
    return None if row is None else _job(row, _invoice_numbers(session, firm_id, [row]), now)


def runs_under_way(session: Session, *, firm_id: int) -> list[RunProgress]:
    """The billing runs that are not finished."""
    item = BillingRunItem
    settled = func.count(item.id).filter(item.state != "waiting")
    refused = func.count(item.id).filter(item.state == "refused")
    query = (
        select(BillingRun.id, BillingRun.kind, settled, BillingRun.total, refused)
        .outerjoin(item, (item.firm_id == BillingRun.firm_id) & (item.billing_run_id == BillingRun.id))
        .where(BillingRun.firm_id == firm_id, BillingRun.state == "running")
        .group_by(BillingRun.id, BillingRun.kind, BillingRun.total)
        .order_by(BillingRun.id)
    )
    return [RunProgress(*row) for row in session.execute(query)]


def _state_name(state: str) -> str:
    return {"pending": "waiting", "claimed": "running"}.get(state, state)


def _in_state(state: str) -> ColumnElement[bool]:
    return OutboxMessage.state == {"waiting": "pending", "running": "claimed"}.get(state, state)


def _invoice_numbers(session: Session, firm_id: int, rows: Any) -> Mapping[int, str]:
    ids = {row.payload["invoice_id"] for row in rows if "invoice_id" in row.payload}
    if not ids:
        return {}
    return dict(session.execute(select(Invoice.id, Invoice.number).where(Invoice.firm_id == firm_id, Invoice.id.in_(ids))).all())


def _job(row: OutboxMessage, numbers: Mapping[int, str], now: datetime) -> JobRow:
    subject = _subject(row.payload)
    name = KINDS.get(row.kind, row.kind)
    of = numbers.get(subject[1], "") if subject and subject[0] == "invoice" else f"{subject[1]}" if subject else ""
    waits = row.state == "pending" and row.not_before > now + timedelta(seconds=1)
    return JobRow(
        id=row.id,
        kind=row.kind,
        state=_state_name(row.state),
        title=f"{name} {of}".strip(),
        subject=subject,
        attempts=row.attempts,
        note=row.last_error,
        created_at=row.created_at,
        starts_at=row.not_before if waits else None,
        done_at=row.done_at,
    )


def _subject(payload: Mapping[str, Any]) -> tuple[str, int] | None:
    for kind in ("invoice", "payment", "billing_run"):
        if f"{kind}_id" in payload:
            return kind, int(payload[f"{kind}_id"])
    return None
