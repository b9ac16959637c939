"""What signing in needs besides a password: invitations, mailed tokens, known devices, recovery codes."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Line, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key


class Invitation(Base):
    """Somebody asked to join the firm in a role. Pending, until accepted, revoked, or run out (`expires_at`)."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    email: Mapped[Line]
    name: Mapped[Line]
    role: Mapped[Code]
    timekeeper_id: Mapped[OptionalRef]
    invited_by_user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    mails: Mapped[int] = mapped_column(default=1)
    accepted_at: Mapped[OptionalInstant]
    revoked_at: Mapped[OptionalInstant]
    membership_id: Mapped[OptionalRef]

    __table_args__ = (
        firm_id_key(),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("membership_id", "memberships"),
        CheckConstraint("email = lower(email)", name="lowercase_email"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ended_once"),
        CheckConstraint("role IN ('owner', 'billing_manager', 'bookkeeper', 'timekeeper', 'assistant', 'auditor')", name="role"),
        Index(
            "uq_invitations_pending",
            "firm_id",
            "email",
            unique=True,
            sqlite_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )


class MailedToken(Base):
    """A link that was mailed. The mail holds the random token, this row its hash; it works once and not for long."""

    __tablename__ = "mailed_tokens"

    id: Mapped[Id]
    token_hash: Mapped[Line] = mapped_column(unique=True)
    purpose: Mapped[Code]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    subject_id: Mapped[Ref]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[OptionalInstant]

    __table_args__ = (
        CheckConstraint("purpose IN ('invitation', 'password_reset')", name="purpose"),
        Index("ix_mailed_tokens_subject", "purpose", "subject_id"),
    )


class KnownDevice(Base):
    """A browser in which a user has signed in before: tries from elsewhere never slow it down."""

    __tablename__ = "known_devices"

    id: Mapped[Id]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[Line] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    last_used_at: Mapped[Instant]

    __table_args__ = (Index("ix_known_devices_user", "user_id"),)


class RecoveryCode(Base):
    """Stands in for a one-time code, once. Only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[Id]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[Line]
    used_at: Mapped[OptionalInstant]

    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)
