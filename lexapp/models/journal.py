"""The books: commands, accounts, journal entries, postings, cached balances, the chain head."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lexapp.database import Base, Code, Id, Instant, JsonData, Line, Minor, OptionalRef, Ref, firm_id_key, firm_key


class Command(Base):
    """One committed write: idempotency record and head of its audit rows. Written once, its result once."""

    __tablename__ = "commands"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    key: Mapped[Line]
    name: Mapped[Code]
    input_hash: Mapped[str] = mapped_column(String(64))
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonData)
    actor_user_id: Mapped[OptionalRef] = mapped_column(ForeignKey("users.id"))
    at: Mapped[Instant]

    __table_args__ = (firm_id_key(), UniqueConstraint("firm_id", "key"))


class Account(Base):
    """A role of the chart of accounts (domain.ledger); bank and trust roles exist once per bank account."""

    __tablename__ = "accounts"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    role: Mapped[Code]
    kind: Mapped[Code]
    number: Mapped[Code]
    name: Mapped[Line]
    bank_account_id: Mapped[OptionalRef]

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "number"),
        firm_key("bank_account_id", "bank_accounts"),
        CheckConstraint("kind IN ('asset', 'liability', 'income', 'expense')", name="kind"),
    )


class JournalEntry(Base):
    """A dated, balanced event. `hash` chains it to its predecessor in the firm."""

    __tablename__ = "journal_entries"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    sequence: Mapped[int]
    event_code: Mapped[Code]
    effective_on: Mapped[date]
    recorded_at: Mapped[Instant]
    command_id: Mapped[Ref]
    reverses_id: Mapped[OptionalRef]
    subject_kind: Mapped[Code] = mapped_column(default="")
    subject_id: Mapped[OptionalRef]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    postings: Mapped[list[Posting]] = relationship(viewonly=True, order_by="Posting.position")

    __table_args__ = (
        firm_id_key(),
        UniqueConstraint("firm_id", "sequence"),
        UniqueConstraint("firm_id", "reverses_id"),
        firm_key("command_id", "commands"),
        firm_key("reverses_id", "journal_entries"),
        CheckConstraint("sequence > 0", name="sequence"),
        Index("ix_journal_entries_date", "firm_id", "effective_on"),
        Index("ix_journal_entries_subject", "firm_id", "subject_kind", "subject_id"),
    )


class Posting(Base):
    """A signed amount on one account, debit positive."""

    __tablename__ = "postings"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    journal_entry_id: Mapped[Ref]
    position: Mapped[int]
    account_id: Mapped[Ref]
    client_id: Mapped[OptionalRef]
    matter_id: Mapped[OptionalRef]
    bank_account_id: Mapped[OptionalRef]
    trust_ledger_id: Mapped[OptionalRef]
    amount_minor: Mapped[Minor]

    account: Mapped[Account] = relationship(viewonly=True)

    __table_args__ = (
        UniqueConstraint("firm_id", "journal_entry_id", "position"),
        firm_key("journal_entry_id", "journal_entries"),
        firm_key("account_id", "accounts"),
        firm_key("client_id", "clients"),
        firm_key("matter_id", "matters"),
        firm_key("bank_account_id", "bank_accounts"),
        firm_key("trust_ledger_id", "trust_ledgers"),
        CheckConstraint("amount_minor <> 0", name="amount"),
        CheckConstraint("position > 0", name="position"),
        Index("ix_postings_account", "firm_id", "account_id"),
        Index("ix_postings_trust_ledger", "firm_id", "trust_ledger_id"),
    )


class Balance(Base):
    """The cached sum of an account's postings, per trust ledger where there is one (debit positive).

    A trust ledger is the firm's liability: the CHECK is the last wall against spending more than it holds.
    """

    __tablename__ = "balances"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"))
    account_id: Mapped[Ref]
    trust_ledger_id: Mapped[OptionalRef]
    amount_minor: Mapped[Minor] = mapped_column(default=0)

    __table_args__ = (
        firm_key("account_id", "accounts"),
        firm_key("trust_ledger_id", "trust_ledgers"),
        CheckConstraint("trust_ledger_id IS NULL OR amount_minor <= 0", name="trust_never_negative"),
        Index(
            "uq_balances_account",
            "firm_id",
            "account_id",
            unique=True,
            sqlite_where=text("trust_ledger_id IS NULL"),
            postgresql_where=text("trust_ledger_id IS NULL"),
        ),
        Index(
            "uq_balances_trust_ledger",
            "firm_id",
            "account_id",
            "trust_ledger_id",
            unique=True,
            sqlite_where=text("trust_ledger_id IS NOT NULL"),
            postgresql_where=text("trust_ledger_id IS NOT NULL"),
        ),
    )


class ChainHead(Base):
    """The newest sequence number and hash of a firm's journal; locked last by every posting command."""

    __tablename__ = "chain_heads"

    id: Mapped[Id]
    firm_id: Mapped[Ref] = mapped_column(ForeignKey("firms.id"), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64))
