"""Records about the installation as a whole: backups that were taken, and what changes when one is restored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Backup, MailedToken, OutboxMessage, UserSession

# What only works on our own records, and does no harm when it is done again.
STAYS_INSIDE = (
    "books.verification",
    "drafts.pruning",
    "changes.pruning",
    "billing_run",
    "invoice.document",
    "receipt.document",
    "settlement.document",
    "installation.backup",
)
HELD_BACK = "This was waiting when the backup was taken; it may have been done since. Look whether it was, then press Try again."


def record_backup(session: Session, *, place: str, file_name: str, size_bytes: int, taken_at: datetime, now: datetime) -> None:
    """Note a backup that was written, read back and found good. `place` must not hold a password."""
    with transaction(session):
        session.add(Backup(place=place[:255], file_name=file_name, size_bytes=size_bytes, taken_at=taken_at, recorded_at=now))


def settle_restored(session: Session, *, now: datetime) -> tuple[int, int]:
    """Make a restored database safe to work on: everybody signs in again, no mailed link works a second time, and nothing leaves the
    house again by itself.

    Returns how many sessions ended and how many jobs are held back.
    """
    open_ = OutboxMessage.state.in_(("pending", "claimed"))
    held = {"state": "dead", "claimed_by": "", "claimed_until": None, "last_error": HELD_BACK}
    again = {"state": "pending", "claimed_by": "", "claimed_until": None}
    with transaction(session):
        ended = session.execute(update(UserSession).where(UserSession.ended_at.is_(None)).values(ended_at=now).returning(UserSession.id))
        sessions = len(ended.all())
        session.execute(update(MailedToken).where(MailedToken.used_at.is_(None)).values(used_at=now))
        outward = update(OutboxMessage).where(open_, OutboxMessage.kind.not_in(STAYS_INSIDE)).values(**held)
        jobs = len(session.execute(outward.returning(OutboxMessage.id)).all())
        session.execute(update(OutboxMessage).where(OutboxMessage.state == "claimed").values(**again))
    return sessions, jobs
