"""Bank accounts, trust ledgers, and the movements of client money."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, Line, Minor, OptionalInstant, OptionalRef, Prose, Ref, firm_id_key, firm_key
from lexapp.models.clients import Client
from lexapp.models.matters import Matter

_DEFAULT = text("is_default")
_STANDS = text("withdrawn_at IS NULL")


class BankAccount(Base):
    """A bank account: operating (the firm's own money) or trust (client money). The kind never changes."""

    __tablename__ = "bank_accounts"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    kind: Mapped[Code]
    name: Mapped[Line]
    bank_name: Mapped[Line] = mapped_column(default="")
    account_last4: Mapped[Code] = mapped_column(default="")
    payment_details: Mapped[Prose] = mapped_column(default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    opened_on: Mapped[date]
    closed_at: Mapped[OptionalInstant]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Instant]

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "name"),
        CheckConstraint("kind IN ('operating', 'trust')", name="kind"),
        CheckConstraint("closed_at IS NULL OR NOT is_default", name="default_is_open"),
        Index("uq_bank_accounts_default", "firm_id", "kind", unique=True, sqlite_where=_DEFAULT, postgresql_where=_DEFAULT),
    )


def _one_ledger(suffix: str, condition: str, *columns: str) -> Index:
    where = text(condition)
    name = f"uq_trust_ledgers_{suffix}"
    return Index(name, "firm_id", "bank_account_id", *columns, unique=True, sqlite_where=where, postgresql_where=where)


class TrustLedger(Base):
    """The money of one matter, of one client, of the firm, or of nobody yet, in one trust bank account."""

    __tablename__ = "trust_ledgers"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    bank_account_id: Mapped[Ref]
    kind: Mapped[Code]
    matter_id: Mapped[OptionalRef]
    client_id: Mapped[OptionalRef]
    created_at: Mapped[Instant]

    bank_account: Mapped[BankAccount] = relationship(viewonly=True)
    matter: Mapped[Matter | None] = relationship(viewonly=True)
    client: Mapped[Client | None] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        firm_key("bank_account_id", "bank_accounts"),
        firm_key("matter_id", "matters"),
        firm_key("client_id", "clients"),
        CheckConstraint(
            "(kind = 'matter' AND matter_id IS NOT NULL AND client_id IS NOT NULL)"
            " OR (kind = 'client' AND matter_id IS NULL AND client_id IS NOT NULL)"
            " OR (kind IN ('firm_funds', 'unidentified') AND matter_id IS NULL AND client_id IS NULL)",
            name="kind",
        ),
        _one_ledger("matter", "kind = 'matter'", "matter_id"),
        _one_ledger("client", "kind = 'client'", "client_id"),
        _one_ledger("own", "kind IN ('firm_funds', 'unidentified')", "kind"),
    )


class TrustTransaction(Base):
    """One movement of client money: positive in, negative out. Appended, never edited.

    `amount_minor` is what the trust ledger gained or lost, `bank_amount_minor` what the bank account did. They differ in two
    cases: a transfer between ledgers of one bank account does not reach the bank and names its other side; what the bank takes
    and the ledger no longer covers is a shortage, and the firm's cover of one belongs to no ledger.
    `number` is gap-free per bank account and direction for movements at the bank.
    """

    __tablename__ = "trust_transactions"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    bank_account_id: Mapped[Ref]
    trust_ledger_id: Mapped[OptionalRef]
    kind: Mapped[Code]
    direction: Mapped[Code]
    number: Mapped[int | None]
    amount_minor: Mapped[Minor]
    bank_amount_minor: Mapped[Minor]
    effective_on: Mapped[date]
    counterparty: Mapped[Line] = mapped_column(default="")
    method: Mapped[Code] = mapped_column(default="")
    reference: Mapped[Line] = mapped_column(default="")
    purpose: Mapped[Prose] = mapped_column(default="")
    authority: Mapped[Prose] = mapped_column(default="")
    invoice_id: Mapped[OptionalRef]
    other_side_id: Mapped[OptionalRef]
    reverses_id: Mapped[OptionalRef]
    journal_entry_id: Mapped[Ref]
    recorded_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[Instant]

    trust_ledger: Mapped[TrustLedger | None] = relationship(viewonly=True)

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "bank_account_id", "direction", "number"),
        UniqueConstraint("firm_id", "reverses_id"),
        firm_key("bank_account_id", "bank_accounts"),
        firm_key("trust_ledger_id", "trust_ledgers"),
        firm_key("invoice_id", "invoices"),
        firm_key("other_side_id", "trust_transactions"),
        firm_key("reverses_id", "trust_transactions"),
        firm_key("journal_entry_id", "journal_entries"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint(
            "(direction = 'in' AND amount_minor >= 0 AND bank_amount_minor >= 0 AND amount_minor + bank_amount_minor > 0)"
            " OR (direction = 'out' AND amount_minor <= 0 AND bank_amount_minor <= 0 AND amount_minor + bank_amount_minor < 0)",
            name="sign",
        ),
        CheckConstraint("trust_ledger_id IS NOT NULL OR amount_minor = 0", name="ledger"),
        CheckConstraint("(number IS NULL) = (bank_amount_minor = 0)", name="number"),
        CheckConstraint(
            "kind IN ('deposit', 'deposit_return', 'refund', 'disbursement', 'application', 'transfer_in', 'transfer_out', "
            "'reversal', 'firm_funds', 'bank_charge', 'shortage_cover')",
            name="kind",
        ),
        CheckConstraint(
            "method IN ('', 'cheque', 'transfer', 'card', 'cash') AND (kind NOT IN ('refund', 'disbursement') OR "
            "method IN ('cheque', 'transfer'))",
            name="method",
        ),
        CheckConstraint("(reverses_id IS NOT NULL) = (kind IN ('reversal', 'deposit_return'))", name="reverses"),
        CheckConstraint(
            "CASE WHEN kind = 'application' THEN invoice_id IS NOT NULL ELSE invoice_id IS NULL OR kind = 'reversal' END",
            name="invoice",
        ),
        CheckConstraint(
            "CASE WHEN kind IN ('transfer_in', 'transfer_out') THEN other_side_id IS NOT NULL AND bank_amount_minor = 0 AND "
            "authority <> '' ELSE other_side_id IS NULL OR kind = 'reversal' END",
            name="transfer",
        ),
        CheckConstraint(
            "bank_amount_minor = amount_minor OR kind IN ('transfer_in', 'transfer_out', 'deposit_return', 'bank_charge', "
            "'shortage_cover', 'reversal')",
            name="at_bank",
        ),
        Index("ix_trust_transactions_ledger", "firm_id", "trust_ledger_id", "effective_on", "id"),
        Index("ix_trust_transactions_bank_account", "firm_id", "bank_account_id", "effective_on", "id"),
        Index("ix_trust_transactions_invoice", "firm_id", "invoice_id"),
    )


class EarnedTransfer(Base):
    """A transfer to the operating account that is prepared for a fee that was earned: it moves nothing until somebody approves it.

    `trust_transaction_id`: the movement that it became. One that is not to be made, or whose movement was reversed, is marked
    `withdrawn_at`.
    """

    __tablename__ = "earned_transfers"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    matter_id: Mapped[Ref]
    fixed_fee_entry_id: Mapped[Ref]
    trust_ledger_id: Mapped[Ref]
    prepared_at: Mapped[Instant]
    prepared_by_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[OptionalInstant]
    trust_transaction_id: Mapped[OptionalRef]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        firm_id_key(),
        firm_key("matter_id", "matters"),
        firm_key("fixed_fee_entry_id", "fixed_fee_entries"),
        firm_key("trust_ledger_id", "trust_ledgers"),
        firm_key("trust_transaction_id", "trust_transactions"),
        Index("ix_earned_transfers_matter", "firm_id", "matter_id"),
        Index("ix_earned_transfers_ledger", "firm_id", "trust_ledger_id"),
        Index("uq_earned_transfers_fee", "firm_id", "fixed_fee_entry_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )
