"""Who works on which outbox row. The claim columns decide it, under any number of workers, whatever a queue says.

pending -> claimed (a lease of a minute, kept alive by heartbeats) -> done, or back to pending with a later date, or dead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.database import transaction
from lexapp.domain.errors import NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import Firm, OutboxMessage

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=90)
MOST_PRUNED = 500
MOST_ATTEMPTS = 8
# Seconds before the second, third ... attempt: the eighth comes about sixteen hours after the first.
BACK_OFF_SECONDS = (10, 60, 300, 900, 3_600, 14_400, 36_000)
LONGEST_ERROR = 2_000
WORKER_DIED = "The worker stopped in the middle of this job. It is tried again by itself."
WORKER_KEEPS_DYING = "The worker stopped in the middle of this job every time. Look at the worker’s log, then retry."


@dataclass(frozen=True, slots=True)
class Claim:
    """One row taken by one worker for one attempt (counted from 1)."""

    outbox_id: int
    firm_id: int
    kind: str
    payload: Mapping[str, Any]
    attempt: int
    owner: str


def claim_message(session: Session, *, outbox_id: int, attempts_before: int, owner: str, now: datetime) -> Claim | None:
    """Take the row for its next attempt; None when it is not due, not pending, or this attempt was taken before."""
    due = _row(outbox_id) & (OutboxMessage.state == "pending") & (OutboxMessage.not_before <= now)
    taken = {"state": "claimed", "attempts": OutboxMessage.attempts + 1, "claimed_by": owner, "claimed_until": now + LEASE}
    statement = (
        update(OutboxMessage)
        .where(due, OutboxMessage.attempts == attempts_before)
        .values(**taken)
        .returning(OutboxMessage.firm_id, OutboxMessage.kind, OutboxMessage.payload, OutboxMessage.attempts)
    )
    with transaction(session):
        row = session.execute(statement).one_or_none()
    return None if row is None else Claim(outbox_id, row[0], row[1], row[2], row[3], owner)


def extend_claim(session: Session, *, claim: Claim, now: datetime) -> bool:
    """Keep the lease for another minute; False when somebody else has the row by now."""
    with transaction(session):
        kept = session.execute(update(OutboxMessage).where(_held(claim)).values(claimed_until=now + LEASE).returning(OutboxMessage.id))
        return kept.scalar() is not None


def finish_message(session: Session, *, claim: Claim, now: datetime, note: str = "") -> None:
    """Mark the row done. `note` is kept for whoever looks at the job."""
    values = {"state": "done", "done_at": now, "claimed_until": None, "last_error": note[:LONGEST_ERROR]}
    with transaction(session):
        session.execute(update(OutboxMessage).where(_held(claim)).values(**values))


def fail_message(session: Session, *, claim: Claim, error: str, now: datetime, for_good: bool = False) -> None:
    """Record what went wrong: the row waits longer each time, and is dead after the last attempt or when trying again is no use."""
    dead = for_good or claim.attempt >= MOST_ATTEMPTS
    wait = timedelta(seconds=0 if dead else BACK_OFF_SECONDS[claim.attempt - 1])
    values = {
        "state": "dead" if dead else "pending",
        "not_before": now + wait,
        "claimed_by": "",
        "claimed_until": None,
        "last_error": error[:LONGEST_ERROR],
    }
    with transaction(session):
        session.execute(update(OutboxMessage).where(_held(claim)).values(**values))


def release_lost_claims(session: Session, *, now: datetime) -> int:
    """Give back the rows whose worker let the lease run out, and bury those whose worker died every time; returns how many."""
    lost = and_(OutboxMessage.state == "claimed", OutboxMessage.claimed_until < now)
    if session.scalar(select(OutboxMessage.id).where(lost).limit(1)) is None:
        return 0
    spent = OutboxMessage.attempts >= MOST_ATTEMPTS
    values = {
        "state": case((spent, "dead"), else_="pending"),
        "last_error": case((spent, WORKER_KEEPS_DYING), else_=WORKER_DIED),
        "claimed_by": "",
        "claimed_until": None,
    }
    with transaction(session):
        return len(session.scalars(update(OutboxMessage).where(lost).values(**values).returning(OutboxMessage.id)).all())


def prune_done(session: Session, *, now: datetime, most: int = MOST_PRUNED) -> int:
    """Delete rows that were done more than `KEPT` ago, the oldest first, at most so many; returns how many.

    What is waiting, running or dead stays however old it is: it was not delivered. Documents, mails and the audit have rows of their own.
    """
    due_then = OutboxMessage.not_before < now - KEPT  # a row is done after it was due: the index of due rows finds the few
    old = select(OutboxMessage.id).where(OutboxMessage.state == "done", due_then, OutboxMessage.done_at < now - KEPT)
    ids = session.scalars(old.order_by(OutboxMessage.not_before, OutboxMessage.id).limit(most)).all()
    if not ids:
        return 0
    still_done = OutboxMessage.id.in_(ids) & (OutboxMessage.state == "done")
    with transaction(session):
        return len(session.scalars(delete(OutboxMessage).where(still_done).returning(OutboxMessage.id)).all())


def owe_recurring(session: Session, *, kind: str, starts_at: datetime, now: datetime) -> None:
    """Owe one job of this kind to every firm, to start at this instant, once however often it is asked for."""
    dedupe_key = f"{kind}:{starts_at:%Y-%m-%dT%H:%M}"
    owed = select(OutboxMessage.firm_id).where(OutboxMessage.dedupe_key == dedupe_key)
    _owe(session, session.scalars(select(Firm.id).where(Firm.id.not_in(owed)).order_by(Firm.id)).all(), kind, dedupe_key, starts_at, now)


def owe_once(session: Session, *, kind: str, starts_at: datetime, now: datetime) -> None:
    """Owe one job of this kind to the installation, to start at this instant; the first firm's administrators look after it."""
    dedupe_key = f"{kind}:{starts_at:%Y-%m-%dT%H:%M}"
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key).limit(1)) is None:
        _owe(session, session.scalars(select(Firm.id).order_by(Firm.id).limit(1)).all(), kind, dedupe_key, starts_at, now)


def _owe(session: Session, firm_ids: Sequence[int], kind: str, dedupe_key: str, starts_at: datetime, now: datetime) -> None:
    if not firm_ids:
        return
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    shared = {"kind": kind, "dedupe_key": dedupe_key, "payload": {}, "not_before": starts_at, "created_at": now}
    with transaction(session):
        for firm_id in firm_ids:
            row = make(OutboxMessage).values(firm_id=firm_id, **shared)
            session.execute(row.on_conflict_do_nothing(index_elements=["firm_id", "dedupe_key"]))


def retry_message(session: Session, *, actor: Actor, outbox_id: int, key: str | None = None, now: datetime | None = None) -> None:
    """Give a dead job a fresh set of attempts, or start a waiting one at once."""
    actor.require("job.retry")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="job.retry", inputs={"outbox_id": outbox_id}, key=key, now=now)
        if command.result is not None:
            return
        message = session.scalars(
            select(OutboxMessage).where(_row(outbox_id), OutboxMessage.firm_id == actor.firm_id).with_for_update()
        ).one_or_none()
        if message is None:
            raise NotFound("There is no such job.")
        if message.state not in ("dead", "pending"):
            raise NotAllowed("This job is running or done. Reload the page to see where it stands.")
        audit(
            session,
            command,
            action="job.retried",
            subject_kind="outbox_message",
            subject_id=outbox_id,
            before={"state": message.state, "attempts": message.attempts},
        )
        _start_afresh(message, command.at)
        session.flush()
        succeed(session, command, outbox_id=outbox_id)


def _start_afresh(message: OutboxMessage, now: datetime) -> None:
    """A dead row has used up its attempts and gets them all again; the audit row keeps how many there were."""
    if message.state == "dead":
        message.attempts = 0
    message.state, message.not_before = "pending", now


def _row(outbox_id: int) -> ColumnElement[bool]:
    return OutboxMessage.id == outbox_id


def _held(claim: Claim) -> ColumnElement[bool]:
    """The row as this claim left it: another worker's claim has another owner."""
    return and_(
        _row(claim.outbox_id),
        OutboxMessage.state == "claimed",
        OutboxMessage.claimed_by == claim.owner,
        OutboxMessage.attempts == claim.attempt,
    )
