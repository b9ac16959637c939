"""Money of one client that changes its ledger inside one trust bank account, on a recorded authority."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, NewEntry, post
from lexapp.books.money_moves import check_amount
from lexapp.books.records import of_firm
from lexapp.database import reserve_ids
from lexapp.domain import ledger as journal
from lexapp.domain.errors import InvalidInput
from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.trust import check_transfer
from lexapp.models import BankAccount, TrustLedger, TrustTransaction
from lexapp.services.trust.desk import Desk, NewMovement, TrustCall, audit_movement, movement_row, open_desks, trust_command
from lexapp.services.trust.ledgers import ledger_for


def transfer_trust(
    session: Session,
    *,
    actor: Actor,
    trust_ledger_id: int,
    amount: Money,
    effective_on: date,
    authority: str,
    target_matter_id: int | None = None,
    target_client_id: int | None = None,
    purpose: str = "",
    key: str | None = None,
    now: datetime | None = None,
) -> TrustTransaction:
    """Move money from a ledger to a matter's or a client's ledger in the same bank account; the target opens when needed.

    Never from one client to another; an unidentified receipt moves to whoever it was found to belong to. Returns the movement out.
    """
    inputs = {
        "trust_ledger_id": trust_ledger_id, "amount": amount, "effective_on": effective_on, "authority": authority, "purpose": purpose,
        "target_matter_id": target_matter_id, "target_client_id": target_client_id,
    }  # fmt: skip

    def act(command: CommandRecord) -> int:
        source_ledger = of_firm(session, TrustLedger, trust_ledger_id, firm_id=actor.firm_id, noun="trust ledger")
        target_ledger = _target(session, command, source_ledger, target_matter_id, target_client_id)
        source, target = open_desks(session, command, [source_ledger.id, target_ledger.id])
        words = check_transfer(source.facts, target.facts, authority=authority)
        minor = check_amount(source.firm, amount)
        target.check(minor, effective_on)
        source.check(-minor, effective_on)
        return _move(session, command, source, target, minor, effective_on, words, purpose)

    return trust_command(session, TrustCall(actor, "trust.disburse", "trust.transfer", inputs, key, now), act)


def _target(session: Session, command: CommandRecord, source: TrustLedger, matter_id: int | None, client_id: int | None) -> TrustLedger:
    if matter_id is None and client_id is None:
        raise InvalidInput("Choose the matter or the client that the money moves to.", field="target")
    bank_account = session.get_one(BankAccount, source.bank_account_id)
    return ledger_for(session, bank_account, matter_id=matter_id, client_id=client_id, now=command.at)


def _move(session: Session, command: CommandRecord, source: Desk, target: Desk, minor: int, on: date, authority: str, purpose: str) -> int:
    """Both sides in one statement, because each names the other; neither reaches the bank, so neither is numbered."""
    out_id, in_id = reserve_ids(session, TrustTransaction.__table__, 2)  # type: ignore[arg-type]
    postings = journal.trust_transferred(amount_minor=minor, source=source.key, target=target.key)
    entry_id = post(session, command, NewEntry("trust.transferred", on, postings, ("trust_transaction", out_id)))
    out = NewMovement("transfer_out", -minor, on, 0, purpose=purpose, authority=authority, other_side_id=in_id)
    into = NewMovement("transfer_in", minor, on, 0, purpose=purpose, authority=authority, other_side_id=out_id)
    account_id = source.bank_account.id
    rows = [
        movement_row(command, out_id, None, entry_id, account_id, source.ledger.id, out),
        movement_row(command, in_id, None, entry_id, account_id, target.ledger.id, into),
    ]
    session.execute(insert(TrustTransaction).values(rows))
    audit_movement(session, command, out_id, "trust.transferred", source.ledger.id, out)
    return out_id
