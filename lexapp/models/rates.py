"""Dated rates at every level of the precedence."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Line, Minor, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key


class Rate(Base):
    """A rate per hour in force from a date (through `effective_to`, when set), for whatever its keys name.

    One that was a mistake is marked `removed_at` and applies to nothing from then on; the reasons of entries still name it.
    `level` is the RateLevel of domain.rates; the keys that the level does not use are null.
    """

    __tablename__ = "rates"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    level: Mapped[Code]
    matter_id: Mapped[OptionalRef]
    client_id: Mapped[OptionalRef]
    timekeeper_id: Mapped[OptionalRef]
    classification: Mapped[Code | None]
    activity_code: Mapped[Code | None]
    rate_minor_per_hour: Mapped[Minor]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    name: Mapped[Line] = mapped_column(default="")
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("client_id", "clients"),
        firm_key("timekeeper_id", "timekeepers"),
        CheckConstraint("rate_minor_per_hour >= 0", name="rate"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        CheckConstraint(
            "level IN ('matter_timekeeper', 'matter_class', 'matter', 'client_timekeeper', 'client_class', 'client', "
            "'activity', 'timekeeper', 'class')",
            name="level",
        ),
        CheckConstraint(
            "(matter_id IS NOT NULL) = (level IN ('matter', 'matter_timekeeper', 'matter_class')) AND "
            "(client_id IS NOT NULL) = (level IN ('client', 'client_timekeeper', 'client_class')) AND "
            "(timekeeper_id IS NOT NULL) = (level IN ('timekeeper', 'matter_timekeeper', 'client_timekeeper')) AND "
            "(classification IS NOT NULL) = (level IN ('class', 'matter_class', 'client_class')) AND "
            "(activity_code IS NOT NULL) = (level = 'activity')",
            name="keys",
        ),
        Index("ix_rates_matter", "firm_id", "matter_id"),
        Index("ix_rates_client", "firm_id", "client_id"),
    )
