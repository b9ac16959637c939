"""Dated rates of own expenses that are counted: miles, pages."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Line, OptionalInstant, OptionalRef, Ref, firm_id_key


class UnitRate(Base):
    """`rate_hundredths` of a minor unit for one `unit`, in force from a date (through `effective_to`, when set).

    What it says never changes; one that was a mistake is marked `removed_at` and applies to nothing from then on.
    """

    __tablename__ = "unit_rates"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    unit: Mapped[Code]
    code: Mapped[Code] = mapped_column(default="")
    rate_hundredths: Mapped[int] = mapped_column(BigInteger)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        CheckConstraint("rate_hundredths > 0", name="rate"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        Index("ix_unit_rates_name", "firm_id", "name"),
    )
