"""Payers' caps, where lines that stand already are changed: nothing is written that goes beyond one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from lexapp.books.agreed_reductions import Reworked
from lexapp.domain.errors import Conflict
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind
from lexapp.models import Firm
from lexapp.queries.payers import beyond_caps


def require_rooms(session: Session, *, firm_id: int, matter_id: int, changes: Iterable[Reworked]) -> None:
    """Refuse what charges a payer beyond the cap of their latest arrangement. The changes are written already."""
    more: dict[int, dict[LineKind, int]] = defaultdict(lambda: defaultdict(int))
    for line, minor in changes:
        if line.arrangement_id is not None:
            more[line.payer_id][LineKind(line.kind)] += minor
    raised: Mapping[int, Mapping[LineKind, int]] = {id_: kinds for id_, kinds in more.items() if any(one > 0 for one in kinds.values())}
    if not raised:
        return
    session.flush()
    for name, left_minor in beyond_caps(session, firm_id=firm_id, matter_id=matter_id, more=raised):
        left = Money(left_minor, session.get_one(Firm, firm_id).currency)
        raise Conflict(f"That goes beyond the cap of {name}: {left} is left of it. Raise the cap on the matter’s payers, or charge less.")
