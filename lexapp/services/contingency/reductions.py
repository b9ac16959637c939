"""What would make the invoice of a recovery another sum than the client consents to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.books.fee_agreements import agreements_of
from lexapp.domain.agreements import cappings_of
from lexapp.domain.errors import InvalidInput
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Capping, Charged
from lexapp.models import ExpenseEntry, Recovery, RecoveryClaim

CAPPED = (
    "The fee agreement has a cap on fees that would cut what the client consents to. Agree anew that the cap counts time only, then go on."
)


def refuse_capped(session: Session, row: Recovery, currency: str) -> None:
    """Refuse a statement whose fee or costs a hard cap counts. Discounts spare what a statement fixed."""
    agreed = agreements_of(session, firm_id=row.firm_id, matter_ids=[row.matter_id]).get(row.matter_id)
    cappings = cappings_of(agreed.agreements, currency) if agreed else []
    if cappings and (any(_cuts_fee(one, row) for one in cappings) or any(one.cut(_costs(session, row)) for one in cappings)):
        raise InvalidInput(CAPPED, code="fee_capped")


def _cuts_fee(one: Capping, row: Recovery) -> bool:
    """Whether it counts a fee of some day since the money came in; a fee has no task code."""
    return one.cap.counts.holds(LineKind.FIXED_FEE) and not one.cap.phase and one.last_on >= row.received_on


def _costs(session: Session, row: Recovery) -> Iterator[Charged]:
    mine = (RecoveryClaim.firm_id == row.firm_id, RecoveryClaim.recovery_id == row.id)
    entry = (ExpenseEntry.firm_id == RecoveryClaim.firm_id) & (ExpenseEntry.id == RecoveryClaim.expense_entry_id)
    query = select(ExpenseEntry.incurred_on, ExpenseEntry.id, RecoveryClaim.amount_minor).join(RecoveryClaim, entry).where(*mine)
    for incurred_on, id_, minor in session.execute(query):
        yield Charged(LineKind.EXPENSE, incurred_on, id_, minor)
