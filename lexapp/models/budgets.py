"""Budgets of matters with their parts, which thresholds were told to whom, and time that is held because it goes beyond."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import (
    Base,
    Code,
    Id,
    Instant,
    JsonData,
    Line,
    Minor,
    OptionalInstant,
    OptionalRef,
    Prose,
    Ref,
    firm_id_key,
    firm_key,
)

_OF = ("firm_id", "matter_id", "budget_id")
FROZEN: dict[str, tuple[str, ...]] = {
    "matter_budgets": (
        *("firm_id", "matter_id", "effective_from", "counts_from", "counts", "beyond", "amount_minor", "hours_hundredths"),
        *("thresholds", "note", "created_at", "created_by_user_id", "removed_at"),
    ),
    "budget_notices": (
        *(*_OF, "fee_term_id", "code", "month", "measure", "threshold", "spent", "most"),
        *("command_id", "user_id", "passed_at", "seen_at"),
    ),
    "budget_holds": (*_OF, "time_entry_id", "code", "held_at", "decided_at", "decided_by_user_id"),
}
"""What never changes once it has a value (models/walls.py)."""
_STANDS = text("removed_at IS NULL")
_OF_BUDGET, _OF_CAP = text("budget_id IS NOT NULL"), text("fee_term_id IS NOT NULL")
_OPEN = text("decided_at IS NULL")


class MatterBudget(Base):
    """A matter's budget in force from a date (through `effective_to`: until the next one begins).

    It never changes: a change is a new one. Work counts from `counts_from` (all of it where it is empty) through `effective_to`.
    `thresholds`: whole percents at which the responsible timekeeper is told. One that was a mistake is marked `removed_at`.
    """

    __tablename__ = "matter_budgets"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    counts_from: Mapped[date | None]
    counts: Mapped[Code]
    beyond: Mapped[Code]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    hours_hundredths: Mapped[int | None] = mapped_column(BigInteger)
    thresholds: Mapped[list[int]] = mapped_column(JsonData)
    note: Mapped[Prose] = mapped_column(default="")
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        CheckConstraint("counts IN ('fees', 'all')", name="counts"),
        CheckConstraint("beyond IN ('warn', 'block')", name="beyond"),
        CheckConstraint("amount_minor IS NOT NULL OR hours_hundredths IS NOT NULL", name="whole"),
        CheckConstraint("amount_minor IS NULL OR amount_minor > 0", name="amount"),
        CheckConstraint("hours_hundredths IS NULL OR hours_hundredths > 0", name="hours"),
        Index("ix_matter_budgets_matter", "firm_id", "matter_id"),
        Index(
            "uq_matter_budgets_start",
            "firm_id",
            "matter_id",
            "effective_from",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )


class BudgetPart(Base):
    """What of a budget is meant for a UTBMS phase or task (`code`)."""

    __tablename__ = "budget_parts"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    budget_id: Mapped[Ref]
    position: Mapped[int]
    code: Mapped[Code]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    hours_hundredths: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("firm_id", "budget_id", "code"),
        firm_key("matter_id", "matters"),
        firm_key("budget_id", "matter_budgets"),
        CheckConstraint("amount_minor IS NOT NULL OR hours_hundredths IS NOT NULL", name="part"),
        CheckConstraint("amount_minor IS NULL OR amount_minor > 0", name="amount"),
        CheckConstraint("hours_hundredths IS NULL OR hours_hundredths > 0", name="hours"),
    )


class BudgetNotice(Base):
    """A threshold that was reached, kept so that it is told once: of a budget, or of a cap of a fee agreement (`fee_term_id`).

    `code`: the phase or task, empty for the whole. `month`: that of a monthly cap, as YYYY-MM. `spent` and `most` are what stood then, in
    minor units or hundredths of an hour. `user_id`: who was told; None where it was reached already when the budget was set.
    """

    __tablename__ = "budget_notices"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    budget_id: Mapped[OptionalRef]
    fee_term_id: Mapped[OptionalRef]
    code: Mapped[Code] = mapped_column(default="")
    month: Mapped[Code] = mapped_column(default="")
    measure: Mapped[Code]
    threshold: Mapped[int]
    spent: Mapped[Minor]
    most: Mapped[Minor]
    command_id: Mapped[Ref]
    user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    passed_at: Mapped[Instant]
    seen_at: Mapped[OptionalInstant]

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("budget_id", "matter_budgets"),
        firm_key("fee_term_id", "fee_terms"),
        firm_key("command_id", "commands"),
        CheckConstraint("(budget_id IS NULL) <> (fee_term_id IS NULL)", name="one_source"),
        CheckConstraint("measure IN ('money', 'hours')", name="measure"),
        CheckConstraint("threshold BETWEEN 1 AND 500", name="threshold"),
        Index(
            "uq_budget_notices_budget",
            "firm_id",
            "budget_id",
            "code",
            "measure",
            "threshold",
            unique=True,
            sqlite_where=_OF_BUDGET,
            postgresql_where=_OF_BUDGET,
        ),
        Index(
            "uq_budget_notices_cap",
            "firm_id",
            "fee_term_id",
            "month",
            "threshold",
            unique=True,
            sqlite_where=_OF_CAP,
            postgresql_where=_OF_CAP,
        ),
        Index("ix_budget_notices_user", "firm_id", "user_id", "seen_at"),
    )


class BudgetHold(Base):
    """A time entry that is not billable because it went beyond a budget, until somebody decides.

    `outcome`: released (billable after all, for `reason`, by whoever decided), kept (it stays non-billable), within (it was changed, and
    fits by now).
    """

    __tablename__ = "budget_holds"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    budget_id: Mapped[Ref]
    time_entry_id: Mapped[Ref]
    code: Mapped[Code] = mapped_column(default="")
    held_at: Mapped[Instant]
    decided_at: Mapped[OptionalInstant]
    decided_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[Code] = mapped_column(default="")
    reason: Mapped[Line] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("budget_id", "matter_budgets"),
        firm_key("time_entry_id", "time_entries"),
        CheckConstraint("outcome IN ('', 'released', 'kept', 'within')", name="outcome"),
        CheckConstraint("(decided_at IS NULL) = (outcome = '')", name="decided"),
        CheckConstraint("outcome <> 'released' OR reason <> ''", name="reason"),
        Index("ix_budget_holds_matter", "firm_id", "matter_id"),
        Index("uq_budget_holds_open", "firm_id", "time_entry_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
