"""What is agreed for the fees of a matter, with dates; the milestones that this makes; and templates to begin from."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Json, Line, Minor, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key

_STANDS = text("removed_at IS NULL")
_COUNTS = text("undone_at IS NULL AND period_start IS NOT NULL")


class FeeAgreement(Base):
    """A matter's agreement in force from a date (through `effective_to`: until the next one begins).

    It never changes: a change is a new one. `letter_id`: the signed letter. One that was a mistake is marked `removed_at`.
    """

    __tablename__ = "fee_agreements"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    signed_on: Mapped[date | None]
    note: Mapped[Prose] = mapped_column(default="")
    letter_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("letter_id", "stored_documents"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        Index("ix_fee_agreements_matter", "firm_id", "matter_id"),
        Index(
            "uq_fee_agreements_start",
            "firm_id",
            "matter_id",
            "effective_from",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )


class FeeTerm(Base):
    """One term of an agreement: `terms` is what its kind in domain/agreements reads."""

    __tablename__ = "fee_terms"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    fee_agreement_id: Mapped[Ref]
    position: Mapped[int]
    kind: Mapped[Code]
    terms: Mapped[Json]

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "fee_agreement_id", "position"),
        firm_key("matter_id", "matters"),
        firm_key("fee_agreement_id", "fee_agreements"),
        CheckConstraint("position >= 1", name="position"),
    )


class Milestone(Base):
    """A fee that an agreement makes once: of a flat fee one, of a schedule each of its parts. In minor units.

    It is reached while its fixed fee stands: one that was discarded leaves it to be reached again. A later agreement that has the same
    milestone points at the same fee. One that is due by a task names it (`task_id`); `is_by_task`: its end reached the milestone.
    """

    __tablename__ = "milestones"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    fee_agreement_id: Mapped[Ref]
    fee_term_id: Mapped[Ref]
    position: Mapped[int]
    name: Mapped[Line]
    amount_minor: Mapped[Minor]
    due_by: Mapped[Code]
    due_on: Mapped[date | None]
    due_task: Mapped[Line] = mapped_column(default="")
    task_id: Mapped[OptionalRef]
    is_by_task: Mapped[bool] = mapped_column(default=False)
    fixed_fee_entry_id: Mapped[OptionalRef]
    cancelled_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "fee_term_id", "position"),
        firm_key("matter_id", "matters"),
        firm_key("fee_agreement_id", "fee_agreements"),
        firm_key("fee_term_id", "fee_terms"),
        firm_key("task_id", "matter_tasks"),
        firm_key("fixed_fee_entry_id", "fixed_fee_entries"),
        CheckConstraint("task_id IS NULL OR due_by = 'task'", name="task"),
        CheckConstraint("due_by IN ('date', 'task', 'hand')", name="due_by"),
        CheckConstraint("(due_by = 'date') = (due_on IS NOT NULL)", name="due_on"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_milestones_matter", "firm_id", "matter_id"),
        Index("ix_milestones_due", "firm_id", "due_on"),
        Index("ix_milestones_task", "firm_id", "task_id"),
    )


class AgreedFee(Base):
    """What a term without milestones came to, once: a success fee for a result, or what a month made due (`period_start`: its first day).

    `value_minor` is what it was worked out from: the value achieved, or the time of the month. A month that made nothing due has no fee
    and is kept, so that it is asked once. One that was undone is marked `undone_at`.
    """

    __tablename__ = "agreed_fees"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    fee_term_id: Mapped[Ref]
    kind: Mapped[Code]
    period_start: Mapped[date | None]
    charged_on: Mapped[date]
    name: Mapped[Line]
    value_minor: Mapped[Minor] = mapped_column(default=0)
    amount_minor: Mapped[Minor]
    fixed_fee_entry_id: Mapped[OptionalRef]
    recorded_at: Mapped[Instant]
    recorded_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("fee_term_id", "fee_terms"),
        firm_key("fixed_fee_entry_id", "fixed_fee_entries"),
        CheckConstraint("kind IN ('success', 'minimum', 'minimum_in_all', 'retainer', 'beyond')", name="kind"),
        CheckConstraint("(kind IN ('minimum', 'retainer', 'beyond')) = (period_start IS NOT NULL)", name="period"),
        CheckConstraint("amount_minor >= 0 AND (amount_minor > 0) = (fixed_fee_entry_id IS NOT NULL)", name="amount"),
        Index("ix_agreed_fees_matter", "firm_id", "matter_id"),
        Index(
            "uq_agreed_fees_month",
            "firm_id",
            "matter_id",
            "kind",
            "period_start",
            unique=True,
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
    )


class FeeTemplate(Base):
    """Terms to begin an agreement from, for the matters of a practice area, or of any. `terms` holds the rows of domain's write_terms."""

    __tablename__ = "fee_templates"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    practice_area_id: Mapped[OptionalRef]
    name: Mapped[Line]
    terms: Mapped[Json]
    created_at: Mapped[Instant]
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("practice_area_id", "practice_areas"),
    )
