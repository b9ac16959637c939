"""Real invoices for tests that are about what the worker does with them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Invoice, OutboxMessage, StoredDocument
from tests.billing import approved, issue, work_time
from tests.factories import World, make_matter

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def issue_invoices(session: Session, world: World, count: int = 1, *, send: bool = False) -> list[Invoice]:
    """Invoices of one matter and one time entry each, with the outbox rows that issuing leaves."""
    matters = [make_matter(session, world.owner) for _ in range(count)]
    for matter in matters:
        work_time(session, world, matter)
    invoices = issue(session, world, *matters, send=send)
    for invoice in invoices:
        session.refresh(invoice)
        session.expunge(invoice)
    session.rollback()
    return invoices


def approve_pre_bills(session: Session, world: World, count: int) -> list[int]:
    """Approved pre-bills, ready to be issued."""
    matters = [make_matter(session, world.owner) for _ in range(count)]
    for matter in matters:
        work_time(session, world, matter)
    found = approved(session, world, *matters)
    session.rollback()
    return found


def make_due(session: Session) -> None:
    """Let every waiting row be due by the real clock: the factories live in a year of their own."""
    with transaction(session):
        session.execute(update(OutboxMessage).values(not_before=LONG_AGO))


def states(session: Session, kind: str = "invoice.document") -> dict[str, int]:
    """How many rows of a kind are in which state."""
    counted = select(OutboxMessage.state, func.count()).where(OutboxMessage.kind == kind).group_by(OutboxMessage.state)
    session.rollback()
    found = {str(state): int(number) for state, number in session.execute(counted)}
    session.rollback()
    return found


def documents(session: Session) -> int:
    """How many documents are recorded."""
    session.rollback()
    found = session.scalar(select(func.count()).select_from(StoredDocument)) or 0
    session.rollback()
    return found
