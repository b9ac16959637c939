"""Time that comes again: the rules, and the days they have made."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.entries import BILLING_STATUS


class RecurringEntry(Base):
    """Work that comes again on weekdays or on a day of the month (domain.recurrences). With `asks` each day waits to be confirmed.

    Days through `made_through` are settled: what is changed here concerns later ones only.
    """

    __tablename__ = "recurring_entries"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    timekeeper_id: Mapped[Ref]
    membership_id: Mapped[Ref]
    recorded_seconds: Mapped[int]
    narrative: Mapped[Prose] = mapped_column(default="")
    activity_code: Mapped[Code] = mapped_column(default="")
    billing_status: Mapped[Code] = mapped_column(default="billable")
    weekdays: Mapped[int]
    month_day: Mapped[int | None]
    first_on: Mapped[date]
    last_on: Mapped[date | None]
    asks: Mapped[bool] = mapped_column(default=True)
    made_through: Mapped[date]
    paused_at: Mapped[OptionalInstant]
    ended_at: Mapped[OptionalInstant]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("membership_id", "memberships"),
        CheckConstraint(BILLING_STATUS, name="billing_status"),
        CheckConstraint("recorded_seconds > 0", name="recorded_seconds"),
        CheckConstraint(
            "(month_day IS NULL AND weekdays BETWEEN 1 AND 127) OR (weekdays = 0 AND month_day BETWEEN 1 AND 31)", name="rhythm"
        ),
        CheckConstraint("last_on IS NULL OR last_on >= first_on", name="days"),
    )


class RecurringEntryDay(Base):
    """One day of a rule, made once: waiting to be confirmed, recorded as an entry, or skipped. `reason`: why it was not recorded by itself.

    It keeps what the rule said when it was made.
    """

    __tablename__ = "recurring_entry_days"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    recurring_entry_id: Mapped[Ref]
    matter_id: Mapped[Ref]
    timekeeper_id: Mapped[Ref]
    worked_on: Mapped[date]
    recorded_seconds: Mapped[int]
    narrative: Mapped[Prose] = mapped_column(default="")
    activity_code: Mapped[Code] = mapped_column(default="")
    billing_status: Mapped[Code] = mapped_column(default="billable")
    state: Mapped[Code] = mapped_column(default="waiting")
    reason: Mapped[Prose] = mapped_column(default="")
    time_entry_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "recurring_entry_id", "worked_on"),
        firm_key("recurring_entry_id", "recurring_entries"),
        firm_key("matter_id", "matters"),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("time_entry_id", "time_entries"),
        CheckConstraint("state IN ('waiting', 'recorded', 'skipped')", name="state"),
        CheckConstraint("(state = 'recorded') = (time_entry_id IS NOT NULL)", name="entry"),
        Index("ix_recurring_entry_days_state", "firm_id", "state", "timekeeper_id"),
    )
