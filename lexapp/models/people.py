"""Sign-ins, memberships, sessions, timekeepers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, BigInt, Code, Id, Instant, Line, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key
from lexapp.models.firms import Firm


class User(Base):
    """A person who signs in; may be a member of several firms. `letter_keys`: single letters press buttons."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[Line] = mapped_column(unique=True)
    name: Mapped[Line]
    password_hash: Mapped[Line]
    is_active: Mapped[bool] = mapped_column(default=True)
    letter_keys: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Instant]
    # The secret of one-time codes, sealed; empty: none asked for. `code_last_step`: no code works twice.
    code_secret_sealed: Mapped[Line] = mapped_column(default="")
    code_last_step: Mapped[int] = mapped_column(BigInt, default=0)

    __table_args__ = (CheckConstraint("email = lower(email)", name="lowercase_email"),)


class Timekeeper(Base):
    """Someone whose time is recorded, with a classification (UTBMS) and rates.

    `yearly_target_hours` is how many hours they are there for in a year; None is eight hours each weekday.
    """

    __tablename__ = "timekeepers"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    code: Mapped[Code]
    name: Mapped[Line]
    initials: Mapped[Code]
    classification: Mapped[Code]
    yearly_target_hours: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "code"),
        CheckConstraint("yearly_target_hours > 0 AND yearly_target_hours <= 8784", name="yearly_target"),
    )


class Membership(Base):
    """A user's role in one firm. One timekeeper at most belongs to it."""

    __tablename__ = "memberships"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Code]
    timekeeper_id: Mapped[OptionalRef]
    client_id: Mapped[OptionalRef]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Instant]

    user: Mapped[User] = relationship(viewonly=True)
    firm: Mapped[Firm] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "user_id"),
        Index(
            "uq_memberships_timekeeper",
            "firm_id",
            "timekeeper_id",
            unique=True,
            sqlite_where=text("timekeeper_id IS NOT NULL AND is_active"),
            postgresql_where=text("timekeeper_id IS NOT NULL AND is_active"),
        ),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("client_id", "clients"),
        CheckConstraint(
            "role IN ('owner', 'billing_manager', 'bookkeeper', 'timekeeper', 'assistant', 'auditor', 'client_contact')",
            name="role",
        ),
    )


class UserSession(Base):
    """A signed-in browser. The cookie holds a random token, this row its hash; ending it signs out."""

    __tablename__ = "sessions"

    id: Mapped[Id]
    token_hash: Mapped[Line] = mapped_column(unique=True)
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    membership_id: Mapped[OptionalRef] = mapped_column(ForeignKey("memberships.id"))
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[OptionalInstant]
    # Signed in with the password alone where a one-time code is asked for too: opens nothing yet.
    needs_code: Mapped[bool] = mapped_column(default=False)
    proved_at: Mapped[OptionalInstant]
    remote_address: Mapped[Line] = mapped_column(default="")
    user_agent: Mapped[Line] = mapped_column(default="")

    user: Mapped[User] = relationship(viewonly=True)
    membership: Mapped[Membership | None] = relationship(viewonly=True)

    __table_args__ = (Index("ix_sessions_user_id", "user_id"),)


class SignInAttempt(Base):
    """One failed sign-in, counted by name, address and known device to slow guessing down. `device_hash` is empty elsewhere."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[Id]
    identifier_hash: Mapped[Line]
    remote_address: Mapped[Line]
    device_hash: Mapped[Line] = mapped_column(default="")
    at: Mapped[Instant]

    __table_args__ = (
        Index("ix_sign_in_attempts_identifier", "identifier_hash", "at"),
        Index("ix_sign_in_attempts_address", "remote_address", "at"),
    )
