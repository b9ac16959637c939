"""Fixed fees within a command: checked, written, audited. Shared by fees by hand, imports and the milestones of agreements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.kept_entries import EntryKind
from lexapp.books.time_locks import check_unlocked
from lexapp.books.work_terms import FirmTerms, MatterTerms, firm_terms, matter_terms
from lexapp.domain.amounts import check_size
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.moments import EARLIEST, LATEST
from lexapp.domain.permissions import Actor
from lexapp.models import FixedFeeEntry, PreBillLine
from lexapp.models.bound import is_agreed_fee

__all__ = ["FEES", "FixedFee", "add_fixed_fee", "audit_fee", "check_fees", "columns_of_fee", "lock_fee", "refuse_agreed", "refuse_to_come"]
AGREED = "The fee agreement made this fee, so it stays as agreed. Undo it on the agreement’s page, or charge less on its pre-bill."


@dataclass(frozen=True, slots=True)
class FixedFee:
    """An agreed fee on a matter, dated; one taken over from elsewhere perhaps ahead. `derivation`: how its amount came about, as steps_data
    writes it."""

    matter_id: int
    charged_on: date
    amount_minor: int
    description: str = ""
    billing_status: str = "billable"
    derivation: tuple[Mapping[str, Any], ...] = ()


def add_fixed_fee(session: Session, command: CommandRecord, fee: FixedFee) -> FixedFeeEntry:
    """Insert one fee, checked, with its audit event. Raises InvalidInput beside a field of `FixedFee`, a closed day among them."""
    firm = check_fees(session, command.actor, [fee], new=True)
    check_unlocked(session, command, firm, [fee.charged_on], field="charged_on")
    entry = FixedFeeEntry(**columns_of_fee(command, fee))
    session.add(entry)
    session.flush()
    audit_fee(session, command, entry.id, "fixed_fee.recorded", fee)
    return entry


def refuse_to_come(session: Session, command: CommandRecord, on: date, *, field: str, instead: str) -> None:
    """Refuse, beside `field`, a day that is still to come where the firm is: what is agreed is earned on its day and not before."""
    if on > firm_terms(session, command.actor.firm_id).today(command.at):
        raise InvalidInput(f"This day lies in the future. {instead}", field=field, code="day_to_come")


def check_fees(session: Session, actor: Actor, fees: Sequence[FixedFee], *, new: bool) -> FirmTerms:
    """Refuse fees that cannot be recorded; the firm, for what follows. `new`: closed matters take none."""
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
    """Refuse to bring a fee onto a closed matter."""
    if matter.status == "closed":
        raise InvalidInput(f"{matter.label} is closed. Reopen it, or choose another matter.", field="matter_id", code="matter_is_closed")


def columns_of_fee(command: CommandRecord, fee: FixedFee) -> dict[str, object]:
    """The columns of a new entry."""
    at = command.at
    origin = {"firm_id": command.actor.firm_id, "recorded_by_user_id": command.actor.user_id, "created_at": at, "updated_at": at}
    return {**asdict(fee), "derivation": list(fee.derivation), **origin, "version": 1}


def audit_fee(session: Session, command: CommandRecord, entry_id: int, action: str, fee: FixedFee) -> None:
    """Append what was recorded or changed."""
    audit(session, command, action=action, subject_kind="fixed_fee_entry", subject_id=entry_id, after=asdict(fee))


def lock_fee(session: Session, actor: Actor, entry_id: int) -> FixedFeeEntry:
    """The fee, locked until the transaction ends. Raises NotFound."""
    query = select(FixedFeeEntry).where(FixedFeeEntry.firm_id == actor.firm_id, FixedFeeEntry.id == entry_id).with_for_update()
    entry = session.scalars(query).one_or_none()
    if entry is None:
        raise NotFound("There is no such fee.")
    return entry


def refuse_agreed(session: Session, entry: FixedFeeEntry) -> None:
    """Refuse to change by hand what a fee agreement made: its own commands undo it, and it is worked out there."""
    query = select(FixedFeeEntry.id).where(FixedFeeEntry.firm_id == entry.firm_id, FixedFeeEntry.id == entry.id, is_agreed_fee())
    if session.scalar(query) is not None:
        raise NotAllowed(AGREED, code="fee_is_agreed")


def _facts_of(entry: FixedFeeEntry) -> dict[str, object]:
    names = ("matter_id", "charged_on", "description", "amount_minor", "billing_status")
    return {name: getattr(entry, name) for name in names}


def _settle(session: Session, command: CommandRecord, entry: FixedFeeEntry, keep: bool) -> None:
    firm = firm_terms(session, entry.firm_id)
    check_unlocked(session, command, firm, [entry.charged_on], field="charged_on")
    if keep:
        _check_open(matter_terms(session, firm, {entry.matter_id})[entry.matter_id])


FEES = EntryKind("fixed_fee", "fixed_fee_entry", PreBillLine.fixed_fee_entry_id, _facts_of, _settle)
"""Fixed fees as entries that are taken out and brought back."""
