"""Who pays for a matter: what was agreed, from which day, and each payer's part in it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, Json, Line, Minor, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.clients import Client


class PayerArrangement(Base):
    """Who pays for the work of a matter between two days. Before the first one, and without any, its client pays everything.

    `remainder_payer_id` takes what no share, monthly amount or cap gives to anybody else.
    """

    __tablename__ = "payer_arrangements"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    remainder_payer_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]
    created_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "matter_id", "effective_from"),
        firm_key("matter_id", "matters"),
        firm_key("remainder_payer_id", "clients"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="dates"),
    )


class MatterPayer(Base):
    """One payer under an arrangement: shares in basis points, a monthly amount or a cap in minor units, and their consent.

    `task_shares`: UTBMS task code -> basis points. `counted`: what cap and monthly amount count (fees, all). `overflow_payer_id` pays
    what goes beyond the cap; without one the holder of the remainder does. Whoever is not the client pays after consent is recorded:
    `consented_on`, by whom, how (letter, email, agreement, policy, phone) and what else is to be said.
    """

    __tablename__ = "matter_payers"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    arrangement_id: Mapped[Ref]
    client_id: Mapped[Ref]
    position: Mapped[int] = mapped_column(default=1)
    fees_basis_points: Mapped[int] = mapped_column(default=0)
    fixed_fees_basis_points: Mapped[int] = mapped_column(default=0)
    expenses_basis_points: Mapped[int] = mapped_column(default=0)
    task_shares: Mapped[Json] = mapped_column(default=dict)
    monthly_minor: Mapped[Minor | None]
    cap_minor: Mapped[Minor | None]
    counted: Mapped[Code] = mapped_column(default="fees")
    overflow_payer_id: Mapped[OptionalRef]
    consented_on: Mapped[date | None]
    consent_by: Mapped[Line] = mapped_column(default="")
    consent_how: Mapped[Code] = mapped_column(default="")
    consent_note: Mapped[Prose] = mapped_column(default="")
    consent_recorded_at: Mapped[OptionalInstant]
    consent_recorded_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))

    client: Mapped[Client] = relationship(viewonly=True, foreign_keys="[MatterPayer.firm_id, MatterPayer.client_id]")

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "arrangement_id", "client_id"),
        firm_key("matter_id", "matters"),
        firm_key("arrangement_id", "payer_arrangements"),
        firm_key("client_id", "clients"),
        firm_key("overflow_payer_id", "clients"),
        CheckConstraint("fees_basis_points BETWEEN 0 AND 10000", name="fees"),
        CheckConstraint("fixed_fees_basis_points BETWEEN 0 AND 10000", name="fixed_fees"),
        CheckConstraint("expenses_basis_points BETWEEN 0 AND 10000", name="expenses"),
        CheckConstraint("(monthly_minor IS NULL OR monthly_minor > 0) AND (cap_minor IS NULL OR cap_minor > 0)", name="limits"),
        CheckConstraint("counted IN ('fees', 'all')", name="counted"),
        CheckConstraint("overflow_payer_id IS NULL OR (cap_minor IS NOT NULL AND overflow_payer_id <> client_id)", name="overflow"),
        CheckConstraint(
            "(consented_on IS NULL) = (consent_recorded_at IS NULL) AND (consented_on IS NULL) = (consent_how = '')"
            " AND (consented_on IS NULL) = (consent_by = '')",
            name="consent",
        ),
        CheckConstraint("consent_how IN ('', 'letter', 'email', 'agreement', 'policy', 'phone')", name="consent_how"),
        Index("ix_matter_payers_matter", "firm_id", "matter_id"),
        Index("ix_matter_payers_client", "firm_id", "client_id"),
    )
