"""Work as it was recorded: time, expenses, fixed fees. None of them points at an invoice."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import (
    Base,
    BigInt,
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
from lexapp.models.matters import Matter
from lexapp.models.people import Timekeeper

BILLING_STATUS = "billing_status IN ('billable', 'non_billable', 'no_charge')"


class TimeEntry(Base):
    """Dated work by a timekeeper on a matter, with measured, recorded and billed time side by side.

    `counted_seconds` is what its timer came to, without what was taken off and with its share of minutes that timers had in common.
    `rate_reason` holds the rule that won, those it beat and since when (domain.rates); `rounding_reason` likewise (domain.rounding_rules),
    nothing where the quantity came from elsewhere. Entries of one `rounding_group` are rounded together, by the rule that they all keep.
    `quantity_hundredths` x `rate_minor_per_hour` = `amount_minor`, rounded half up once. `adjustment_minor` (<= 0) is a
    reduction agreed for this entry and shown on the invoice; a pre-bill line starts with it. `fee_term_id`: the term of the agreement that
    pays for it; such time is valued, and neither billed nor work in progress.
    """

    __tablename__ = "time_entries"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    timekeeper_id: Mapped[Ref]
    timer_id: Mapped[OptionalRef]
    client_key: Mapped[str | None] = mapped_column(String(36))
    worked_on: Mapped[date]
    measured_seconds: Mapped[int | None]
    counted_seconds: Mapped[int | None]
    recorded_seconds: Mapped[int]
    quantity_hundredths: Mapped[int]
    rounding_group: Mapped[Code] = mapped_column(default="")
    rounding_reason: Mapped[dict[str, object]] = mapped_column(JsonData, default=dict)
    narrative: Mapped[Prose] = mapped_column(default="")
    task_code: Mapped[Code] = mapped_column(default="")
    activity_code: Mapped[Code] = mapped_column(default="")
    billing_status: Mapped[Code] = mapped_column(default="billable")
    rate_minor_per_hour: Mapped[int | None] = mapped_column(BigInt)
    rate_is_typed: Mapped[bool] = mapped_column(default=False)
    rate_reason: Mapped[dict[str, object]] = mapped_column(JsonData)
    amount_minor: Mapped[Minor]
    adjustment_minor: Mapped[Minor] = mapped_column(default=0)
    adjustment_reason: Mapped[Line] = mapped_column(default="")
    fee_term_id: Mapped[OptionalRef]
    recorded_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    discarded_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    matter: Mapped[Matter] = relationship(viewonly=True)
    timekeeper: Mapped[Timekeeper] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "client_key"),
        firm_key("matter_id", "matters"),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("timer_id", "timers"),
        firm_key("fee_term_id", "fee_terms"),
        CheckConstraint(BILLING_STATUS, name="billing_status"),
        CheckConstraint("recorded_seconds >= 0 AND quantity_hundredths >= 0", name="quantities"),
        CheckConstraint("measured_seconds IS NULL OR measured_seconds >= 0", name="measured"),
        CheckConstraint("counted_seconds IS NULL OR counted_seconds >= 0", name="counted"),
        CheckConstraint("rate_minor_per_hour IS NULL OR rate_minor_per_hour >= 0", name="rate"),
        CheckConstraint("billing_status = 'billable' OR amount_minor = 0", name="amount"),
        CheckConstraint("adjustment_minor <= 0 AND amount_minor + adjustment_minor >= 0", name="adjustment"),
        Index("ix_time_entries_matter", "firm_id", "matter_id", "worked_on"),
        Index("ix_time_entries_timekeeper", "firm_id", "timekeeper_id", "worked_on"),
        Index("ix_time_entries_day", "firm_id", "worked_on", "id"),
        Index(
            "uq_time_entries_timer",
            "firm_id",
            "timer_id",
            unique=True,
            sqlite_where=text("timer_id IS NOT NULL AND discarded_at IS NULL"),
            postgresql_where=text("timer_id IS NOT NULL AND discarded_at IS NULL"),
        ),
    )


class ExpenseEntry(Base):
    """A cost recorded on a matter: hard (paid to a third party) or soft. `cost_minor` is what was paid.

    Counted expenses (miles) keep their rate, the units, and `unit_note`, which stands in the description where the rate is finer than
    money (domain.unit_rates). A hard cost with an agreed mark-up keeps the term that says so, and units and price as they were paid.
    `is_taxed`, `needs_receipt` and `approval` follow from its category when it is saved. It is billed only with the receipt that it needs,
    approved where that is needed, and not paid out of the client's trust money (`trust_transaction_id`), which leaves nothing owed.
    """

    __tablename__ = "expense_entries"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    timekeeper_id: Mapped[OptionalRef]
    incurred_on: Mapped[date]
    kind: Mapped[Code] = mapped_column(default="hard")
    code: Mapped[Code] = mapped_column(default="")
    description: Mapped[Prose] = mapped_column(default="")
    category_id: Mapped[OptionalRef]
    vendor: Mapped[Line] = mapped_column(default="")
    vendor_id: Mapped[OptionalRef]
    quantity_hundredths: Mapped[int] = mapped_column(default=100)
    unit_minor: Mapped[Minor]
    unit_rate_id: Mapped[OptionalRef]
    unit_rate_name: Mapped[Line] = mapped_column(default="")
    unit_rate_hundredths: Mapped[int | None] = mapped_column(BigInt)
    units_hundredths: Mapped[int | None]
    unit_note: Mapped[Line] = mapped_column(default="")
    receipt_id: Mapped[OptionalRef]
    amount_minor: Mapped[Minor]
    adjustment_minor: Mapped[Minor] = mapped_column(default=0)
    adjustment_reason: Mapped[Line] = mapped_column(default="")
    cost_minor: Mapped[Minor]
    mark_up_basis_points: Mapped[int] = mapped_column(default=0)
    mark_up_minor: Mapped[Minor] = mapped_column(default=0)
    mark_up_term_id: Mapped[OptionalRef]
    paid_units_hundredths: Mapped[int | None]
    paid_unit_minor: Mapped[int | None] = mapped_column(BigInt)
    is_taxed: Mapped[bool] = mapped_column(default=True)
    needs_receipt: Mapped[bool] = mapped_column(default=False)
    approval: Mapped[Code] = mapped_column(default="none")
    decided_at: Mapped[OptionalInstant]
    decided_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    decision_reason: Mapped[Line] = mapped_column(default="")
    trust_transaction_id: Mapped[OptionalRef]
    billing_status: Mapped[Code] = mapped_column(default="billable")
    journal_entry_id: Mapped[OptionalRef]
    recorded_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    discarded_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    matter: Mapped[Matter] = relationship(viewonly=True)
    timekeeper: Mapped[Timekeeper | None] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("timekeeper_id", "timekeepers"),
        firm_key("journal_entry_id", "journal_entries"),
        firm_key("unit_rate_id", "unit_rates"),
        firm_key("receipt_id", "stored_documents"),
        firm_key("category_id", "expense_categories"),
        firm_key("vendor_id", "vendors"),
        firm_key("mark_up_term_id", "fee_terms"),
        firm_key("trust_transaction_id", "trust_transactions"),
        UniqueConstraint("firm_id", "trust_transaction_id"),
        CheckConstraint(BILLING_STATUS, name="billing_status"),
        CheckConstraint("kind IN ('hard', 'soft')", name="kind"),
        CheckConstraint("quantity_hundredths > 0 AND unit_minor >= 0 AND cost_minor >= 0", name="amounts"),
        CheckConstraint("kind = 'hard' OR cost_minor = 0", name="soft_cost"),
        CheckConstraint("adjustment_minor <= 0 AND amount_minor + adjustment_minor >= 0", name="adjustment"),
        CheckConstraint("billing_status = 'billable' OR amount_minor = 0", name="worth"),
        CheckConstraint("approval IN ('none', 'waiting', 'approved', 'declined')", name="approval"),
        CheckConstraint("approval <> 'declined' OR decision_reason <> ''", name="decision_reason"),
        CheckConstraint("mark_up_minor >= 0 AND (mark_up_minor = 0 OR mark_up_term_id IS NOT NULL)", name="mark_up"),
        CheckConstraint("trust_transaction_id IS NULL OR (kind = 'hard' AND journal_entry_id IS NULL)", name="paid_from_trust"),
        Index(
            "ix_expense_entries_waiting",
            "firm_id",
            "approval",
            sqlite_where=text("approval IN ('waiting', 'declined')"),
            postgresql_where=text("approval IN ('waiting', 'declined')"),
        ),
        Index("ix_expense_entries_matter", "firm_id", "matter_id", "incurred_on"),
    )


class FixedFeeEntry(Base):
    """A dated fee without a timekeeper (LEDES line type IF). `derivation`: the steps by which an agreement made its amount, or none."""

    __tablename__ = "fixed_fee_entries"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    charged_on: Mapped[date]
    description: Mapped[Prose] = mapped_column(default="")
    amount_minor: Mapped[Minor]
    billing_status: Mapped[Code] = mapped_column(default="billable")
    derivation: Mapped[list[dict[str, Any]]] = mapped_column(JsonData, default=list)
    recorded_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    discarded_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    matter: Mapped[Matter] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        CheckConstraint(BILLING_STATUS, name="billing_status"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index("ix_fixed_fee_entries_matter", "firm_id", "matter_id", "charged_on"),
    )
