"""What fee agreements take off bills: read for drafts that are being made, and worked out anew for those that are open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit_changes
from lexapp.books.fee_agreements import agreements_of
from lexapp.books.volume_discounts import clear_volume, give_volume_discounts
from lexapp.domain.agreements import TakenOff, reduces, taken_off_by
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Charged, Off, Piece, reasons_of, reduce_drafts
from lexapp.domain.reductions.lines import spread_over
from lexapp.domain.splits import NO_LIMITS, Limits, Room
from lexapp.models import Firm, Matter, PreBill, PreBillLine
from lexapp.models.spared import spared_entries

__all__ = ["MatterReductions", "Reworked", "charged_more", "lock_matter", "reductions_of", "rework_pre_bills", "settled_on", "words"]

STANDING = ("open", "approved", "issued")
SETTLED = ("approved", "issued")
LONGEST_REASON = 255
BEYOND_PAYER = "beyond the payer’s cap"


@dataclass(frozen=True, slots=True)
class MatterReductions:
    """What is taken off the drafts of a matter, and what counts towards its caps already."""

    taken: TakenOff
    currency: str
    billed: Sequence[Charged] = ()

    def off(self, pieces: Iterable[Piece]) -> dict[Piece, tuple[Off, ...]]:
        """By piece, in order; nothing for those that nothing is taken off."""
        return reduce_drafts(pieces, self.taken.reductions, self.taken.cappings, self.billed)

    def keeping(self, session: Session, firm_id: int, matter_id: int, resting: Collection[int]) -> MatterReductions:
        """With the room that lines that rest keep of the caps."""
        if not (resting and self.taken.cappings):
            return self
        kept = kept_by_resting(session, firm_id=firm_id, matter_id=matter_id, resting=resting)
        return replace(self, billed=[*self.billed, *kept])


class Reworked(NamedTuple):
    """By how much a line is charged more now (less: below zero), in minor units."""

    line: PreBillLine
    more_minor: int


def reductions_of(
    session: Session, *, firm_id: int, drafts: Mapping[int, Mapping[int, date]], states: Collection[str] = STANDING
) -> dict[int, MatterReductions]:
    """Of the matters that have any. `drafts`: matter -> draft -> its last day; `states` of the pre-bills that count towards caps.

    One query, up to three more where one has a discount or a hard cap. A reduction from elsewhere that caps shall count is added here,
    to `TakenOff.reductions`: it is worked out on what the ones before it leave.
    """
    agreed = {id_: some.agreements for id_, some in agreements_of(session, firm_id=firm_id, matter_ids=drafts).items()}
    wanted = {id_: some for id_, some in agreed.items() if reduces(some)}
    if not wanted:
        return {}
    currency = session.scalars(select(Firm.currency).where(Firm.id == firm_id)).one()
    spared = _spared(session, firm_id, wanted)
    taken = {id_: taken_off_by(some, drafts[id_], currency, spared) for id_, some in wanted.items()}
    billed = _billed(session, firm_id, [id_ for id_, one in taken.items() if one.cappings], states)
    return {id_: MatterReductions(one, currency, billed.get(id_, ())) for id_, one in taken.items()}


def _spared(session: Session, firm_id: int, matter_ids: Collection[int]) -> frozenset[tuple[LineKind, int]]:
    """The entries of these matters that no discount takes anything off."""
    query = spared_entries(firm_id, list(matter_ids)).execution_options(through_walls=True)
    return frozenset((LineKind(kind), id_) for kind, id_ in session.execute(query))


def _billed(session: Session, firm_id: int, matter_ids: Sequence[int], states: Collection[str]) -> dict[int, list[Charged]]:
    """What is charged on these matters, summed by kind, day and task."""
    line, found = PreBillLine, defaultdict(list)
    key = (PreBill.matter_id, line.kind, line.dated_on, line.task_code)
    query = (
        select(*key, func.sum(line.amount_minor - line.volume_minor))
        .join(PreBill, and_(PreBill.firm_id == line.firm_id, PreBill.id == line.pre_bill_id))
        .where(line.firm_id == firm_id, PreBill.matter_id.in_(matter_ids), PreBill.state.in_(states), line.state == "included")
        .group_by(*key)
    )
    for matter_id, kind, dated_on, task_code, minor in session.execute(query) if matter_ids else ():
        found[matter_id].append(Charged(LineKind(kind), dated_on, 0, int(minor), task_code))
    return found


def kept_by_resting(session: Session, *, firm_id: int, matter_id: int, resting: Collection[int]) -> list[Charged]:
    """What lines that rest keep of the caps: as a rework leaves it to them, so that work drafted meanwhile does not take it."""
    rows = _rows_of_drafts(session, firm_id, matter_id, resting) if resting else []
    pieces, drafts = _pieces(rows), {row.draft: row.through_on for row in reversed(rows)}
    found = reductions_of(session, firm_id=firm_id, drafts={matter_id: drafts}, states=SETTLED).get(matter_id) if rows else None
    offs = found.off(pieces) if found else {}
    left = [(piece, _left_to(some, offs.get(piece, ()))) for piece, some in pieces.items() if any(row.rests for row in some)]
    return [Charged(piece.kind, piece.dated_on, piece.id, minor, piece.task_code) for piece, minor in left]


def _left_to(rows: Sequence[_Row], offs: Sequence[Off]) -> int:
    return sum(row.before_minor + sum(off.parts[place] for off in offs) for place, row in enumerate(rows) if row.rests)


def settled_on(session: Session, *, firm_id: int, matter_id: int) -> list[Charged]:
    """What was approved or billed on a matter, summed by kind, day and task: what caps count and nobody changes any more."""
    return _billed(session, firm_id, [matter_id], SETTLED).get(matter_id, [])


def words(offs: Iterable[tuple[str, int]], part_minor: int, currency: str) -> str:
    """The reasons, as they stand beside a line."""
    return reasons_of(offs, part_minor, currency)[:LONGEST_REASON]


def charged_more(changes: Iterable[Reworked]) -> list[tuple[int, LineKind, int]]:
    """Payer, kind and minor units of the lines that payers share."""
    return [(line.payer_id, LineKind(line.kind), minor) for line, minor in changes if line.arrangement_id is not None]


def lock_matter(session: Session, *, firm_id: int, matter_id: int) -> None:
    """The matter, then its open pre-bills: who drafts for it and who reviews it take turns. Before any pre-bill of it is locked."""
    matter = select(Matter.id).where(Matter.firm_id == firm_id, Matter.id == matter_id)
    session.execute(matter.with_for_update(key_share=True))
    bills = select(PreBill.id).where(PreBill.firm_id == firm_id, PreBill.matter_id == matter_id, PreBill.state == "open")
    session.execute(bills.order_by(PreBill.id).with_for_update())


def rework_pre_bills(session: Session, command: CommandRecord, *, matter_id: int, limits: Limits = NO_LIMITS) -> list[Reworked]:
    """Work out anew what is taken off the lines of a matter's open pre-bills; those that changed, each with an audit row.

    The matter must be locked by `lock_matter`. What was approved or issued stays, and counts towards the caps. Released parts of entries
    that other payers are still charged for keep their place, as if they were there: so the others keep theirs. What a payer's cap has no
    room for stays off. Repeating it changes nothing. What the client is given by volume is worked out after it, on its other matters too.
    """
    changed = _rework_agreed(session, command, matter_id, limits)
    reworked = [Reworked(line, line.amount_minor - before["amount_minor"]) for line, before in changed]
    client_ids = session.scalars(select(Matter.client_id).where(Matter.firm_id == command.actor.firm_id, Matter.id == matter_id))
    give_volume_discounts(session, command, client_ids=[id_ for id_ in client_ids if id_])
    return reworked


def _rework_agreed(session: Session, command: CommandRecord, matter_id: int, limits: Limits) -> list[tuple[PreBillLine, _Before]]:
    session.flush()
    firm_id = command.actor.firm_id
    rows = _rows_of_drafts(session, firm_id, matter_id, limits.resting)
    drafts = {row.draft: row.through_on for row in reversed(rows)}
    found = reductions_of(session, firm_id=firm_id, drafts={matter_id: drafts}, states=SETTLED) if rows else {}
    if matter_id not in found and not any(row.line.agreed_minor for row in rows if row.is_open):
        return []
    pieces, currency = _pieces(rows), found[matter_id].currency if found else ""
    offs = found[matter_id].off(pieces) if matter_id in found else {}
    wanted = [one for piece, some in pieces.items() for one in _wanted(some, offs.get(piece, ()), currency)]
    given = [(one.line, one.agreed_minor, one.words(currency)) for one in _within(wanted, limits.rooms)]
    changed = [one for one in given if (one[0].agreed_minor, one[0].agreed_reason) != one[1:]]
    written = [(line, _change(line, part, reason)) for line, part, reason in changed]
    _write(session, command, written)
    return written


class _Row(NamedTuple):
    """`is_open`: its part may change; `rests`: it is billed to nobody now, and has its place only."""

    line: PreBillLine
    is_open: bool
    draft: int
    through_on: date
    rests: bool

    @property
    def before_minor(self) -> int:
        """What the line is charged before what is agreed is taken off."""
        return self.line.amount_minor - self.line.agreed_minor - self.line.volume_minor


def _rows_of_drafts(session: Session, firm_id: int, matter_id: int, resting: Collection[int]) -> list[_Row]:
    """The lines of every draft of which one is open or rests, in the order in which they were drafted.

    A part that is billed again has its place in the draft in which its entry was divided: so every part stays what it was.
    """
    draft = func.coalesce(PreBillLine.split_id, PreBill.draft_id, PreBill.id)
    of_bill = and_(PreBill.firm_id == PreBillLine.firm_id, PreBill.id == PreBillLine.pre_bill_id)
    mine, rests = (PreBill.firm_id == firm_id, PreBill.matter_id == matter_id), PreBillLine.id.in_(resting)
    included = PreBillLine.state == "included"
    drafts = select(draft).join_from(PreBill, PreBillLine, of_bill).where(*mine, or_(and_(PreBill.state == "open", included), rests))
    query = (
        select(PreBillLine, or_(PreBill.state == "open", rests), draft, PreBill.through_on)
        .join(PreBill, of_bill)
        .where(*mine, or_(and_(PreBill.state.in_(STANDING), included), rests), draft.in_(drafts.correlate(None)))
        .order_by(PreBillLine.id)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query)
    return [_Row(line, bool(is_open), int(of), through_on, line.id in resting) for line, is_open, of, through_on in found]


def _pieces(rows: Iterable[_Row]) -> dict[Piece, list[_Row]]:
    groups: dict[tuple[int, LineKind, int, date, str], list[_Row]] = defaultdict(list)
    for row in rows:
        line = row.line
        entry_id = line.time_entry_id or line.expense_entry_id or line.fixed_fee_entry_id or 0
        groups[row.draft, LineKind(line.kind), entry_id, line.dated_on, line.task_code].append(row)
    return {Piece(*key, tuple(row.before_minor for row in some), tuple(row.is_open for row in some)): some for key, some in groups.items()}


class _Wanted(NamedTuple):
    """What is to be taken off a line, and for which reasons how much."""

    line: PreBillLine
    agreed_minor: int
    offs: Sequence[tuple[str, int]]

    @property
    def more_minor(self) -> int:
        return self.agreed_minor - self.line.agreed_minor

    def words(self, currency: str) -> str:
        return words(self.offs, self.agreed_minor, currency)

    def less(self, minor: int) -> _Wanted:
        """So much more is taken off, for the cap of its payer."""
        own = zip((reason for reason, _ in self.offs), spread_over(-self.agreed_minor, [-off for _, off in self.offs]), strict=True)
        offs = [(reason, off) for reason, off in own if off]
        return self._replace(agreed_minor=self.agreed_minor - minor, offs=[*offs, (BEYOND_PAYER, -minor)])


_Before = dict[str, int]


def _wanted(rows: Sequence[_Row], offs: Sequence[Off], currency: str) -> list[_Wanted]:
    """What is to be taken off the open lines of an entry. Where it is as much as before for the same reason, every line keeps its part."""
    parts = [sum(minors) for minors in zip(*(off.parts for off in offs), strict=True)] if offs else [0] * len(rows)
    wholes = [(off.reason, sum(off.parts)) for off in offs]
    mine = [(row, part) for row, part in zip(rows, parts, strict=True) if row.is_open]
    kept = all(_names(row.line.agreed_reason) == _names(words(wholes, row.line.agreed_minor, currency)) for row, _ in mine)
    if kept and sum(row.line.agreed_minor for row, _ in mine) == sum(part for _, part in mine):
        return []
    return [_Wanted(row.line, part, wholes) for row, part in mine if not row.rests]


def _within(wanted: Sequence[_Wanted], rooms: Mapping[int, Room]) -> list[_Wanted]:
    """What payers have room for under their caps: where it ends, the last lines that would be charged more are not."""
    left = list(wanted)
    for payer_id, room in rooms.items():
        mine = [at for at, one in enumerate(left) if one.line.payer_id == payer_id and room.counted.counts(LineKind(one.line.kind))]
        beyond = sum(left[at].more_minor for at in mine) - max(room.minor, 0)
        for at in reversed(mine):
            by = min(beyond, left[at].more_minor)
            if by > 0:
                left[at], beyond = left[at].less(by), beyond - by
    return left


def _names(reasons: str) -> list[str]:
    """Reasons without their amounts, of which the odd cent depends on what is settled meanwhile."""
    return [one.rpartition(" (")[0] or one for one in reasons.split("; ")]


def _change(line: PreBillLine, agreed_minor: int, reason: str) -> _Before:
    clear_volume(line)
    before = {"agreed_minor": line.agreed_minor, "amount_minor": line.amount_minor}
    line.amount_minor += agreed_minor - line.agreed_minor
    line.agreed_minor, line.agreed_reason = agreed_minor, reason
    line.version += 1
    return before


def _write(session: Session, command: CommandRecord, changed: Sequence[tuple[PreBillLine, _Before]]) -> None:
    if not changed:
        return
    bills = {line.pre_bill_id for line, _ in changed}
    query = select(PreBill).where(PreBill.firm_id == command.actor.firm_id, PreBill.id.in_(bills))
    for pre_bill in session.scalars(query.execution_options(populate_existing=True)):
        pre_bill.version += 1
    session.flush()
    after = [(line.id, before, {"agreed_minor": line.agreed_minor, "amount_minor": line.amount_minor}) for line, before in changed]
    audit_changes(session, command, action="pre_bill_line.reduced", subject_kind="pre_bill_line", changed=after)
