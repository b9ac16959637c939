"""Issued invoices: numbered once, frozen, perhaps voided. Open, part-paid, paid and overdue are derived."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, Line, Minor, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.clients import Client
from lexapp.models.matters import Matter


class Invoice(Base):
    """The numbered document owed by one payer. Only the void columns may change after issue.

    `early_discount_minor` may be kept by who pays the rest, all at once, through `early_discount_until_on`.
    """

    __tablename__ = "invoices"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    number: Mapped[Code]
    series: Mapped[Line]
    series_number: Mapped[int]
    payer_id: Mapped[Ref]
    pre_bill_id: Mapped[Ref]
    currency: Mapped[Code]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    billed_from_on: Mapped[date]
    billed_through_on: Mapped[date]
    description: Mapped[Prose]
    fees_minor: Mapped[Minor]
    costs_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    included_tax_minor: Mapped[Minor] = mapped_column(default=0)
    total_minor: Mapped[Minor]
    early_discount_minor: Mapped[Minor] = mapped_column(default=0)
    early_discount_until_on: Mapped[date | None]
    journal_entry_id: Mapped[OptionalRef]
    issued_at: Mapped[Instant]
    issued_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    voided_on: Mapped[date | None]
    voided_at: Mapped[OptionalInstant]
    void_reason: Mapped[Line | None]

    payer: Mapped[Client] = relationship(viewonly=True)
    matters: Mapped[list[InvoiceMatter]] = relationship(viewonly=True, order_by="InvoiceMatter.matter_id")

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "number"),
        UniqueConstraint("firm_id", "series", "series_number"),
        firm_key("payer_id", "clients"),
        firm_key("pre_bill_id", "pre_bills"),
        firm_key("journal_entry_id", "journal_entries"),
        CheckConstraint("total_minor = fees_minor + costs_minor + tax_minor AND total_minor >= 0", name="adds_up"),
        CheckConstraint("included_tax_minor >= 0 AND included_tax_minor <= tax_minor", name="included_tax"),
        CheckConstraint(
            "(early_discount_minor = 0 AND early_discount_until_on IS NULL)"
            " OR (early_discount_minor > 0 AND early_discount_minor < total_minor AND early_discount_until_on >= issued_on)",
            name="early_discount",
        ),
        CheckConstraint("due_on >= issued_on AND billed_through_on >= billed_from_on", name="dates"),
        CheckConstraint("(voided_on IS NULL) = (voided_at IS NULL) AND (voided_on IS NULL) = (void_reason IS NULL)", name="void"),
        CheckConstraint("voided_on IS NULL OR (voided_on >= issued_on AND void_reason <> '')", name="voided"),
        Index("ix_invoices_payer", "firm_id", "payer_id", "issued_on"),
        Index("ix_invoices_pre_bill", "firm_id", "pre_bill_id"),
    )


class InvoiceMatter(Base):
    """An invoice's amounts for one matter: what allocations and the receivable are kept by."""

    __tablename__ = "invoice_matters"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    invoice_id: Mapped[Ref]
    matter_id: Mapped[Ref]
    fees_minor: Mapped[Minor]
    costs_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    total_minor: Mapped[Minor]

    matter: Mapped[Matter] = relationship(viewonly=True)

    __table_args__ = (
        UniqueConstraint("firm_id", "invoice_id", "matter_id"),
        firm_key("invoice_id", "invoices"),
        firm_key("matter_id", "matters"),
        CheckConstraint("total_minor = fees_minor + costs_minor + tax_minor", name="adds_up"),
        Index("ix_invoice_matters_matter", "firm_id", "matter_id"),
    )


class InvoiceSnapshot(Base):
    """Everything the document prints, as canonical JSON text (domain.snapshots), frozen as of issue."""

    __tablename__ = "invoice_snapshots"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    invoice_id: Mapped[Ref]
    data: Mapped[Prose]
    sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("firm_id", "invoice_id"), firm_key("invoice_id", "invoices"))


class InvoiceLink(Base):
    """A revocable public id that opens one invoice for its payer; the address carries it signed."""

    __tablename__ = "invoice_links"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    invoice_id: Mapped[Ref]
    public_id: Mapped[str] = mapped_column(String(43), unique=True)
    created_at: Mapped[Instant]
    revoked_at: Mapped[OptionalInstant]

    __table_args__ = (firm_key("invoice_id", "invoices"), Index("ix_invoice_links_invoice", "firm_id", "invoice_id"))
