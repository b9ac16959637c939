"""What every feature leaves behind: outbox, stored documents, sent mail, changes, audit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Json, JsonData, Line, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key


class OutboxMessage(Base):
    """A side effect owed to the outside, written by the transaction that caused it. The truth about jobs."""

    __tablename__ = "outbox_messages"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    kind: Mapped[Code]
    dedupe_key: Mapped[Line]
    payload: Mapped[Json]
    state: Mapped[Code] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Instant]
    claimed_by: Mapped[Line] = mapped_column(default="")
    claimed_until: Mapped[OptionalInstant]
    last_error: Mapped[Prose] = mapped_column(default="")
    created_at: Mapped[Instant]
    done_at: Mapped[OptionalInstant]

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "dedupe_key"),
        CheckConstraint("state IN ('pending', 'claimed', 'done', 'dead')", name="state"),
        CheckConstraint("(state = 'claimed') = (claimed_until IS NOT NULL)", name="claim"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
        Index("ix_outbox_messages_due", "state", "not_before"),
    )


class StoredDocument(Base):
    """A file in storage by its hash; the first PDF of an invoice is the document."""

    __tablename__ = "stored_documents"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    kind: Mapped[Code]
    subject_kind: Mapped[Code]
    subject_id: Mapped[Ref]
    file_name: Mapped[Line]
    media_type: Mapped[Line]
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Instant]

    __table_args__ = (firm_id_key(), UniqueConstraint("firm_id", "kind", "subject_kind", "subject_id"))


class SentMail(Base):
    """A message handed to the mail server, by its stable Message-ID; `attempts` counts possible duplicates."""

    __tablename__ = "sent_mails"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    message_id: Mapped[Line]
    kind: Mapped[Code]
    subject_kind: Mapped[Code]
    subject_id: Mapped[Ref]
    recipient: Mapped[Line]
    subject: Mapped[Line]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[OptionalInstant]
    created_at: Mapped[Instant]

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "message_id"),
        Index("ix_sent_mails_subject", "firm_id", "subject_kind", "subject_id"),
    )


class Change(Base):
    """Something on a screen may be out of date: read by the live-update process, and removed after a day. No actor: a job did it."""

    __tablename__ = "changes"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    subject_kind: Mapped[Code]
    subject_id: Mapped[Ref]
    actor_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    at: Mapped[Instant]

    __table_args__ = (Index("ix_changes_at", "firm_id", "at"),)


class AuditEvent(Base):
    """Who did what to which record, with what it was before and after."""

    __tablename__ = "audit_events"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    command_id: Mapped[Ref]
    action: Mapped[Code]
    subject_kind: Mapped[Code]
    subject_id: Mapped[OptionalRef]
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonData)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonData)
    actor_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    at: Mapped[Instant]

    __table_args__ = (
        firm_key("command_id", "commands"),
        Index("ix_audit_events_subject", "firm_id", "subject_kind", "subject_id"),
        Index("ix_audit_events_at", "firm_id", "at"),
    )
