"""Short words that expand while typing."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, OptionalRef, Prose, Ref, firm_id_key


class Snippet(Base):
    """What `abbreviation` becomes in a narrative: for one person, or without a user for the whole firm. A person's own goes first."""

    __tablename__ = "snippets"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    abbreviation: Mapped[Code]
    expansion: Mapped[Prose]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        Index(
            "uq_snippets_firm",
            "firm_id",
            "abbreviation",
            unique=True,
            sqlite_where=text("user_id IS NULL"),
            postgresql_where=text("user_id IS NULL"),
        ),
        Index(
            "uq_snippets_own",
            "firm_id",
            "user_id",
            "abbreviation",
            unique=True,
            sqlite_where=text("user_id IS NOT NULL"),
            postgresql_where=text("user_id IS NOT NULL"),
        ),
    )
