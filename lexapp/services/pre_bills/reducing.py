"""What fee agreements take off the entries of a draft, before payers share them, and off lines under review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from lexapp.books.agreed_reductions import MatterReductions, Reworked, charged_more, reductions_of, rework_pre_bills, words
from lexapp.books.commands import CommandRecord
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Piece
from lexapp.queries.payers import limits_of, require_rooms
from lexapp.queries.unbilled import UnbilledRow

KIND_OF = {kind.value: kind for kind in LineKind}
THIS_DRAFT = 0  # has no id yet; what was drafted before is billed for it, and comes first


class Taken(NamedTuple):
    """What is taken off an entry, each after the one before (zero or below, minor units), and why."""

    minors: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    currency: str = ""

    def words(self, part_minor: int) -> str:
        """Why so much is taken off one part of it."""
        return words(zip(self.reasons, self.minors, strict=True), part_minor, self.currency) if part_minor else ""


NOTHING = Taken()
Key = tuple[str, int]
"""Kind and id of an entry."""


class Worth(NamedTuple):
    """An entry with what is billed of it before anything is taken off, in minor units."""

    kind: str
    row: UnbilledRow
    minor: int


def read_reductions(session: Session, firm_id: int, matter_ids: Sequence[int], through_on: date) -> dict[int, MatterReductions]:
    """By matter; nothing for those without. One query, two more where there is any."""
    return reductions_of(session, firm_id=firm_id, drafts={id_: {THIS_DRAFT: through_on} for id_ in matter_ids})


def rework(session: Session, command: CommandRecord, *, matter_id: int, first: Iterable[Reworked] = ()) -> None:
    """Put right what is agreed on all lines under review after one of them (`first`) changed. Refused where a payer's cap has no room."""
    session.flush()
    limits = limits_of(session, firm_id=command.actor.firm_id, matter_id=matter_id)
    changes = [*first, *rework_pre_bills(session, command, matter_id=matter_id, limits=limits)]
    require_rooms(session, firm_id=command.actor.firm_id, matter_id=matter_id, more=charged_more(changes))


def taken_off(reductions: MatterReductions | None, entries: Iterable[Worth]) -> Mapping[Key, Taken]:
    """What is taken off the entries of a matter; nothing is said of those that stay as they are."""
    if reductions is None:
        return {}
    pieces = [Piece(THIS_DRAFT, KIND_OF[kind], row.entry_id, row.dated_on, row.task_code, (minor,)) for kind, row, minor in entries]
    found = reductions.off(pieces)
    return {
        (piece.kind.value, piece.id): Taken(tuple([off.parts[0] for off in offs]), tuple([off.reason for off in offs]), reductions.currency)
        for piece, offs in found.items()
    }
