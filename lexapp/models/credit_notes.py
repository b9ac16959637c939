"""Credit notes: numbered once, frozen, perhaps taken back. What they settle of an invoice stands among its allocations."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, Line, Minor, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.invoices import Invoice


class CreditNote(Base):
    """What is taken off one invoice for good, for one of its matters. Only the void columns may change.

    `costs_minor` contains `written_down_minor`: what had given back costs that the firm advanced. `data` is everything that the document
    prints, as canonical JSON text (domain.snapshots), frozen as of its date.
    """

    __tablename__ = "credit_notes"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    number: Mapped[Code]
    series: Mapped[Line]
    series_number: Mapped[int]
    invoice_id: Mapped[Ref]
    matter_id: Mapped[Ref]
    currency: Mapped[Code]
    credited_on: Mapped[date]
    reason: Mapped[Line]
    fees_minor: Mapped[Minor]
    costs_minor: Mapped[Minor]
    written_down_minor: Mapped[Minor] = mapped_column(default=0)
    tax_minor: Mapped[Minor]
    total_minor: Mapped[Minor]
    data: Mapped[Prose]
    sha256: Mapped[str] = mapped_column(String(64))
    journal_entry_id: Mapped[Ref]
    issued_at: Mapped[Instant]
    issued_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    voided_on: Mapped[date | None]
    voided_at: Mapped[OptionalInstant]
    void_reason: Mapped[Line | None]

    invoice: Mapped[Invoice] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "number"),
        UniqueConstraint("firm_id", "series", "series_number"),
        firm_key("invoice_id", "invoices"),
        firm_key("matter_id", "matters"),
        firm_key("journal_entry_id", "journal_entries"),
        CheckConstraint("total_minor = fees_minor + costs_minor + tax_minor AND total_minor > 0", name="adds_up"),
        CheckConstraint("fees_minor >= 0 AND costs_minor >= 0 AND tax_minor >= 0", name="parts"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(voided_on IS NULL) = (voided_at IS NULL) AND (voided_on IS NULL) = (void_reason IS NULL)", name="void"),
        CheckConstraint("voided_on IS NULL OR (voided_on >= credited_on AND void_reason <> '')", name="voided"),
        Index("ix_credit_notes_invoice", "firm_id", "invoice_id"),
    )


class CreditNoteLine(Base):
    """What a note credits of one line of the invoice, as the invoice shows it."""

    __tablename__ = "credit_note_lines"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    credit_note_id: Mapped[Ref]
    pre_bill_line_id: Mapped[Ref]
    amount_minor: Mapped[Minor]

    __table_args__ = (
        UniqueConstraint("firm_id", "credit_note_id", "pre_bill_line_id"),
        firm_key("credit_note_id", "credit_notes"),
        firm_key("pre_bill_line_id", "pre_bill_lines"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_credit_note_lines_line", "firm_id", "pre_bill_line_id"),
    )
