"""What somebody was in the middle of: unsaved text of forms, and the matters they looked at."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Json, Ref, firm_key


class Draft(Base):
    """The unsaved values of one form of one person; `record_id` is 0 where the form makes a new record."""

    __tablename__ = "drafts"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    form: Mapped[Code]
    record_id: Mapped[Ref] = mapped_column(default=0)
    payload: Mapped[Json]
    saved_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("firm_id", "user_id", "form", "record_id"),
        Index("ix_drafts_saved_at", "firm_id", "saved_at"),
    )


class MatterVisit(Base):
    """When somebody last looked at a matter: one row per person and matter."""

    __tablename__ = "matter_visits"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    user_id: Mapped[Ref] = mapped_column(ForeignKey("users.id"))
    matter_id: Mapped[Ref]
    seen_at: Mapped[Instant]

    __table_args__ = (
        firm_key("matter_id", "matters"),
        UniqueConstraint("firm_id", "user_id", "matter_id"),
        Index("ix_matter_visits_recent", "firm_id", "user_id", "seen_at"),
    )
