"""Timers, the segments they were measured in, and the events that say so."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, JsonData, Line, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.domain.timer_events import EventKind, TimerEvent
from lexapp.models.matters import Matter


class Timer(Base):
    """A start that somebody pressed, by the key that its events name; its measured time is the sum of its segments.

    `label` says in a word what it is for while it has no matter. `vouched_at`: when somebody last said that it runs rightly.
    `runs_alone`: it was set running where a firm lets one timer run at a time.
    """

    __tablename__ = "timers"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    timekeeper_id: Mapped[Ref]
    matter_id: Mapped[OptionalRef]
    client_key: Mapped[str] = mapped_column(String(36))
    label: Mapped[Line] = mapped_column(default="")
    narrative: Mapped[Prose] = mapped_column(default="")
    task_code: Mapped[Code] = mapped_column(default="")
    activity_code: Mapped[Code] = mapped_column(default="")
    state: Mapped[Code] = mapped_column(default="running")
    started_on: Mapped[date]
    created_at: Mapped[Instant]
    ended_at: Mapped[OptionalInstant]
    vouched_at: Mapped[OptionalInstant]
    runs_alone: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    matter: Mapped[Matter | None] = relationship(viewonly=True)
    segments: Mapped[list[TimerSegment]] = relationship(viewonly=True, order_by="TimerSegment.started_at")

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "client_key"),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("matter_id", "matters"),
        CheckConstraint("state IN ('running', 'paused', 'stopped', 'discarded')", name="state"),
        CheckConstraint("(state IN ('stopped', 'discarded')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_timers_day", "firm_id", "timekeeper_id", "started_on"),
        Index(
            "uq_timers_one_running",
            "firm_id",
            "timekeeper_id",
            unique=True,
            sqlite_where=text("state = 'running' AND runs_alone"),
            postgresql_where=text("state = 'running' AND runs_alone"),
        ),
    )


class TimerSegment(Base):
    """One stretch between start and pause, in whole seconds: what the timer's events come to (domain.timer_events).

    Where a part was taken off, that part is a segment of its own and does not count.
    """

    __tablename__ = "timer_segments"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    timer_id: Mapped[Ref]
    started_at: Mapped[Instant]
    ended_at: Mapped[OptionalInstant]
    counts: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        firm_key("timer_id", "timers"),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="order"),
        Index("ix_timer_segments_timer", "firm_id", "timer_id"),
        Index(
            "uq_timer_segments_open",
            "timer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class TimerDevice(Base):
    """A browser or phone that keeps events while it is offline. `last_sequence` is the highest that has arrived."""

    __tablename__ = "timer_devices"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    device_key: Mapped[str] = mapped_column(String(36))
    label: Mapped[Line] = mapped_column(default="")
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    ahead_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    first_seen_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]

    __table_args__ = (firm_id_key(), UniqueConstraint("firm_id", "user_id", "device_key"))


class TimerEventRow(Base):
    """One thing said about a timer, for ever as it was said: by a device (with what its clocks showed), or here (no device).

    `at` is when it happened, corrected; `at_wall` what the device showed. `outcome` is what was answered; a parked event or a conflict is
    resolved once, by a person.
    """

    __tablename__ = "timer_events"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    event_key: Mapped[str] = mapped_column(String(36))
    timer_key: Mapped[str] = mapped_column(String(36))
    timekeeper_id: Mapped[Ref]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    device_id: Mapped[OptionalRef]
    device_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    kind: Mapped[Code]
    at: Mapped[Instant]
    at_wall: Mapped[Instant]
    offset_minutes: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[Instant]
    said: Mapped[dict[str, Any]] = mapped_column(JsonData)
    known: Mapped[dict[str, Any]] = mapped_column(JsonData)
    flags: Mapped[list[str]] = mapped_column(JsonData)
    body_hash: Mapped[str] = mapped_column(String(64), default="")
    outcome: Mapped[Code] = mapped_column(default="applied")
    reason: Mapped[Code] = mapped_column(default="")
    resolution: Mapped[Code] = mapped_column(default="")
    resolved_at: Mapped[OptionalInstant]
    resolved_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))

    @property
    def told(self) -> TimerEvent:
        """The event as the domain tells it. What is said here comes in the order in which it was said."""
        return TimerEvent(
            id=self.event_key,
            kind=EventKind(self.kind),
            at=self.at,
            device=str(self.device_id or ""),
            sequence=self.device_sequence or self.id,
            said=tuple(self.said.items()),
            known=tuple(self.known.items()),
        )

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "event_key"),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("device_id", "timer_devices"),
        CheckConstraint("outcome IN ('applied', 'conflict', 'parked')", name="outcome"),
        CheckConstraint("(resolved_at IS NULL) = (resolution = '')", name="resolved"),
        Index("ix_timer_events_timer", "firm_id", "timer_key", "at"),
        Index("ix_timer_events_device", "firm_id", "device_id", "device_sequence"),
    )
