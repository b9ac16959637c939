"""Money received from payers and where it was applied. Rows are appended, never edited."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, Line, Minor, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.clients import Client


class Payment(Base):
    """A receipt, a refund of a receipt, or a receipt's reversal; `amount_minor` is always positive.

    A payment from trust funds is a receipt with method `trust` and its trust transaction.
    """

    __tablename__ = "payments"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    number: Mapped[int]
    kind: Mapped[Code]
    payer_id: Mapped[Ref]
    method: Mapped[Code]
    currency: Mapped[Code]
    amount_minor: Mapped[Minor]
    received_on: Mapped[date]
    bank_account_id: Mapped[Ref]
    reference: Mapped[Line] = mapped_column(default="")
    memo: Mapped[Prose] = mapped_column(default="")
    original_payment_id: Mapped[OptionalRef]
    trust_transaction_id: Mapped[OptionalRef]
    journal_entry_id: Mapped[Ref]
    recorded_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[Instant]

    payer: Mapped[Client] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "number"),
        firm_key("payer_id", "clients"),
        firm_key("bank_account_id", "bank_accounts"),
        firm_key("original_payment_id", "payments"),
        firm_key("trust_transaction_id", "trust_transactions"),
        firm_key("journal_entry_id", "journal_entries"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("kind IN ('receipt', 'refund', 'reversal')", name="kind"),
        CheckConstraint("(kind = 'receipt') = (original_payment_id IS NULL)", name="original"),
        CheckConstraint("method IN ('cheque', 'transfer', 'cash', 'card', 'trust')", name="method"),
        CheckConstraint("(method = 'trust') = (trust_transaction_id IS NOT NULL)", name="trust"),
        Index("ix_payments_payer", "firm_id", "payer_id", "received_on"),
        Index("ix_payments_original", "firm_id", "original_payment_id"),
    )


class Allocation(Base):
    """An amount of a payment applied to one matter of an invoice, or a credit note's; taking it off appends the negative that names it.

    `is_discount`: no money, but what the payer keeps for paying the rest of the invoice early with this payment.
    """

    __tablename__ = "allocations"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    payment_id: Mapped[OptionalRef]
    credit_note_id: Mapped[OptionalRef]
    invoice_id: Mapped[Ref]
    matter_id: Mapped[Ref]
    amount_minor: Mapped[Minor]
    effective_on: Mapped[date]
    reverses_id: Mapped[OptionalRef]
    is_discount: Mapped[bool] = mapped_column(default=False)
    journal_entry_id: Mapped[Ref]
    recorded_at: Mapped[Instant]

    payment: Mapped[Payment | None] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "reverses_id"),
        firm_key("payment_id", "payments"),
        firm_key("credit_note_id", "credit_notes"),
        firm_key("invoice_id", "invoices"),
        firm_key("matter_id", "matters"),
        firm_key("reverses_id", "allocations"),
        firm_key("journal_entry_id", "journal_entries"),
        CheckConstraint("(reverses_id IS NULL AND amount_minor > 0) OR (reverses_id IS NOT NULL AND amount_minor < 0)", name="sign"),
        CheckConstraint("(payment_id IS NULL) <> (credit_note_id IS NULL)", name="source"),
        CheckConstraint("payment_id IS NOT NULL OR NOT is_discount", name="discount"),
        Index("ix_allocations_invoice", "firm_id", "invoice_id"),
        Index("ix_allocations_payment", "firm_id", "payment_id"),
    )
