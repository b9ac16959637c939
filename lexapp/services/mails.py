"""Mail that was handed over: a row before it is sent, its date after. Between the two a crash can make a duplicate, and it is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Change, SentMail

LONGEST_LINE = 255


@dataclass(frozen=True, slots=True)
class NewMail:
    """A message about to be sent: `message_id` is the same at every attempt."""

    message_id: str
    kind: str
    subject_kind: str
    subject_id: int
    recipient: str
    subject: str


def begin_mail(session: Session, *, firm_id: int, mail: NewMail, now: datetime) -> bool:
    """Count one attempt to hand the message over; False when it was accepted before and must not be sent again."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "firm_id": firm_id,
        "message_id": mail.message_id,
        "kind": mail.kind,
        "subject_kind": mail.subject_kind,
        "subject_id": mail.subject_id,
        "recipient": mail.recipient[:LONGEST_LINE],
        "subject": mail.subject[:LONGEST_LINE],
        "created_at": now,
    }
    mine = (SentMail.firm_id == firm_id) & (SentMail.message_id == mail.message_id)
    with transaction(session, firm_id):
        session.execute(make(SentMail).values(**values).on_conflict_do_nothing(index_elements=["firm_id", "message_id"]))
        counted = update(SentMail).where(mine, SentMail.sent_at.is_(None)).values(attempts=SentMail.attempts + 1)
        return session.scalar(counted.returning(SentMail.id)) is not None


def complete_mail(session: Session, *, firm_id: int, message_id: str, now: datetime) -> None:
    """The mail server has taken the message."""
    mine = (SentMail.firm_id == firm_id) & (SentMail.message_id == message_id)
    with transaction(session, firm_id):
        row = session.scalars(select(SentMail).where(mine)).one()
        row.sent_at = now
        session.execute(insert(Change).values(firm_id=firm_id, subject_kind=row.subject_kind, subject_id=row.subject_id, at=now))
        session.flush()
