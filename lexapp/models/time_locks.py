"""Exceptions from closed days: signed, for one person, for a while."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Id, Instant, OptionalInstant, Prose, Ref, firm_id_key, firm_key


class TimeLockException(Base):
    """`membership_id` may enter time and expenses of the days named, until `until_on`; who signed it, when, and why.

    What it says never changes; one that is taken back is marked `ended_at`.
    """

    __tablename__ = "time_lock_exceptions"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    membership_id: Mapped[Ref]
    first_day: Mapped[date]
    last_day: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[Prose]
    granted_at: Mapped[Instant]
    granted_by_user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[OptionalInstant]

    __table_args__ = (
        firm_id_key(),
        firm_key("membership_id", "memberships"),
        CheckConstraint("last_day >= first_day", name="days"),
        Index("ix_time_lock_exceptions_membership", "firm_id", "membership_id"),
    )
