"""The firm and its numbering."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lexapp.database import Base, Code, Id, Instant, JsonData, Line, Prose, Ref


class Firm(Base):
    """One law firm: one ledger currency, one time zone, one set of books."""

    __tablename__ = "firms"

    id: Mapped[Id]
    name: Mapped[Line]
    currency: Mapped[Code]
    time_zone: Mapped[Line]
    locale: Mapped[Code] = mapped_column(default="en_US")
    has_walls: Mapped[bool] = mapped_column(default=False)
    # Who must sign in with a one-time code: nobody, trust (who may move trust money), everybody.
    codes_asked_of: Mapped[Code] = mapped_column(default="nobody")
    paper: Mapped[Code] = mapped_column(default="letter")
    invoice_theme: Mapped[Code] = mapped_column(default="chambers")
    address: Mapped[Prose] = mapped_column(default="")
    email: Mapped[Line] = mapped_column(default="")
    phone: Mapped[Line] = mapped_column(default="")
    website: Mapped[Line] = mapped_column(default="")
    tax_number: Mapped[Line] = mapped_column(default="")
    # Where the firm is, for tax: clients whose place is not known are charged as if they were there.
    country: Mapped[Code] = mapped_column(default="")
    region: Mapped[Code] = mapped_column(default="")
    tax_rounding: Mapped[Code] = mapped_column(default="invoice")
    logo_sha256: Mapped[Line] = mapped_column(default="")
    invoice_introduction: Mapped[Prose] = mapped_column(default="")
    payment_instructions: Mapped[Prose] = mapped_column(default="")
    invoice_footer: Mapped[Prose] = mapped_column(default="")
    mail_subject: Mapped[Line] = mapped_column(default="")
    mail_body: Mapped[Prose] = mapped_column(default="")
    payment_terms_days: Mapped[int] = mapped_column(default=30)
    time_closed_through: Mapped[date | None]
    time_open_days: Mapped[int | None]
    phone_matters_offline: Mapped[bool] = mapped_column(default=False)
    # A running timer asks whether it was forgotten, the desk what idle minutes were: after so many seconds, 0 never.
    forgotten_after_seconds: Mapped[int] = mapped_column(default=14_400)
    idle_after_seconds: Mapped[int] = mapped_column(default=1_800)
    timers_at_once: Mapped[bool] = mapped_column(default=False)
    shared_minutes: Mapped[Code] = mapped_column(default="split")
    # How minutes in common were shared before: [until when, rule] of each change, the oldest first.
    sharing_before: Mapped[list[list[str]]] = mapped_column(JsonData, default=list)
    matter_number_pattern: Mapped[Line] = mapped_column(default="{year}-{number:04}")
    invoice_number_pattern: Mapped[Line] = mapped_column(default="INV-{year}-{number:04}")
    credit_note_number_pattern: Mapped[Line] = mapped_column(default="CN-{year}-{number:04}")
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("payment_terms_days >= 0", name="payment_terms"),
        CheckConstraint("time_open_days IS NULL OR time_open_days > 0", name="time_open_days"),
        CheckConstraint("forgotten_after_seconds >= 0 AND idle_after_seconds >= 0", name="asks_after"),
        CheckConstraint("shared_minutes IN ('split', 'first', 'last')", name="shared_minutes"),
        CheckConstraint("tax_rounding IN ('invoice', 'line')", name="tax_rounding"),
        CheckConstraint("codes_asked_of IN ('nobody', 'trust', 'everybody')", name="codes_asked_of"),
    )


class NumberSequence(Base):
    """The next number of a gap-free series: taken inside the transaction that uses it."""

    __tablename__ = "number_sequences"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    name: Mapped[Line]
    next_value: Mapped[int]

    __table_args__ = (UniqueConstraint("firm_id", "name"), CheckConstraint("next_value > 0", name="positive"))
