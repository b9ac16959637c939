"""Settlement statements that clients consented to: the parts are the recovery, nobody is short, taxes are what their rates make."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import InvariantBroken
from lexapp.domain.snapshots.coding import decode
from lexapp.domain.snapshots.settlements import SettlementSnapshot
from lexapp.models import Recovery


def statements_hold(session: Session, firm_id: int) -> Iterator[str]:
    """Every approved or settled statement adds up, and is of the amount that was recovered."""
    mine = (Recovery.firm_id == firm_id, Recovery.status != "draft")
    for row in session.scalars(select(Recovery).where(*mine).order_by(Recovery.id)):
        try:
            snapshot = decode(SettlementSnapshot, row.snapshot)
            snapshot.check()
        except InvariantBroken as broken:
            yield f"Recovery {row.id}: {broken}"
        else:
            if snapshot.figures.amount_minor != row.amount_minor:
                yield f"Recovery {row.id}: the statement is of {snapshot.figures.amount_minor}, {row.amount_minor} was recovered."
