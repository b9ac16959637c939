"""What the settled statements of a matter fixed, which agreements that come later leave as it is."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Charged
from lexapp.models import ExpenseEntry, FixedFeeEntry
from lexapp.models.spared import settled_costs, settled_fees


def settled_charges(session: Session, *, firm_id: int, matter_id: int) -> list[Charged]:
    """The fees and the costs, billed or not: an invoice can be voided, and bills them anew. Two queries."""
    fee, cost = FixedFeeEntry, ExpenseEntry
    fees = select(fee.charged_on, fee.id, fee.amount_minor).where(fee.firm_id == firm_id, fee.matter_id == matter_id)
    costs = select(cost.incurred_on, cost.id, cost.amount_minor).where(cost.firm_id == firm_id, cost.matter_id == matter_id)
    found = [Charged(LineKind.FIXED_FEE, *row) for row in session.execute(fees.where(fee.id.in_(settled_fees(firm_id))))]
    return found + [Charged(LineKind.EXPENSE, *row) for row in session.execute(costs.where(cost.id.in_(settled_costs(firm_id))))]
