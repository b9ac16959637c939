"""What happens by itself. Each entry owes one outbox row per firm and start, so a second scheduler, or a late one, changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from lexapp.services.outbox import owe_once, owe_recurring
from lexapp.workflows.backups import BackupPlan


def daily_at(hour: int) -> Callable[[datetime], datetime]:
    """The next time after an instant that it is this hour (UTC)."""

    def next_start(now: datetime) -> datetime:
        today = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
        return today if today > now else today + timedelta(days=1)

    return next_start


def every_hours(hours: int) -> Callable[[datetime], datetime]:
    """The next time after an instant that so many hours of the day (UTC) have passed; a divisor of 24."""

    def next_start(now: datetime) -> datetime:
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return hour + timedelta(hours=hours - hour.hour % hours)

    return next_start


@dataclass(frozen=True, slots=True)
class Recurring:
    """A kind of job and when it starts next, seen from an instant."""

    kind: str
    next_start: Callable[[datetime], datetime]


RECURRING = (
    Recurring("books.verification", daily_at(7)),
    Recurring("drafts.pruning", daily_at(6)),
    Recurring("changes.pruning", daily_at(5)),
    # Midnight comes to each firm at another hour: the day is there six hours later at most.
    Recurring("recurring_entries.making", every_hours(6)),
    Recurring("milestones.reaching", every_hours(6)),
    Recurring("budgets.watching", every_hours(1)),
    Recurring("agreed_fees.recording", every_hours(6)),
)


def owe_what_is_due(session: Session, *, now: datetime, plan: BackupPlan | None = None) -> None:
    """Owe the next start of every recurring job, ahead of its time: a scheduler that is away then does not lose it.

    The backup of the plan is one job of the installation, however many firms it has.
    """
    if plan is not None:
        owe_once(session, kind="installation.backup", starts_at=plan.next_start(now), now=now)
    for recurring in RECURRING:
        owe_recurring(session, kind=recurring.kind, starts_at=recurring.next_start(now), now=now)
