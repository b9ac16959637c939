"""What time by the hour is charged at: what minimums are measured by."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from lexapp.books.agreed_reductions import reductions_of
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Piece
from lexapp.domain.rounding import round_half_up
from lexapp.domain.shares import WHOLE
from lexapp.queries.agreed_fees import hourly_on_bills
from lexapp.queries.unbilled import UnbilledRow, lock_unbilled_rows


def hourly_minor(session: Session, *, firm_id: int, matter_id: int, first: date | None, last: date) -> int:
    """What is charged for time by the hour through a day (from a day on), in minor units, after agreed discounts and caps.

    As it stands on pre-bills and invoices; what is on none, as one through that day would charge it: so it is the same before and after.
    The matter must be locked.
    """
    on_bills = hourly_on_bills(session, firm_id=firm_id, matter_id=matter_id, first=first, last=last)
    shares = {id_: share for id_, (share, _) in on_bills.items()}
    return sum(minor for _, minor in on_bills.values()) + _unbilled(session, firm_id, matter_id, first, last, shares)


def _unbilled(session: Session, firm_id: int, matter_id: int, first: date | None, last: date, shares: dict[int, int]) -> int:
    pieces = []
    for kind in LineKind:
        rows = lock_unbilled_rows(session, firm_id=firm_id, matter_ids=[matter_id], through_on=last, kind=kind.value)
        pieces += [_piece(kind, row, shares.get(row.entry_id, 0) if kind is LineKind.TIME else 0) for row in rows]
    reductions = reductions_of(session, firm_id=firm_id, drafts={matter_id: {0: last}}).get(matter_id)
    offs = reductions.off(pieces) if reductions else {}
    mine = [piece for piece in pieces if piece.kind is LineKind.TIME and (first is None or piece.dated_on >= first)]
    return sum(sum(piece.parts) + sum(off.parts[0] for off in offs.get(piece, ())) for piece in mine)


def _piece(kind: LineKind, row: UnbilledRow, billed_basis_points: int) -> Piece:
    """An entry, or what is left of one that was billed to some of its payers."""
    left = round_half_up((row.amount_minor + row.adjustment_minor) * (WHOLE - billed_basis_points), WHOLE)
    return Piece(0, kind, row.entry_id, row.dated_on, row.task_code, (left,))
