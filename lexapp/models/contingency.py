"""Contingency fees: what was agreed, how far the case was when, what was recovered, who has a claim on it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, Json, Line, Minor, OptionalInstant, OptionalRef, Ref, firm_id_key, firm_key

STAGES = "stage IN ('before_suit', 'after_filing', 'trial', 'appeal')"


class ContingencyAgreement(Base):
    """Percentages of a matter in force from a day (through `effective_to`, when set). `terms` as domain.contingency.terms_data writes
    them; `statute` is the key of the schedule that they were taken from. `fee_agreement_id`: the agreement of which they are a term, with
    which they begin and end. One that was a mistake is marked `removed_at`."""

    __tablename__ = "contingency_agreements"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    statute: Mapped[Code] = mapped_column(default="")
    terms: Mapped[Json]
    fee_agreement_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("fee_agreement_id", "fee_agreements"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
        Index("ix_contingency_agreements_matter", "firm_id", "matter_id"),
    )


class MatterStage(Base):
    """The day on which a matter reached a stage."""

    __tablename__ = "matter_stages"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    stage: Mapped[Code]
    reached_on: Mapped[date]
    recorded_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("firm_id", "matter_id", "stage"),
        firm_key("matter_id", "matters"),
        CheckConstraint(STAGES, name="stage"),
    )


class Recovery(Base):
    """Money won for a client, and its settlement statement: draft, approved (frozen in `snapshot`, the client consented), settled.

    `edition` counts the approvals, each of which prints a document. `fixed_fee_entry_id` is the firm's fee, recorded when it was
    settled. One that was a mistake is marked `removed_at`.
    """

    __tablename__ = "recoveries"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    received_on: Mapped[date]
    amount_minor: Mapped[Minor]
    received_from: Mapped[Line]
    stage: Mapped[Code]
    status: Mapped[Code] = mapped_column(default="draft")
    consented_on: Mapped[date | None]
    consent: Mapped[Line] = mapped_column(default="")
    approved_at: Mapped[OptionalInstant]
    approved_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    snapshot: Mapped[Json] = mapped_column(default=dict)
    edition: Mapped[int] = mapped_column(default=0)
    settled_on: Mapped[date | None]
    fixed_fee_entry_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    removed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("fixed_fee_entry_id", "fixed_fee_entries"),
        CheckConstraint(STAGES, name="stage"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status IN ('draft', 'approved', 'settled')", name="status"),
        CheckConstraint("(status = 'draft') = (approved_at IS NULL) AND (status = 'draft') = (consented_on IS NULL)", name="approved"),
        CheckConstraint("(status = 'settled') = (settled_on IS NOT NULL)", name="settled"),
        CheckConstraint("removed_at IS NULL OR status = 'draft'", name="removed"),
        Index("ix_recoveries_matter", "firm_id", "matter_id"),
    )


class RecoveryClaim(Base):
    """What somebody has to get out of a recovery: a lien, a medical bill, or costs that the firm advanced (`expense_entry_id`)."""

    __tablename__ = "recovery_claims"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    recovery_id: Mapped[Ref]
    kind: Mapped[Code]
    name: Mapped[Line]
    amount_minor: Mapped[Minor]
    rule: Mapped[Line] = mapped_column(default="")
    expense_entry_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("recovery_id", "recoveries"),
        firm_key("expense_entry_id", "expense_entries"),
        CheckConstraint("kind IN ('costs', 'lien', 'medical')", name="kind"),
        CheckConstraint("(kind = 'costs') = (expense_entry_id IS NOT NULL)", name="costs"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_recovery_claims_recovery", "firm_id", "recovery_id"),
        Index(
            "uq_recovery_claims_expense",
            "firm_id",
            "expense_entry_id",
            unique=True,
            sqlite_where=text("expense_entry_id IS NOT NULL"),
            postgresql_where=text("expense_entry_id IS NOT NULL"),
        ),
    )
