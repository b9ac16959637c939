"""What a browser is told of a change: which record, and who did it. Never what it became; the page asks for that itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from lexapp.domain.hints import Concern, may_be_told
from lexapp.domain.permissions import Actor
from lexapp.queries.changes import MOST, Changed, concerns_of, shut_for, walls_of

Hint = dict[str, object]
# More changed at once than is worth telling one by one: whatever a page shows may be out of date.
_ANYTHING: Hint = {"id": 0, "kind": "*", "of": 0, "by": "", "mine": False, "own": True, "matters": []}


def hints_about(session: Session, *, firm_id: int, rows: Sequence[Changed]) -> Callable[[Actor], list[Hint]]:
    """A function from a member to what they may be told; all that it needs is read now, in one query for each kind of record."""
    if len(rows) >= MOST:
        return lambda _: [dict(_ANYTHING)]
    latest = {row.subject: row for row in rows}
    concerns = concerns_of(session, firm_id=firm_id, subjects=latest)
    walls = walls_of(session, firm_id=firm_id)

    def told(actor: Actor) -> list[Hint]:
        shut = shut_for(walls, actor.membership_id)
        known = [row for row in latest.values() if row.subject in concerns]
        return [_hint(row, actor, concerns[row.subject]) for row in known if may_be_told(actor, row.kind, concerns[row.subject], shut)]

    return told


def _hint(row: Changed, actor: Actor, concern: Concern) -> Hint:
    """`mine`: done by the reader; `own`: the reader's own work; `matters`: all open to the reader."""
    said: Hint = {"id": row.id, "kind": row.kind, "of": row.subject_id, "by": row.name}
    return said | {"mine": row.user_id == actor.user_id, "own": concern.is_of(actor), "matters": sorted(concern.matter_ids)}
