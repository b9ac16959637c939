"""Matters, their payers, practice areas."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, Line, Minor, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.clients import Client
from lexapp.models.people import Timekeeper


class PracticeArea(Base):
    """A field of law that matters are sorted by. One that is retired is offered no more; matters that have it keep it."""

    __tablename__ = "practice_areas"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    retired_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (firm_id_key(), UniqueConstraint("firm_id", "name"))


class Matter(Base):
    """One engagement for a client. The internal matter takes the firm's non-billable time."""

    __tablename__ = "matters"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    client_id: Mapped[OptionalRef]
    number: Mapped[Code]
    name: Mapped[Line]
    client_matter_number: Mapped[Line] = mapped_column(default="")
    description: Mapped[Prose] = mapped_column(default="")
    practice_area_id: Mapped[OptionalRef]
    responsible_timekeeper_id: Mapped[OptionalRef]
    originating_timekeeper_id: Mapped[OptionalRef]
    status: Mapped[Code] = mapped_column(default="open")
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    is_internal: Mapped[bool] = mapped_column(default=False)
    is_walled: Mapped[bool] = mapped_column(default=False)
    trust_minimum_minor: Mapped[Minor | None]
    # Where its taxes are charged, if not where the client is.
    country: Mapped[Code] = mapped_column(default="")
    region: Mapped[Code] = mapped_column(default="")
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    client: Mapped[Client | None] = relationship(viewonly=True)
    practice_area: Mapped[PracticeArea | None] = relationship(viewonly=True)
    responsible: Mapped[Timekeeper | None] = relationship(viewonly=True, foreign_keys="[Matter.firm_id, Matter.responsible_timekeeper_id]")
    originating: Mapped[Timekeeper | None] = relationship(viewonly=True, foreign_keys="[Matter.firm_id, Matter.originating_timekeeper_id]")

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "number"),
        firm_key("client_id", "clients"),
        firm_key("practice_area_id", "practice_areas"),
        firm_key("responsible_timekeeper_id", "timekeepers"),
        firm_key("originating_timekeeper_id", "timekeepers"),
        CheckConstraint("status IN ('open', 'pending', 'closed')", name="status"),
        CheckConstraint("is_internal OR client_id IS NOT NULL", name="client"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="dates"),
        CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name="closed"),
        CheckConstraint("trust_minimum_minor IS NULL OR trust_minimum_minor >= 0", name="trust_minimum"),
        Index("ix_matters_client", "firm_id", "client_id"),
        Index(
            "uq_matters_internal",
            "firm_id",
            unique=True,
            sqlite_where=text("is_internal"),
            postgresql_where=text("is_internal"),
        ),
        Index("ix_matters_walled", "firm_id", "id", sqlite_where=text("is_walled"), postgresql_where=text("is_walled")),
        CheckConstraint("NOT (is_internal AND is_walled)", name="wall"),
    )


class MatterAdmission(Base):
    """A member who may see a walled-off matter. Without a wall the row says nothing."""

    __tablename__ = "matter_admissions"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    membership_id: Mapped[Ref]
    admitted_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("firm_id", "matter_id", "membership_id"),
        firm_key("matter_id", "matters"),
        firm_key("membership_id", "memberships"),
        Index("ix_matter_admissions_membership", "firm_id", "membership_id"),
    )
