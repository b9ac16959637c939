"""A fixed fee that ends before its work is done: what is earned of it stands, the rest is given up or to be returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit, record_command, succeed
from lexapp.books.agreed_reductions import lock_matter
from lexapp.books.changes import lock_shown
from lexapp.books.fee_agreements import ReachedFee, reached_fees
from lexapp.books.fixed_fees import FEES, FixedFee, add_fixed_fee, lock_fee, refuse_to_come
from lexapp.books.kept_entries import keep_or_not
from lexapp.database import transaction
from lexapp.domain.agreements import EarnedBasis, EarnedPart, earned_part
from lexapp.domain.errors import InvalidInput, NotAllowed, NotFound
from lexapp.domain.permissions import Actor
from lexapp.models import FeeAgreement, FeeTerm, Milestone, TimeEntry

LONGEST_REASON = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Which fee ends, on which day, by what its earned part is told, and why."""

    term_id: int
    ended_on: date
    basis: EarnedBasis
    share_basis_points: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Standing:
    term: FeeTerm
    milestones: Sequence[Milestone]
    reached: Sequence[ReachedFee]
    part: EarnedPart


def preview_cancellation(session: Session, *, actor: Actor, cancellation: Cancellation) -> EarnedPart:
    """What is earned of the fee, what would be billed and what returned; minor units. Changes nothing."""
    return _standing(session, actor, cancellation).part


def cancel_fee(
    session: Session,
    *,
    actor: Actor,
    agreement_version: int,
    cancellation: Cancellation,
    key: str | None = None,
    now: datetime | None = None,
) -> EarnedPart:
    """End a flat fee or a schedule: what was not billed becomes one fee of what is earned beyond it, open milestones are cancelled.

    Raises Conflict, InvalidInput beside a field of `Cancellation`, NotAllowed where nothing is left to cancel.
    """
    actor.require("rate.edit")
    actor.require("pre_bill.edit")
    told = (cancellation.term_id, cancellation.ended_on, cancellation.basis.value, cancellation.share_basis_points, cancellation.reason)
    inputs = {"version": agreement_version, "cancellation": list(told)}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="fee_agreement.cancel_fee", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return EarnedPart(*command.result["part"])
        _check(cancellation)
        refuse_to_come(session, command, cancellation.ended_on, field="ended_on", instead="Write the day on which the work ended.")
        found = _locked(session, actor, cancellation)
        named = {"firm_id": actor.firm_id, "record_id": found.term.fee_agreement_id, "noun": "fee agreement"}
        agreement = lock_shown(session, FeeAgreement, **named, version=agreement_version)  # type: ignore[arg-type]
        if agreement.removed_at is not None or any(one.cancelled_at for one in found.milestones):
            raise NotAllowed("This fee was cancelled before. Look at the agreement as it is now.")
        part = _settle(session, command, found, cancellation)
        agreement.version += 1
        session.flush()
        _finish(session, command, found, cancellation, part)
    return part


def _check(cancellation: Cancellation) -> None:
    if not cancellation.reason.strip():
        raise InvalidInput("Write why the fee ends. It stays on record.", field="reason")
    if len(cancellation.reason) > LONGEST_REASON:
        raise InvalidInput(f"Write at most {LONGEST_REASON} characters.", field="reason")


def _locked(session: Session, actor: Actor, cancellation: Cancellation) -> _Standing:
    """The matter before its milestones, as whoever finishes a task does: else a fee is reached while it is cancelled."""
    mine = (FeeTerm.firm_id == actor.firm_id, FeeTerm.id == cancellation.term_id)
    matter_id = session.scalar(select(FeeTerm.matter_id).where(*mine))
    if matter_id is not None:
        lock_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
    return _standing(session, actor, cancellation)


def _standing(session: Session, actor: Actor, cancellation: Cancellation) -> _Standing:
    query = select(FeeTerm).where(FeeTerm.firm_id == actor.firm_id, FeeTerm.id == cancellation.term_id)
    term = session.scalars(query).one_or_none()
    if term is None:
        raise NotFound("There is no such fee.")
    mine = (Milestone.firm_id == actor.firm_id, Milestone.fee_term_id == term.id)
    milestones = session.scalars(select(Milestone).where(*mine).order_by(Milestone.position).with_for_update(key_share=True)).all()
    if not milestones:
        raise NotFound("There is no fixed fee in this term.")
    entries = {one.fixed_fee_entry_id for one in milestones if one.cancelled_at is None}
    reached = [fee for fee in reached_fees(session, actor.firm_id, term.matter_id) if fee.entry_id in entries]
    recorded = sum(fee.recorded_minor for fee in reached)
    agreed = max(sum(one.amount_minor for one in milestones), recorded)
    how = {"worked_minor": _worked(session, term), "share_basis_points": cancellation.share_basis_points}
    return _Standing(term, milestones, reached, earned_part(agreed, recorded_minor=recorded, basis=cancellation.basis, **how))


def _worked(session: Session, term: FeeTerm) -> int:
    """The value of the time that the fee covers, in minor units."""
    mine = (TimeEntry.firm_id == term.firm_id, TimeEntry.fee_term_id == term.id, TimeEntry.discarded_at.is_(None))
    return int(session.scalar(select(func.coalesce(func.sum(TimeEntry.amount_minor), 0)).where(*mine)) or 0)


def _settle(session: Session, command: CommandRecord, found: _Standing, cancellation: Cancellation) -> EarnedPart:
    """Fees that are not billed give way to one of what is earned and not billed. The part as it stands towards what is billed."""
    billed = [fee for fee in found.reached if fee.is_taken]
    part = EarnedPart(found.part.agreed_minor, found.part.earned_minor, sum(fee.recorded_minor for fee in billed))
    kept = {fee.entry_id for fee in billed}
    if found.part.earned_minor != found.part.recorded_minor:
        for fee in found.reached:
            if not fee.is_taken:
                entry = lock_fee(session, command.actor, fee.entry_id)
                keep_or_not(session, command, FEES, entry, version=entry.version, keep=False)
        _record_earned(session, command, found, cancellation, part.to_bill_minor)
    else:
        kept = {fee.entry_id for fee in found.reached}
    for one in found.milestones:
        if one.cancelled_at is None and one.fixed_fee_entry_id not in kept:
            one.cancelled_at = command.at
            one.version += 1
    return part


def _record_earned(session: Session, command: CommandRecord, found: _Standing, cancellation: Cancellation, amount_minor: int) -> None:
    if not amount_minor:
        return
    first, last = found.milestones[0], found.milestones[-1]
    name = f"Earned part of {first.name if len(found.milestones) == 1 else 'the fee'}"[:255]
    try:
        entry = add_fixed_fee(session, command, FixedFee(first.matter_id, cancellation.ended_on, amount_minor, name))
    except InvalidInput as error:
        raise InvalidInput(error.message, field="ended_on", code=error.code) from error
    of = {
        "firm_id": first.firm_id,
        "matter_id": first.matter_id,
        "fee_agreement_id": first.fee_agreement_id,
        "fee_term_id": first.fee_term_id,
    }
    what = {"position": last.position + 1, "name": name, "amount_minor": amount_minor, "due_by": "hand", "fixed_fee_entry_id": entry.id}
    session.add(Milestone(**of, **what))


def _finish(session: Session, command: CommandRecord, found: _Standing, cancellation: Cancellation, part: EarnedPart) -> None:
    amounts = {"earned_minor": part.earned_minor, "to_bill_minor": part.to_bill_minor, "to_return_minor": part.to_return_minor}
    after = {"fee_term_id": found.term.id, "ended_on": cancellation.ended_on, "basis": cancellation.basis.value, **amounts}
    told = {**after, "reason": cancellation.reason, "title": found.milestones[0].name}
    audit(session, command, action="fee_agreement.fee_cancelled", subject_kind="matter", subject_id=found.term.matter_id, after=told)
    succeed(session, command, part=[part.agreed_minor, part.earned_minor, part.recorded_minor])
