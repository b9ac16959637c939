"""Timers and the segments they were measured in."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.matters import Matter


class Timer(Base):
    """A start that somebody pressed; its measured time is the sum of its segments."""

    __tablename__ = "timers"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    timekeeper_id: Mapped[Ref]
    matter_id: Mapped[OptionalRef]
    client_key: Mapped[str | None] = mapped_column(String(36))
    narrative: Mapped[Prose] = mapped_column(default="")
    task_code: Mapped[Code] = mapped_column(default="")
    activity_code: Mapped[Code] = mapped_column(default="")
    state: Mapped[Code] = mapped_column(default="running")
    started_on: Mapped[date]
    created_at: Mapped[Instant]
    ended_at: Mapped[OptionalInstant]
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
        Index(
            "uq_timers_one_running",
            "firm_id",
            "timekeeper_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )


class TimerSegment(Base):
    """One stretch between start and pause, kept for ever in whole seconds."""

    __tablename__ = "timer_segments"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    timer_id: Mapped[Ref]
    started_at: Mapped[Instant]
    ended_at: Mapped[OptionalInstant]

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
