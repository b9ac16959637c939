"""What clients accept on their bills, with dates, and how a row becomes the domain's guideline."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Json, Line, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.domain import guidelines as domain

CODES = {"needs_task_code": "task_code", "needs_activity_code": "activity_code", "needs_expense_code": "expense_code"}
"""The flag of a row, and the field of an entry that it makes compulsory."""


class Guideline(Base):
    """A client's guideline in force from a date (through `effective_to`, when set), or one that a matter has instead of it.

    `forbidden_words` holds one phrase a line; `quotes` the client's own words by rule (domain.guidelines.Rule). Weights are allow, warn,
    refuse. Lengths of 0 are none. One that was a mistake is marked `removed_at`.
    """

    __tablename__ = "guidelines"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[OptionalRef]
    client_id: Mapped[OptionalRef]
    title: Mapped[Line]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    least_characters: Mapped[int] = mapped_column(default=0)
    most_characters: Mapped[int] = mapped_column(default=0)
    length_weight: Mapped[Code] = mapped_column(default="warn")
    vague_weight: Mapped[Code] = mapped_column(default="warn")
    blocks_weight: Mapped[Code] = mapped_column(default="warn")
    blocks_over_seconds: Mapped[int] = mapped_column(default=1_800)
    forbidden_weight: Mapped[Code] = mapped_column(default="warn")
    forbidden_words: Mapped[Prose] = mapped_column(default="")
    needs_task_code: Mapped[bool] = mapped_column(default=False)
    needs_activity_code: Mapped[bool] = mapped_column(default=False)
    needs_expense_code: Mapped[bool] = mapped_column(default=False)
    quotes: Mapped[Json] = mapped_column(default=dict)
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("client_id", "clients"),
        CheckConstraint("(matter_id IS NULL) <> (client_id IS NULL)", name="place"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        CheckConstraint("least_characters >= 0 AND most_characters BETWEEN 0 AND 15000", name="characters"),
        CheckConstraint("blocks_over_seconds BETWEEN 0 AND 86400", name="blocks_over"),
        CheckConstraint("length_weight IN ('allow', 'warn', 'refuse') AND forbidden_weight IN ('allow', 'warn', 'refuse')", name="hard"),
        CheckConstraint("vague_weight IN ('allow', 'warn', 'refuse') AND blocks_weight IN ('allow', 'warn', 'refuse')", name="words"),
        Index("ix_guidelines_matter", "firm_id", "matter_id"),
        Index("ix_guidelines_client", "firm_id", "client_id"),
    )

    def read(self, source: str) -> domain.Guideline:
        """As the domain has it; `source` is the name of whoever gave it."""
        return domain.Guideline(
            id=self.id,
            source=source,
            matter_id=self.matter_id,
            client_id=self.client_id,
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            least=self.least_characters,
            most=self.most_characters,
            length=domain.Weight(self.length_weight),
            vague=domain.Weight(self.vague_weight),
            blocks=domain.Weight(self.blocks_weight),
            blocks_over_seconds=self.blocks_over_seconds,
            forbidden=domain.Weight(self.forbidden_weight),
            forbidden_words=tuple(self.forbidden_words.splitlines()),
            codes=frozenset(field for flag, field in CODES.items() if getattr(self, flag)),
            quotes=self.quotes,
        )
