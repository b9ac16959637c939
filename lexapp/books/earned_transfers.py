"""Fees that are earned while the matter has money in trust: the transfer is prepared, and withdrawn with its fee. Nothing moves here."""

from __future__ import annotations

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.models import Balance, EarnedTransfer, FixedFeeEntry, TrustLedger

__all__ = ["await_approval", "prepare_transfer", "standing_transfer", "withdraw_transfer"]


def prepare_transfer(session: Session, command: CommandRecord, entry: FixedFeeEntry) -> EarnedTransfer | None:
    """Prepare a transfer for an earned fee out of the matter's ledger that holds most. None where the matter has nothing in trust.

    One that stands already is the answer. Client money leaves trust only against an issued invoice and on approval
    (ABA Model Rule 1.15(c); England and Wales: SRA Accounts Rules 4.3), so this is a note and no movement.
    """
    standing = standing_transfer(session, entry)
    ledger_id = None if standing else _fullest(session, entry)
    return standing if ledger_id is None else _prepare(session, command, entry, ledger_id)


def _prepare(session: Session, command: CommandRecord, entry: FixedFeeEntry, ledger_id: int) -> EarnedTransfer:
    row = EarnedTransfer(
        firm_id=entry.firm_id,
        matter_id=entry.matter_id,
        fixed_fee_entry_id=entry.id,
        trust_ledger_id=ledger_id,
        prepared_at=command.at,
        prepared_by_user_id=command.actor.user_id,
    )
    session.add(row)
    session.flush()
    _tell(session, command, "prepared", row, entry)
    return row


def standing_transfer(session: Session, entry: FixedFeeEntry) -> EarnedTransfer | None:
    """The transfer that is prepared for a fee, or was made for it."""
    mine = (EarnedTransfer.firm_id == entry.firm_id, EarnedTransfer.fixed_fee_entry_id == entry.id)
    return session.scalars(select(EarnedTransfer).where(*mine, EarnedTransfer.withdrawn_at.is_(None))).one_or_none()


def withdraw_transfer(session: Session, command: CommandRecord, row: EarnedTransfer, entry: FixedFeeEntry) -> None:
    """Take back a transfer that nobody approved."""
    row.withdrawn_at, row.version = command.at, row.version + 1
    session.flush()
    _tell(session, command, "withdrawn", row, entry)


def await_approval(session: Session, command: CommandRecord, *, movement_id: int) -> None:
    """The movement of a transfer was reversed: the transfer is over, and another is prepared for the same fee out of the same ledger."""
    mine = (EarnedTransfer.firm_id == command.actor.firm_id, EarnedTransfer.trust_transaction_id == movement_id)
    row = session.scalars(select(EarnedTransfer).where(*mine).with_for_update(key_share=True)).one_or_none()
    if row is None:
        return
    entry = session.get_one(FixedFeeEntry, row.fixed_fee_entry_id)
    row.withdrawn_at, row.version = command.at, row.version + 1
    session.flush()
    _tell(session, command, "reversed", row, entry)
    _prepare(session, command, entry, row.trust_ledger_id)


def _fullest(session: Session, entry: FixedFeeEntry) -> int | None:
    balance = and_(Balance.firm_id == TrustLedger.firm_id, Balance.trust_ledger_id == TrustLedger.id)
    query = select(TrustLedger.id).join(Balance, balance).where(TrustLedger.firm_id == entry.firm_id)
    mine = query.where(TrustLedger.matter_id == entry.matter_id, Balance.amount_minor < 0)
    return session.scalars(mine.order_by(Balance.amount_minor, TrustLedger.id)).first()


def _tell(session: Session, command: CommandRecord, deed: str, row: EarnedTransfer, entry: FixedFeeEntry) -> None:
    after = {"earned_transfer_id": row.id, "title": entry.description, "amount_minor": entry.amount_minor}
    audit(session, command, action=f"earned_transfer.{deed}", subject_kind="matter", subject_id=row.matter_id, after=after)
