"""Commands on fixed-fee entries: dated fees without a timekeeper (LEDES line type IF)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import audit, record_command, succeed
from lexapp.books.agreed_reductions import lock_matter
from lexapp.books.fixed_fees import (
    FEES,
    FixedFee,
    add_fixed_fee,
    audit_fee,
    check_fees,
    columns_of_fee,
    lock_fee,
    refuse_agreed,
    refuse_to_come,
)
from lexapp.books.kept_entries import keep_or_not
from lexapp.books.milestones import refuse_reached_anew
from lexapp.books.taken_entries import refuse_taken
from lexapp.books.time_locks import check_unlocked
from lexapp.database import reserve_ids, transaction
from lexapp.domain.errors import Conflict
from lexapp.domain.permissions import Actor
from lexapp.models import FixedFeeEntry, PreBillLine

__all__ = ["FixedFee", "discard_fixed_fee", "edit_fixed_fee", "record_fixed_fee", "record_fixed_fees", "restore_fixed_fee"]
EARNED = "A fee is dated on the day on which it is earned: today or earlier."
STALE = "Somebody changed this fee after you opened it. Look at it as it is now, then make your change again."


def record_fixed_fee(
    session: Session, *, actor: Actor, fee: FixedFee, key: str | None = None, now: datetime | None = None
) -> FixedFeeEntry:
    """Record a fixed fee. Raises InvalidInput beside a field of `FixedFee` (a closed day among them), NotAllowed."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fixed_fee.record", inputs=asdict(fee), key=key, now=now)
        if command.result is not None:
            return session.get_one(FixedFeeEntry, command.result["fixed_fee_entry_id"])
        refuse_to_come(session, command, fee.charged_on, field="charged_on", instead=EARNED)
        entry = add_fixed_fee(session, command, fee)
        succeed(session, command, fixed_fee_entry_id=entry.id)
    return entry


def record_fixed_fees(
    session: Session, *, actor: Actor, fees: Sequence[FixedFee], key: str | None = None, now: datetime | None = None
) -> list[int]:
    """Record many at once, for imports and seeding; returns their ids in order. Closed matters and closed days are taken."""
    actor.require("pre_bill.edit")
    inputs = {"count": len(fees), "sha256": sha256(repr(list(fees)).encode()).hexdigest()}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fixed_fee.record_many", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return [int(id_) for id_ in command.result["ids"]]
        check_fees(session, actor, fees, new=False)
        ids = reserve_ids(session, FixedFeeEntry.__table__, len(fees))  # type: ignore[arg-type]
        if ids:
            rows = [{"id": id_, **columns_of_fee(command, fee)} for id_, fee in zip(ids, fees, strict=True)]
            session.execute(insert(FixedFeeEntry), rows)
        after = {"count": len(ids)}
        audit(session, command, action="fixed_fee.recorded_many", subject_kind="command", subject_id=command.id, after=after)
        succeed(session, command, ids=ids)
    return ids


def edit_fixed_fee(
    session: Session,
    *,
    actor: Actor,
    entry_id: int,
    version: int,
    fee: FixedFee,
    key: str | None = None,
    now: datetime | None = None,
) -> FixedFeeEntry:
    """Change an unbilled fee; `version` is the one that was shown. Raises Conflict, InvalidInput, NotAllowed, NotFound."""
    actor.require("pre_bill.edit")
    inputs = {**asdict(fee), "entry_id": entry_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fixed_fee.edit", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(FixedFeeEntry, entry_id)
        entry = lock_fee(session, actor, entry_id)
        if entry.discarded_at is not None or entry.version != version:
            raise Conflict(STALE)
        refuse_taken(session, firm_id=actor.firm_id, column=PreBillLine.fixed_fee_entry_id, entry_id=entry.id)
        refuse_agreed(session, entry)
        if fee.charged_on != entry.charged_on:
            refuse_to_come(session, command, fee.charged_on, field="charged_on", instead=EARNED)
        firm = check_fees(session, actor, [fee], new=fee.matter_id != entry.matter_id)
        check_unlocked(session, command, firm, [entry.charged_on, fee.charged_on], field="charged_on")
        entry.matter_id, entry.charged_on, entry.description = fee.matter_id, fee.charged_on, fee.description
        entry.amount_minor, entry.billing_status = fee.amount_minor, fee.billing_status
        entry.version, entry.updated_at = entry.version + 1, command.at
        session.flush()
        audit_fee(session, command, entry.id, "fixed_fee.edited", fee)
        succeed(session, command, fixed_fee_entry_id=entry.id)
    return entry


def discard_fixed_fee(
    session: Session, *, actor: Actor, entry_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> FixedFeeEntry:
    """Take an unbilled fee out of lists and bills. `restore_fixed_fee` brings it back."""
    return _keep(session, actor, entry_id, version, keep=False, key=key, now=now)


def restore_fixed_fee(
    session: Session, *, actor: Actor, entry_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> FixedFeeEntry:
    """Bring a discarded fee back; refused where its matter was closed since, or its milestone was reached again."""
    return _keep(session, actor, entry_id, version, keep=True, key=key, now=now)


def _keep(
    session: Session, actor: Actor, entry_id: int, version: int, *, keep: bool, key: str | None, now: datetime | None
) -> FixedFeeEntry:
    actor.require("pre_bill.edit")
    name, inputs = "fixed_fee.restore" if keep else "fixed_fee.discard", {"entry_id": entry_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=name, inputs=inputs, key=key, now=now)
        entry = _lock_to_restore(session, actor, entry_id) if keep else lock_fee(session, actor, entry_id)
        keep_or_not(session, command, FEES, entry, version=version, keep=keep)
        if command.result is None:
            refuse_agreed(session, entry)
        succeed(session, command, fixed_fee_entry_id=entry.id)
    return entry


def _lock_to_restore(session: Session, actor: Actor, entry_id: int) -> FixedFeeEntry:
    """The matter before the fee, as whoever reaches a milestone of it does: else both fees of the milestone stand."""
    matter_id = session.scalar(select(FixedFeeEntry.matter_id).where(FixedFeeEntry.firm_id == actor.firm_id, FixedFeeEntry.id == entry_id))
    if matter_id is not None:
        lock_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
    entry = lock_fee(session, actor, entry_id)
    if entry.discarded_at is not None:
        refuse_reached_anew(session, entry)
    return entry
