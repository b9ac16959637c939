"""Kinds of expenses with what holds for them, and who was paid."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Line, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key
from lexapp.domain.expenses import CategoryRules


class ExpenseCategory(Base):
    """A kind of expense: usual UTBMS code and kind, its rules, and what one is called where it is counted (`unit`).

    It is counted where there are `unit_rates` of its name. Amounts above which a receipt or an approval is needed: None is never.
    """

    __tablename__ = "expense_categories"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    code: Mapped[Code] = mapped_column(default="")
    kind: Mapped[Code] = mapped_column(default="hard")
    unit: Mapped[Code] = mapped_column(default="")
    is_taxed: Mapped[bool] = mapped_column(default=True)
    receipt_above_minor: Mapped[int | None] = mapped_column(BigInteger)
    approval_above_minor: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Instant]
    retired_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "name"),
        CheckConstraint("kind IN ('hard', 'soft')", name="kind"),
        CheckConstraint("receipt_above_minor IS NULL OR receipt_above_minor >= 0", name="receipt_above"),
        CheckConstraint("approval_above_minor IS NULL OR approval_above_minor >= 0", name="approval_above"),
    )

    @property
    def rules(self) -> CategoryRules:
        return CategoryRules(self.is_taxed, self.receipt_above_minor, self.approval_above_minor)


class Vendor(Base):
    """Somebody who was paid for clients, as the firm calls them. `folded` is the name without capital letters: one vendor each.

    One that was merged into another (`merged_into_id`) is a name by which that one is found.
    """

    __tablename__ = "vendors"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    folded: Mapped[Line]
    merged_into_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (firm_id_key(), firm_key("merged_into_id", "vendors"), UniqueConstraint("firm_id", "folded"))
