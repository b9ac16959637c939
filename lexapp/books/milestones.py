"""Milestones within a command: reached, which records their fee; undone; and what the end of a task does to those that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit
from lexapp.books.earned_transfers import prepare_transfer, standing_transfer, withdraw_transfer
from lexapp.books.fixed_fees import FEES, FixedFee, add_fixed_fee, lock_fee
from lexapp.books.kept_entries import keep_or_not
from lexapp.domain.errors import NotAllowed
from lexapp.models import FeeAgreement, FixedFeeEntry, MatterTask, Milestone

__all__ = ["fee_stands", "reach", "reach_by_task", "refuse_reached_anew", "undo", "undo_by_task", "waiting_for"]


def reach(session: Session, command: CommandRecord, row: Milestone, on: date, *, task: MatterTask | None = None) -> None:
    """Record the fee of a locked milestone, dated; with money in trust, its transfer is prepared. `task`: the one whose end reaches it.

    Raises InvalidInput beside a field of `FixedFee`.
    """
    entry = add_fixed_fee(session, command, FixedFee(row.matter_id, on, row.amount_minor, row.name))
    for one in _alike(session, row):
        one.fixed_fee_entry_id, one.is_by_task = entry.id, task is not None
        one.version += 1
    prepare_transfer(session, command, entry)
    _tell(session, command, row, "reached", on, task)


def undo(session: Session, command: CommandRecord, row: Milestone, *, task: MatterTask | None = None) -> None:
    """Take the fee of a reached milestone out again. `task`: the one that is taken back. Raises NotAllowed once it is on a pre-bill."""
    entry = lock_fee(session, command.actor, row.fixed_fee_entry_id or 0)
    keep_or_not(session, command, FEES, entry, version=entry.version, keep=False)
    for one in _sharing(session, entry):
        one.is_by_task = False
        one.version += 1
    prepared = standing_transfer(session, entry)
    if prepared is not None:
        withdraw_transfer(session, command, prepared, entry)
    _tell(session, command, row, "undone", entry.charged_on, task)


def reach_by_task(session: Session, command: CommandRecord, task: MatterTask, on: date) -> list[Milestone]:
    """Reach what waits for a task, under the agreement that holds on the day of its end. Those that were reached by it."""
    holds = (FeeAgreement.effective_from <= on, or_(FeeAgreement.effective_to.is_(None), FeeAgreement.effective_to >= on))
    waiting = session.scalars(_waiting(task).where(*holds).with_for_update(of=Milestone, key_share=True)).all()
    reached: dict[int | None, Milestone] = {}
    for row in waiting:
        if row.fixed_fee_entry_id not in reached:
            reach(session, command, row, on, task=task)
            reached[row.fixed_fee_entry_id] = row
    return list(reached.values())


def undo_by_task(session: Session, command: CommandRecord, task: MatterTask) -> list[Milestone]:
    """Undo what the end of a task reached, as far as it stands. Raises NotAllowed where a fee of it is on a pre-bill."""
    query = _of_task(task).where(Milestone.is_by_task, fee_stands()).with_for_update(of=Milestone, key_share=True)
    first = {row.fixed_fee_entry_id: row for row in reversed(session.scalars(query).all())}
    for row in first.values():
        undo(session, command, row, task=task)
    return list(first.values())


def waiting_for(session: Session, task: MatterTask, today: date) -> Milestone | None:
    """The first milestone, under an agreement that is not over, that is reached once the task is done."""
    not_over = or_(FeeAgreement.effective_to.is_(None), FeeAgreement.effective_to >= today)
    return session.scalars(_waiting(task).where(not_over).limit(1)).first()


def refuse_reached_anew(session: Session, entry: FixedFeeEntry) -> None:
    """Refuse to bring the fee of a milestone back beside the one that was recorded since. The matter must be locked."""
    alike = (Milestone.matter_id == entry.matter_id, Milestone.amount_minor == entry.amount_minor)
    query = select(Milestone.name).where(Milestone.firm_id == entry.firm_id, *alike, fee_stands())
    other = query.where(Milestone.fixed_fee_entry_id != entry.id, Milestone.cancelled_at.is_(None))
    if any(name.lower() == entry.description.lower() for name in session.scalars(other)):
        sentence = f"“{entry.description}” was reached again since, and its fee is recorded. If this one is due as well, record it anew."
        raise NotAllowed(sentence, code="milestone_reached")


def fee_stands() -> ColumnElement[bool]:
    """Whether a milestone is reached: its fee is recorded and was not taken out."""
    mine = (FixedFeeEntry.firm_id == Milestone.firm_id, FixedFeeEntry.id == Milestone.fixed_fee_entry_id)
    return exists().where(*mine, FixedFeeEntry.discarded_at.is_(None))


def _of_task(task: MatterTask) -> Select[Milestone]:
    return (
        select(Milestone)
        .join(FeeAgreement, (FeeAgreement.firm_id == Milestone.firm_id) & (FeeAgreement.id == Milestone.fee_agreement_id))
        .where(Milestone.firm_id == task.firm_id, Milestone.task_id == task.id)
        .where(Milestone.cancelled_at.is_(None), FeeAgreement.removed_at.is_(None))
        .order_by(Milestone.id)
    )


def _waiting(task: MatterTask) -> Select[Milestone]:
    return _of_task(task).where(~fee_stands())


def _alike(session: Session, row: Milestone) -> list[Milestone]:
    """The milestone, and the same in other agreements of the matter that stand: it is recorded once.

    Names are compared here: databases differ in what lower case is beyond ASCII.
    """
    query = (
        select(Milestone)
        .join(FeeAgreement, (FeeAgreement.firm_id == Milestone.firm_id) & (FeeAgreement.id == Milestone.fee_agreement_id))
        .where(Milestone.firm_id == row.firm_id, Milestone.matter_id == row.matter_id, Milestone.amount_minor == row.amount_minor)
        .where(Milestone.cancelled_at.is_(None), FeeAgreement.removed_at.is_(None))
        .order_by(Milestone.id)
    )
    found = session.scalars(query.with_for_update(of=Milestone, key_share=True))
    return [one for one in found if one.name.lower() == row.name.lower()]


def _sharing(session: Session, entry: FixedFeeEntry) -> Sequence[Milestone]:
    query = select(Milestone).where(Milestone.firm_id == entry.firm_id, Milestone.fixed_fee_entry_id == entry.id).order_by(Milestone.id)
    return session.scalars(query.with_for_update(key_share=True)).all()


def _tell(session: Session, command: CommandRecord, row: Milestone, deed: str, on: date, task: MatterTask | None) -> None:
    session.flush()
    after = {"milestone_id": row.id, "title": row.name, "amount_minor": row.amount_minor, "on": on}
    by_task = {"matter_task_id": task.id, "by_task": task.name} if task else {}
    told = {**after, **by_task}
    audit(session, command, action=f"milestone.{deed}", subject_kind="matter", subject_id=row.matter_id, after=told)
