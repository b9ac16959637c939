"""Agreed shares of the credit for a matter's collected fees."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key
from lexapp.models.people import Timekeeper

_LIVE = text("removed_at IS NULL")


class MatterCredit(Base):
    """One timekeeper's share (hundredths of a percent) of the originating or responsible credit from a day, perhaps until one.

    The rows of a matter with the same kind and first day are one split: they add up to 100 percent, end and are removed together. Where
    none holds, the matter's own originating or responsible timekeeper has it all. What a row says never changes.
    """

    __tablename__ = "matter_credits"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    kind: Mapped[Code]
    timekeeper_id: Mapped[Ref]
    share_basis_points: Mapped[int]
    position: Mapped[int]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    timekeeper: Mapped[Timekeeper] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("timekeeper_id", "timekeepers"),
        CheckConstraint("kind IN ('originating', 'responsible')", name="kind"),
        CheckConstraint("share_basis_points > 0 AND share_basis_points <= 10000", name="share"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        Index(
            "uq_matter_credits_live",
            "firm_id",
            "matter_id",
            "kind",
            "effective_from",
            "timekeeper_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )
