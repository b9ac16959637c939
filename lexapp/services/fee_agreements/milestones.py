"""Milestones: reached, which records their fee; and undone while it is unbilled."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books import record_command, succeed
from lexapp.books.agreed_reductions import lock_matter
from lexapp.books.changes import lock_shown
from lexapp.books.fixed_fees import refuse_to_come
from lexapp.books.milestones import reach, undo
from lexapp.database import transaction
from lexapp.domain.dates import day_text
from lexapp.domain.errors import Conflict, InvalidInput, NotAllowed
from lexapp.domain.permissions import Actor
from lexapp.models import FeeAgreement, FixedFeeEntry, Milestone

NOUN = "milestone"


def reach_milestone(
    session: Session,
    *,
    actor: Actor,
    milestone_id: int,
    version: int,
    reached_on: date,
    key: str | None = None,
    now: datetime | None = None,
) -> Milestone:
    """Record the fee of a milestone, dated on the day on which it was reached; with money in trust, its transfer is prepared.

    Raises Conflict, InvalidInput beside `reached_on`, NotAllowed.
    """
    actor.require("pre_bill.edit")
    inputs = {"milestone_id": milestone_id, "version": version, "reached_on": reached_on}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="milestone.reach", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Milestone, milestone_id)
        row = _lock(session, actor, milestone_id, version)
        _refuse_settled(session, row)
        _check_day(session, row, reached_on)
        refuse_to_come(session, command, reached_on, field="reached_on", instead="Write the day on which it was reached.")
        try:
            reach(session, command, row, reached_on)
        except InvalidInput as error:
            raise InvalidInput(error.message, field="reached_on", code=error.code) from error
        succeed(session, command, milestone_id=row.id)
    return row


def undo_milestone(
    session: Session, *, actor: Actor, milestone_id: int, version: int, key: str | None = None, now: datetime | None = None
) -> Milestone:
    """Take the fee of a milestone out again: it waits to be reached as before. Raises NotAllowed once the fee is on a pre-bill."""
    actor.require("pre_bill.edit")
    inputs = {"milestone_id": milestone_id, "version": version}
    with transaction(session, actor.firm_id):
        command = record_command(session, actor=actor, name="milestone.undo", inputs=inputs, key=key, now=now)
        if command.result is not None:
            return session.get_one(Milestone, milestone_id)
        row = _lock(session, actor, milestone_id, version)
        if row.fixed_fee_entry_id is None:
            raise Conflict("This milestone was not reached. Look at the list as it is now.")
        undo(session, command, row)
        succeed(session, command, milestone_id=row.id)
    return row


def _lock(session: Session, actor: Actor, milestone_id: int, version: int) -> Milestone:
    """The milestone as it was shown; its matter before it, as whoever finishes a task does: else both record its fee."""
    mine = (Milestone.firm_id == actor.firm_id, Milestone.id == milestone_id)
    matter_id = session.scalar(select(Milestone.matter_id).where(*mine))
    if matter_id is not None:
        lock_matter(session, firm_id=actor.firm_id, matter_id=matter_id)
    return lock_shown(session, Milestone, firm_id=actor.firm_id, record_id=milestone_id, noun=NOUN, version=version)


def _refuse_settled(session: Session, row: Milestone) -> None:
    if row.cancelled_at is not None:
        raise NotAllowed("This milestone was cancelled. Agree it anew to bill it.")
    if row.fixed_fee_entry_id is not None and session.get_one(FixedFeeEntry, row.fixed_fee_entry_id).discarded_at is None:
        raise Conflict("This milestone was reached before, and its fee is recorded. Look at the list as it is now.")


def _check_day(session: Session, row: Milestone, reached_on: date) -> None:
    """A milestone is reached while its agreement holds."""
    agreement = session.get_one(FeeAgreement, row.fee_agreement_id)
    if agreement.removed_at is not None:
        raise NotAllowed("The agreement of this milestone was taken back. Reload the page to see what stands.")
    if reached_on < agreement.effective_from:
        sentence = f"The agreement begins on {day_text(agreement.effective_from)}. Write that day or a later one."
        raise InvalidInput(sentence, field="reached_on")
    if agreement.effective_to is not None and reached_on > agreement.effective_to:
        sentence = f"The agreement of this milestone held through {day_text(agreement.effective_to)}. Write that day or an earlier one."
        raise InvalidInput(sentence, field="reached_on")
