"""What of a matter's fees as agreed stands in the way of closing it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.closings import AgreedLeft
from lexapp.models import AgreedFee, FeeAgreement, FixedFeeEntry, MatterTask, Milestone, Recovery
from lexapp.queries.standing import is_unbilled


def agreed_left(session: Session, *, firm_id: int, matter_id: int, today: date) -> AgreedLeft:
    """The first of each: a recovery that is not settled, a milestone that is due, a fee reached and not billed."""
    mine = (Recovery.firm_id == firm_id, Recovery.matter_id == matter_id, Recovery.removed_at.is_(None), Recovery.status != "settled")
    unsettled = session.scalars(select(Recovery.received_from).where(*mine).order_by(Recovery.id)).first()
    return AgreedLeft(unsettled, _due(session, firm_id, matter_id, today), _unbilled(session, firm_id, matter_id))


def _due(session: Session, firm_id: int, matter_id: int, today: date) -> tuple[str, date | None] | None:
    stands = exists().where(
        FixedFeeEntry.firm_id == Milestone.firm_id, FixedFeeEntry.id == Milestone.fixed_fee_entry_id, FixedFeeEntry.discarded_at.is_(None)
    )
    done = exists().where(MatterTask.firm_id == Milestone.firm_id, MatterTask.id == Milestone.task_id, MatterTask.done_at.is_not(None))
    on_day = (Milestone.due_on <= today) & _holds_through(Milestone.due_on)
    by_task = done & (FeeAgreement.effective_from <= today) & _holds_through(today)
    query = (
        select(Milestone.name, Milestone.due_on)
        .join(FeeAgreement, (FeeAgreement.firm_id == Milestone.firm_id) & (FeeAgreement.id == Milestone.fee_agreement_id))
        .where(Milestone.firm_id == firm_id, Milestone.matter_id == matter_id, or_(on_day, by_task), ~stands)
        .where(Milestone.cancelled_at.is_(None), FeeAgreement.removed_at.is_(None))
        .order_by(Milestone.due_on.is_(None), Milestone.due_on, Milestone.id)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None


def _holds_through(day: Any) -> ColumnElement[bool]:
    return or_(FeeAgreement.effective_to.is_(None), day <= FeeAgreement.effective_to)


def _unbilled(session: Session, firm_id: int, matter_id: int) -> tuple[str, int] | None:
    made = or_(
        exists().where(Milestone.firm_id == FixedFeeEntry.firm_id, Milestone.fixed_fee_entry_id == FixedFeeEntry.id),
        exists().where(AgreedFee.firm_id == FixedFeeEntry.firm_id, AgreedFee.fixed_fee_entry_id == FixedFeeEntry.id),
        exists().where(Recovery.firm_id == FixedFeeEntry.firm_id, Recovery.fixed_fee_entry_id == FixedFeeEntry.id),
    )
    mine = (FixedFeeEntry.firm_id == firm_id, FixedFeeEntry.matter_id == matter_id, is_unbilled(FixedFeeEntry), made)
    query = select(FixedFeeEntry.description, FixedFeeEntry.amount_minor).where(*mine).order_by(FixedFeeEntry.charged_on, FixedFeeEntry.id)
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None
