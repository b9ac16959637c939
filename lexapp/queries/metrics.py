"""Figures about the installation for whoever watches it: jobs, backups, the nightly proof, trust shortages. No names, no amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.models import Account, Balance, Firm, OutboxMessage
from lexapp.queries.backups import newest_backup


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure with its samples: (values of the labels, number)."""

    name: str
    text: str
    labels: tuple[str, ...]
    samples: Sequence[tuple[tuple[str, ...], float]]


def gauges(session: Session, *, now: datetime) -> list[Gauge]:
    """Every gauge, as of `now`."""
    return [_jobs(session), _oldest(session, now), *_backup(session, now), *_proof(session, now), _shortages(session)]


def _jobs(session: Session) -> Gauge:
    query = select(OutboxMessage.kind, OutboxMessage.state, func.count()).where(OutboxMessage.state != "done")
    counted = session.execute(query.group_by(OutboxMessage.kind, OutboxMessage.state)).all()
    samples = [((str(kind), str(state)), float(number)) for kind, state, number in counted]
    return Gauge("lexapp_jobs", "Jobs that are not done, by kind and state; dead ones wait for somebody.", ("kind", "state"), samples)


def _oldest(session: Session, now: datetime) -> Gauge:
    due = select(func.min(OutboxMessage.not_before)).where(OutboxMessage.state == "pending", OutboxMessage.not_before <= now)
    since = session.scalar(due)
    age = (now - since).total_seconds() if since else 0.0
    return Gauge("lexapp_job_oldest_due_seconds", "How long the oldest due job has waited.", (), [((), age)])


def _backup(session: Session, now: datetime) -> list[Gauge]:
    """Nothing before the first backup: an age of nothing would look young."""
    newest = newest_backup(session)
    if newest is None:
        return []
    age = (now - newest.taken_at).total_seconds()
    return [
        Gauge("lexapp_backup_age_seconds", "Age of the last good backup.", (), [((), age)]),
        Gauge("lexapp_backup_bytes", "Size of the last good backup.", (), [((), float(newest.size_bytes))]),
    ]


def _proof(session: Session, now: datetime) -> list[Gauge]:
    """The firm whose books proved themselves longest ago sets the age."""
    done = (
        select(OutboxMessage.firm_id, func.max(OutboxMessage.done_at).label("at"))
        .where(OutboxMessage.kind == "books.verification", OutboxMessage.state == "done")
        .group_by(OutboxMessage.firm_id)
        .subquery()
    )
    oldest = session.scalar(select(func.min(done.c.at)))
    if oldest is None:
        return []
    return [
        Gauge(
            "lexapp_verification_age_seconds",
            "Age of the oldest firm's last good proof of its books.",
            (),
            [((), (now - oldest).total_seconds())],
        )
    ]


def _shortages(session: Session) -> Gauge:
    """One statement for each firm: row-level security shows one at a time."""
    short = 0
    for firm_id in session.scalars(select(Firm.id).order_by(Firm.id)).all():
        scope_to_firm(session, firm_id)
        query = select(func.count()).select_from(Balance).join(Account, Account.id == Balance.account_id)
        short += session.scalar(query.where(Balance.firm_id == firm_id, Account.role == "trust_shortage", Balance.amount_minor > 0)) or 0
        session.rollback()
    return Gauge("lexapp_trust_shortages", "Firms that owe money to a trust account of theirs.", (), [((), float(short))])
