"""Commands on fixed-fee entries: dated fees without a timekeeper (LEDES line type IF)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.kept_entries import EntryKind, keep_or_not
from lexapp.books.taken_entries import refuse_taken
from lexapp.books.time_locks import check_unlocked
from lexapp.books.work_terms import FirmTerms, MatterTerms, firm_terms, matter_terms
from lexapp.database import reserve_ids, transaction
from lexapp.domain.amounts import check_size
from lexapp.domain.errors import Conflict, InvalidInput, NotFound
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.permissions import Actor
from lexapp.models import FixedFeeEntry, PreBillLine

STALE = "Somebody changed this fee after you opened it. Look at it as it is now, then make your change again."


@dataclass(frozen=True, slots=True)
class FixedFee:
    """An agreed fee on a matter, dated; a date to come is fine."""

    matter_id: int
    charged_on: date
    amount_minor: int
    description: str = ""
    billing_status: str = "billable"


def record_fixed_fee(
    session: Session, *, actor: Actor, fee: FixedFee, key: str | None = None, now: datetime | None = None
) -> FixedFeeEntry:
    """Record a fixed fee. Raises InvalidInput beside a field of `FixedFee` (a closed day among them), NotAllowed."""
    actor.require("pre_bill.edit")
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fixed_fee.record", inputs=asdict(fee), key=key, now=now)
        if command.result is not None:
            return session.get_one(FixedFeeEntry, command.result["fixed_fee_entry_id"])
        firm = _check(session, actor, [fee], new=True)
        check_unlocked(session, command, firm, [fee.charged_on], field="charged_on")
        entry = FixedFeeEntry(**_columns(command, fee))
        session.add(entry)
        session.flush()
        _audit(session, command, entry.id, "fixed_fee.recorded", fee)
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
        _check(session, actor, fees, new=False)
        ids = reserve_ids(session, FixedFeeEntry.__table__, len(fees))  # type: ignore[arg-type]
        if ids:
            session.execute(insert(FixedFeeEntry), [{"id": id_, **_columns(command, fee)} for id_, fee in zip(ids, fees, strict=True)])
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
        entry = _lock(session, actor, entry_id)
        if entry.discarded_at is not None or entry.version != version:
            raise Conflict(STALE)
        refuse_taken(session, firm_id=actor.firm_id, column=PreBillLine.fixed_fee_entry_id, entry_id=entry.id)
        firm = _check(session, actor, [fee], new=fee.matter_id != entry.matter_id)
        check_unlocked(session, command, firm, [entry.charged_on, fee.charged_on], field="charged_on")
        entry.matter_id, entry.charged_on, entry.description = fee.matter_id, fee.charged_on, fee.description
        entry.amount_minor, entry.billing_status = fee.amount_minor, fee.billing_status
        entry.version, entry.updated_at = entry.version + 1, command.at
        session.flush()
        _audit(session, command, entry.id, "fixed_fee.edited", fee)
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
    """Bring a discarded fee back; refused where its matter was closed since."""
    return _keep(session, actor, entry_id, version, keep=True, key=key, now=now)


def _check(session: Session, actor: Actor, fees: Sequence[FixedFee], *, new: bool) -> FirmTerms:
    firm = firm_terms(session, actor.firm_id)
    matters = matter_terms(session, firm, {fee.matter_id for fee in fees})
    for fee in fees:
        _check_one(matters[fee.matter_id], fee, new=new)
        check_size(fee.amount_minor, firm.currency, field="amount_minor")
    return firm


def _check_one(matter: MatterTerms, fee: FixedFee, *, new: bool) -> None:
    if matter.client_id is None:
        raise InvalidInput("A fee belongs to a client’s matter. Choose another matter.", field="matter_id", code="matter_is_internal")
    if new:
        _check_open(matter)
    if not EARLIEST <= fee.charged_on <= LATEST:
        raise InvalidInput("Check the year: it must lie between 1970 and 2199.", field="charged_on", code="year_out_of_range")
    if fee.amount_minor <= 0:
        raise InvalidInput("Write an amount above zero.", field="amount_minor", code="amount_out_of_range")


def _check_open(matter: MatterTerms) -> None:
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it, or choose another matter.", field="matter_id", code="matter_is_closed")


def _columns(command: CommandRecord, fee: FixedFee) -> dict[str, object]:
    at = command.at
    origin = {"firm_id": command.actor.firm_id, "recorded_by_user_id": command.actor.user_id, "created_at": at, "updated_at": at}
    return {**asdict(fee), **origin, "version": 1}


def _lock(session: Session, actor: Actor, entry_id: int) -> FixedFeeEntry:
    query = select(FixedFeeEntry).where(FixedFeeEntry.firm_id == actor.firm_id, FixedFeeEntry.id == entry_id).with_for_update()
    entry = session.scalars(query).one_or_none()
    if entry is None:
        raise NotFound("There is no such fee.")
    return entry


def _keep(
    session: Session, actor: Actor, entry_id: int, version: int, *, keep: bool, key: str | None, now: datetime | None
) -> FixedFeeEntry:
    actor.require("pre_bill.edit")
    name, inputs = "fixed_fee.restore" if keep else "fixed_fee.discard", {"entry_id": entry_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name=name, inputs=inputs, key=key, now=now)
        entry = _lock(session, actor, entry_id)
        keep_or_not(session, command, _FEES, entry, version=version, keep=keep)
        succeed(session, command, fixed_fee_entry_id=entry.id)
    return entry


def _facts_of(entry: FixedFeeEntry) -> dict[str, object]:
    names = ("matter_id", "charged_on", "description", "amount_minor", "billing_status")
    return {name: getattr(entry, name) for name in names}


def _audit(session: Session, command: CommandRecord, entry_id: int, action: str, fee: FixedFee) -> None:
    audit(session, command, action=action, subject_kind="fixed_fee_entry", subject_id=entry_id, after=asdict(fee))


def _settle(session: Session, command: CommandRecord, entry: FixedFeeEntry, keep: bool) -> None:
    firm = firm_terms(session, entry.firm_id)
    check_unlocked(session, command, firm, [entry.charged_on], field="charged_on")
    if keep:
        _check_open(matter_terms(session, firm, {entry.matter_id})[entry.matter_id])


_FEES = EntryKind("fixed_fee", "fixed_fee_entry", PreBillLine.fixed_fee_entry_id, _facts_of, _settle)
