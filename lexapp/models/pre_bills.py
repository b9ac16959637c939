"""The draft under review and its lines; the invoice prints these lines and no others."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import (
    Base,
    BigInt,
    Code,
    Id,
    Instant,
    Line,
    Minor,
    OptionalInstant,
    OptionalRef,
    Prose,
    Ref,
    firm_id_key,
    firm_key,
)
from lexapp.models.clients import Client
from lexapp.models.matters import Matter
from lexapp.models.people import Timekeeper


def _one_live_line(column: str) -> Index:
    """An entry is on at most one live line per payer: it cannot be billed twice."""
    live = text(f"state = 'included' AND {column} IS NOT NULL")
    return Index(f"uq_pre_bill_lines_{column}", "firm_id", column, "payer_id", unique=True, sqlite_where=live, postgresql_where=live)


class BillingRun(Base):
    """Many pre-bills or invoices made in one go, in chunks, restartable."""

    __tablename__ = "billing_runs"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    kind: Mapped[Code]
    through_on: Mapped[date]
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    send: Mapped[bool] = mapped_column(default=False)
    state: Mapped[Code] = mapped_column(default="running")
    total: Mapped[int] = mapped_column(default=0)
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    finished_at: Mapped[OptionalInstant]

    __table_args__ = (
        firm_id_key(),
        CheckConstraint("kind IN ('draft', 'issue')", name="kind"),
        CheckConstraint("state IN ('running', 'finished')", name="state"),
        CheckConstraint("(kind = 'issue') = (issued_on IS NOT NULL)", name="issued_on"),
    )


class BillingRunItem(Base):
    """One matter or pre-bill of a run, with what became of it."""

    __tablename__ = "billing_run_items"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    billing_run_id: Mapped[Ref]
    matter_id: Mapped[Ref]
    pre_bill_id: Mapped[OptionalRef]
    state: Mapped[Code] = mapped_column(default="waiting")
    problem: Mapped[Prose] = mapped_column(default="")

    __table_args__ = (
        firm_key("billing_run_id", "billing_runs"),
        firm_key("matter_id", "matters"),
        firm_key("pre_bill_id", "pre_bills"),
        CheckConstraint("state IN ('waiting', 'done', 'refused')", name="state"),
        Index("ix_billing_run_items_run", "firm_id", "billing_run_id", "state"),
    )


class PreBill(Base):
    """Unbilled work of one matter for one payer, under review. `draft_id`: the first of those that were drafted together.

    `volume_discount_id`: by which discount of the client its lines were given something, after so much was billed (`volume_billed_minor`)
    and given (`volume_given_minor`) on the client's other bills of the year.
    """

    __tablename__ = "pre_bills"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    payer_id: Mapped[Ref]
    draft_id: Mapped[OptionalRef]
    state: Mapped[Code] = mapped_column(default="open")
    through_on: Mapped[date]
    description: Mapped[Prose] = mapped_column(default="For services rendered")
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    approved_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    approved_at: Mapped[OptionalInstant]
    volume_discount_id: Mapped[OptionalRef]
    volume_billed_minor: Mapped[Minor] = mapped_column(default=0)
    volume_given_minor: Mapped[Minor] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    matter: Mapped[Matter] = relationship(viewonly=True)
    payer: Mapped[Client] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("payer_id", "clients"),
        firm_key("draft_id", "pre_bills"),
        firm_key("volume_discount_id", "client_discounts"),
        CheckConstraint("state IN ('open', 'approved', 'issued', 'discarded')", name="state"),
        Index("ix_pre_bills_state", "firm_id", "state"),
        Index("ix_pre_bills_matter", "firm_id", "matter_id"),
    )


class PreBillLine(Base):
    """One entry's share on a pre-bill.

    `entry_*` is this payer's share of the entry as it stood when drafted. What is shown multiplies out: `quantity_hundredths` x
    `rate_minor` rounded half up, plus `rounding_minor` (what a split between payers adds: the odd unit, or where a cap ends in the line
    less than the price of a hundredth of an hour and a unit), plus `adjustment_minor` (<= 0, typed by a reviewer or agreed for the
    entry), plus `agreed_minor` (<= 0, what the discounts and caps of the fee agreement take off), plus `volume_minor` (<= 0, what the
    client is given for being billed much in its year) is `amount_minor`; a no-charge line
    keeps quantity and rate and is charged nothing. `write_down_minor` is internal: what the share was worth less what is charged before
    what is shown as taken off (negative for a write-up).
    For expenses the quantity counts units and the rate is the price of one unit; a fixed fee is one unit. `cost_minor` is the
    share of what a hard cost had cost the firm. `is_taxed` is off for a disbursement that is outside of taxes.
    `arrangement_id` and `split_id` say under which arrangement the payers share the entry, and in which draft it was divided (by its first
    pre-bill): what one of them is released from is billed to the same payer again as it was divided then.
    `state`: included while the entry is taken by this pre-bill or its invoice; held back and released lines free the entry.
    """

    __tablename__ = "pre_bill_lines"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    pre_bill_id: Mapped[Ref]
    payer_id: Mapped[Ref]
    position: Mapped[int]
    kind: Mapped[Code]
    state: Mapped[Code] = mapped_column(default="included")
    time_entry_id: Mapped[OptionalRef]
    expense_entry_id: Mapped[OptionalRef]
    fixed_fee_entry_id: Mapped[OptionalRef]
    timekeeper_id: Mapped[OptionalRef]
    dated_on: Mapped[date]
    narrative: Mapped[Prose] = mapped_column(default="")
    task_code: Mapped[Code] = mapped_column(default="")
    activity_code: Mapped[Code] = mapped_column(default="")
    expense_code: Mapped[Code] = mapped_column(default="")
    billing_status: Mapped[Code] = mapped_column(default="billable")
    share_basis_points: Mapped[int] = mapped_column(default=10_000)
    arrangement_id: Mapped[OptionalRef]
    split_id: Mapped[OptionalRef]
    entry_quantity_hundredths: Mapped[int]
    entry_rate_minor: Mapped[int] = mapped_column(BigInt)
    entry_amount_minor: Mapped[Minor]
    cost_minor: Mapped[Minor] = mapped_column(default=0)
    is_taxed: Mapped[bool] = mapped_column(default=True)
    quantity_hundredths: Mapped[int]
    rate_minor: Mapped[int] = mapped_column(BigInt)
    rounding_minor: Mapped[Minor] = mapped_column(default=0)
    write_down_minor: Mapped[Minor] = mapped_column(default=0)
    write_down_reason: Mapped[Line] = mapped_column(default="")
    adjustment_minor: Mapped[Minor] = mapped_column(default=0)
    adjustment_reason: Mapped[Line] = mapped_column(default="")
    agreed_minor: Mapped[Minor] = mapped_column(default=0)
    agreed_reason: Mapped[Line] = mapped_column(default="")
    volume_minor: Mapped[Minor] = mapped_column(default=0)
    volume_reason: Mapped[Line] = mapped_column(default="")
    amount_minor: Mapped[Minor]
    version: Mapped[int] = mapped_column(default=1)

    timekeeper: Mapped[Timekeeper | None] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        firm_key("pre_bill_id", "pre_bills"),
        firm_key("payer_id", "clients"),
        firm_key("arrangement_id", "payer_arrangements"),
        firm_key("split_id", "pre_bills"),
        firm_key("time_entry_id", "time_entries"),
        firm_key("expense_entry_id", "expense_entries"),
        firm_key("fixed_fee_entry_id", "fixed_fee_entries"),
        firm_key("timekeeper_id", "timekeepers"),
        CheckConstraint("kind IN ('time', 'expense', 'fixed_fee')", name="kind"),
        CheckConstraint("state IN ('included', 'held', 'released')", name="state"),
        CheckConstraint(
            "amount_minor = entry_amount_minor - write_down_minor + adjustment_minor + agreed_minor + volume_minor", name="adds_up"
        ),
        CheckConstraint(
            "amount_minor = CASE WHEN billing_status = 'billable'"
            " THEN (quantity_hundredths * rate_minor + 50) / 100 + rounding_minor + adjustment_minor + agreed_minor + volume_minor"
            " ELSE 0 END",
            name="multiplies_out",
        ),
        CheckConstraint(
            "share_basis_points > 0 AND share_basis_points <= 10000"
            " AND rounding_minor * 100 BETWEEN -rate_minor - 100 AND rate_minor + 100"
            " AND (rounding_minor = 0 OR share_basis_points < 10000)",
            name="split",
        ),
        CheckConstraint("(arrangement_id IS NULL) = (split_id IS NULL)", name="divided"),
        CheckConstraint("billing_status IN ('billable', 'no_charge')", name="billing_status"),
        CheckConstraint("rate_minor >= 0 AND cost_minor >= 0", name="prices"),
        CheckConstraint("adjustment_minor = 0 OR adjustment_reason <> ''", name="adjustment_reason"),
        CheckConstraint("agreed_minor = 0 OR agreed_reason <> ''", name="agreed_reason"),
        CheckConstraint("volume_minor = 0 OR (volume_minor < 0 AND volume_reason <> '')", name="volume"),
        CheckConstraint("amount_minor >= 0 AND adjustment_minor <= 0 AND agreed_minor <= 0 AND quantity_hundredths >= 0", name="signs"),
        CheckConstraint("write_down_minor = 0 OR write_down_reason <> ''", name="write_down_reason"),
        CheckConstraint(
            "(CASE WHEN time_entry_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN expense_entry_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN fixed_fee_entry_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_entry",
        ),
        _one_live_line("time_entry_id"),
        _one_live_line("expense_entry_id"),
        _one_live_line("fixed_fee_entry_id"),
        Index("ix_pre_bill_lines_pre_bill", "firm_id", "pre_bill_id", "position"),
    )
