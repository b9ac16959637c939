"""Rates of counted expenses: every one for the list, and those that an expense is priced with."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain import unit_rates as domain
from lexapp.models import UnitRate


def unit_rates(session: Session, *, firm_id: int) -> list[domain.UnitRate]:
    """Every rate of the firm, removed ones aside, by name, the latest first. One query."""
    mine = (UnitRate.firm_id == firm_id, UnitRate.removed_at.is_(None))
    return [rate_of(row) for row in session.scalars(select(UnitRate).where(*mine).order_by(UnitRate.name, UnitRate.effective_from.desc()))]


def rate_of(row: UnitRate) -> domain.UnitRate:
    """A stored rate as the domain has it."""
    return domain.UnitRate(
        id=row.id,
        name=row.name,
        unit=row.unit,
        code=row.code,
        rate_hundredths=row.rate_hundredths,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
    )


def state(rate: domain.UnitRate, on: date) -> str:
    """past, now or later, on a day."""
    if rate.is_in_force(on):
        return "now"
    return "later" if rate.effective_from > on else "past"
