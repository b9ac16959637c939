"""What waits on each desk: entries to complete, running timers, payments to apply, low ledgers, late invoices, proof of the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.models import (
    Balance,
    Client,
    Invoice,
    JournalEntry,
    Matter,
    OutboxMessage,
    Payment,
    TimeEntry,
    Timekeeper,
    Timer,
    TimerSegment,
    TrustLedger,
)
from lexapp.queries.invoices.balances import open_as_of
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.payments.sums import left_of
from lexapp.queries.standing import is_unbilled

OPEN_STATES = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An entry that cannot be billed as it stands."""

    id: int
    worked_on: date
    timekeeper_name: str
    title: str
    lacks_narrative: bool
    lacks_rate: bool


@dataclass(frozen=True, slots=True)
class OpenTimer:
    """Somebody's open timer."""

    id: int
    timekeeper_name: str
    title: str
    narrative: str
    is_running: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class LowLedger:
    """A matter whose client money is below what was agreed; minor units."""

    matter_id: int
    name: str
    client_name: str
    held_minor: int
    minimum_minor: int


@dataclass(frozen=True, slots=True)
class LateInvoice:
    """An overdue invoice; minor units."""

    id: int
    number: str
    payer_name: str
    open_minor: int
    days_late: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The last check of the books that ran: when, and what it found (empty: everything holds)."""

    at: datetime
    problem: str


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The newest journal entry: its number and hash prove all before it."""

    sequence: int
    hash: str
    recorded_at: datetime


def entries_to_complete(session: Session, *, firm_id: int, limit: int = 8) -> tuple[int, list[Unfinished]]:
    """Unbilled entries without a narrative or a rate, the oldest first, and how many there are. One query."""
    no_words, no_rate = TimeEntry.narrative == "", TimeEntry.rate_minor_per_hour.is_(None)
    query = (
        select(TimeEntry.id, TimeEntry.worked_on, Timekeeper.name, Matter.name, Client.name, no_words, no_rate, func.count().over())
        .join(Timekeeper, and_(Timekeeper.firm_id == TimeEntry.firm_id, Timekeeper.id == TimeEntry.timekeeper_id))
        .join(Matter, and_(Matter.firm_id == TimeEntry.firm_id, Matter.id == TimeEntry.matter_id))
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .where(TimeEntry.firm_id == firm_id, is_unbilled(TimeEntry), or_(no_words, no_rate))
        .order_by(TimeEntry.worked_on, TimeEntry.id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    found = [Unfinished(row[0], row[1], row[2], matter_title(row[4], row[3]), bool(row[5]), bool(row[6])) for row in rows]
    return (rows[0][7] if rows else 0), found


def timers_of_others(session: Session, *, firm_id: int, timekeeper_id: int | None, limit: int = 12) -> list[OpenTimer]:
    """The open timers of everybody but one, running ones first. One query."""
    since = func.min(TimerSegment.started_at, type_=TimerSegment.started_at.type)
    names = (Timekeeper.name, Matter.name, Client.name)
    query = (
        select(Timer.id, *names, Timer.narrative, Timer.state, since)
        .join(Timekeeper, and_(Timekeeper.firm_id == Timer.firm_id, Timekeeper.id == Timer.timekeeper_id))
        .join(TimerSegment, and_(TimerSegment.firm_id == Timer.firm_id, TimerSegment.timer_id == Timer.id))
        .outerjoin(Matter, and_(Matter.firm_id == Timer.firm_id, Matter.id == Timer.matter_id))
        .outerjoin(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .where(Timer.firm_id == firm_id, Timer.state.in_(OPEN_STATES), Timer.timekeeper_id != (timekeeper_id or 0))
        .group_by(Timer.id, *names, Timer.narrative, Timer.state)
        .order_by(Timer.state.desc(), Timer.id)
        .limit(limit)
    )
    return [_timer(row) for row in session.execute(query)]


def _timer(row: Any) -> OpenTimer:
    title = matter_title(row[3], row[2]) if row[2] else "No matter yet"
    return OpenTimer(row[0], row[1], title, row[4], row[5] == "running", row[6])


def unapplied_payments(session: Session, *, firm_id: int) -> tuple[int, int]:
    """How many receipts have something left to give, and how much in minor units. One query."""
    left = left_of(firm_id)
    query = (
        select(func.count(), func.coalesce(func.sum(left.unapplied), 0))
        .select_from(Payment)
        .outerjoin(left.back, left.back.c.payment_id == Payment.id)
        .outerjoin(left.applications, left.applications.c.payment_id == Payment.id)
        .where(Payment.firm_id == firm_id, left.unapplied > 0)
    )
    count, minor = session.execute(query).one()
    return count, int(minor)


def low_ledgers(session: Session, *, firm_id: int, limit: int = 6) -> list[LowLedger]:
    """Open matters that hold less client money than agreed, those that lack most first. One query."""
    held = -func.coalesce(func.sum(Balance.amount_minor), 0)
    names = (Matter.id, Matter.name, Client.name)
    query = (
        select(*names, held, Matter.trust_minimum_minor)
        .join(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .outerjoin(TrustLedger, and_(TrustLedger.firm_id == Matter.firm_id, TrustLedger.matter_id == Matter.id))
        .outerjoin(Balance, and_(Balance.firm_id == TrustLedger.firm_id, Balance.trust_ledger_id == TrustLedger.id))
        .where(Matter.firm_id == firm_id, Matter.status == "open", Matter.trust_minimum_minor > 0)
        .group_by(*names, Matter.trust_minimum_minor)
        .having(held < Matter.trust_minimum_minor)
        .order_by((Matter.trust_minimum_minor - held).desc(), Matter.id)
        .limit(limit)
    )
    rows: Sequence[Any] = session.execute(query).all()
    return [LowLedger(row[0], row[1], row[2], int(row[3]), row[4]) for row in rows]


def late_invoices(session: Session, *, firm_id: int, on: date, limit: int = 6) -> list[LateInvoice]:
    """Overdue invoices, the longest overdue first. One query."""
    amounts = open_as_of(firm_id, on)
    query = (
        select(Invoice.id, Invoice.number, Client.name, amounts.open, Invoice.due_on)
        .join(Client, and_(Client.firm_id == Invoice.firm_id, Client.id == Invoice.payer_id))
        .outerjoin(amounts.sums, amounts.on)
        .where(Invoice.firm_id == firm_id, Invoice.due_on < on, amounts.open > 0)
        .order_by(Invoice.due_on, Invoice.id)
        .limit(limit)
    )
    return [LateInvoice(row[0], row[1], row[2], int(row[3]), (on - row[4]).days) for row in session.execute(query)]


def last_check(session: Session, *, firm_id: int) -> Checked | None:
    """The last nightly check of the books that has run; None where none has. One query."""
    ran = OutboxMessage.state.in_(("done", "dead"))
    query = select(OutboxMessage.done_at, OutboxMessage.not_before, OutboxMessage.state, OutboxMessage.last_error).where(
        OutboxMessage.firm_id == firm_id, OutboxMessage.kind == "books.verification", ran
    )
    row = session.execute(query.order_by(OutboxMessage.id.desc()).limit(1)).first()
    return Checked(row[0] or row[1], "" if row[2] == "done" else row[3] or "The check did not finish.") if row else None


def journal_head(session: Session, *, firm_id: int) -> JournalHead | None:
    """The newest entry of the journal. One query."""
    query = select(JournalEntry.sequence, JournalEntry.hash, JournalEntry.recorded_at).where(JournalEntry.firm_id == firm_id)
    row: Any = session.execute(query.order_by(JournalEntry.sequence.desc()).limit(1)).first()
    return JournalHead(*row) if row else None
