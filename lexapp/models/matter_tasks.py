"""What has to be done on a matter."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Id, Instant, Line, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key


class MatterTask(Base):
    """Something to do on a matter, perhaps by a day and by a member of the firm. One that was taken off the list is marked `removed_at`."""

    __tablename__ = "matter_tasks"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    name: Mapped[Line]
    note: Mapped[Prose] = mapped_column(default="")
    due_on: Mapped[date | None]
    membership_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    done_at: Mapped[OptionalInstant]
    done_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("membership_id", "memberships"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("done_by_user_id IS NULL OR done_at IS NOT NULL", name="done"),
        Index("ix_matter_tasks_matter", "firm_id", "matter_id"),
        Index("ix_matter_tasks_member", "firm_id", "membership_id", "due_on"),
    )
