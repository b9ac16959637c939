"""The fee of a recovery is taken out of the client's money, so nobody else is billed a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvalidInput
from lexapp.domain.pricing import LineKind
from lexapp.models import ExpenseEntry, Matter, Recovery, RecoveryClaim
from lexapp.queries.payers import Agreed, arrangement_on, arrangements_of

SHARED = (
    "Somebody else pays part of this matter’s fixed fees or expenses, and the recovery is the client’s money. "
    "Agree on the matter’s payers that the client pays them, then go on."
)


def refuse_shared(session: Session, row: Recovery, on: date) -> None:
    """Refuse a statement whose invoice would be divided between payers. `on`: the day of the fee.

    One query, two more where payers are agreed.
    """
    agreed = arrangements_of(session, firm_id=row.firm_id, matter_ids=[row.matter_id]).get(row.matter_id, [])
    if not agreed:
        return
    client_id = session.scalar(select(Matter.client_id).where(Matter.firm_id == row.firm_id, Matter.id == row.matter_id))
    entry = (ExpenseEntry.firm_id == RecoveryClaim.firm_id) & (ExpenseEntry.id == RecoveryClaim.expense_entry_id)
    mine = (RecoveryClaim.firm_id == row.firm_id, RecoveryClaim.recovery_id == row.id)
    days = session.scalars(select(ExpenseEntry.incurred_on).join(RecoveryClaim, entry).where(*mine)).all()
    billed = [(LineKind.FIXED_FEE, on), *((LineKind.EXPENSE, day) for day in days)]
    if not all(_alone(agreed, client_id, kind, day) for kind, day in billed):
        raise InvalidInput(SHARED, code="fee_shared")


def _alone(agreed: Sequence[Agreed], client_id: int | None, kind: LineKind, on: date) -> bool:
    one = arrangement_on(agreed, on)
    return one is None or one.arrangement.pays_all(client_id, kind)
