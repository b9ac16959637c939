"""Gap-free numbers: taken in the transaction that uses them, so a refused command leaves no hole."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lexapp.models import NumberSequence


def next_numbers(session: Session, *, firm_id: int, series: str, count: int = 1) -> int:
    """The first of `count` consecutive numbers of the firm's series, starting at 1.

    The series' row stays locked until the transaction ends: take balances' locks before, the chain head after.
    """
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    start = make(NumberSequence).values(firm_id=firm_id, name=series, next_value=1)
    session.execute(start.on_conflict_do_nothing(index_elements=["firm_id", "name"]))
    mine = (NumberSequence.firm_id == firm_id) & (NumberSequence.name == series)
    take = update(NumberSequence).where(mine).values(next_value=NumberSequence.next_value + count)
    after = session.execute(take.returning(NumberSequence.next_value)).scalar_one()
    return after - count


def next_number(session: Session, *, firm_id: int, series: str) -> int:
    """One number of the series."""
    return next_numbers(session, firm_id=firm_id, series=series)
