"""The taxes that a firm charges: each row is one rate of a named tax, in force from a day and perhaps until one."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Id, Instant, Line, Ref, firm_id_key


class Tax(Base):
    """A rate of a tax in millionths (62,500 is 6.25 percent), charged on fees, on expenses, or on both."""

    __tablename__ = "taxes"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    rate_millionths: Mapped[int]
    on_fees: Mapped[bool] = mapped_column(default=True)
    on_expenses: Mapped[bool] = mapped_column(default=False)
    registration_number: Mapped[Line] = mapped_column(default="")
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "name", "effective_from"),
        CheckConstraint("rate_millionths >= 0 AND rate_millionths <= 1000000", name="rate"),
        CheckConstraint("on_fees OR on_expenses", name="base"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
    )
