"""Unbilled entries divided between the payers of their matters, as agreed for the day of the work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.orm import Session

from lexapp.books.agreed_reductions import MatterReductions
from lexapp.domain.allocation import allocate
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.pre_bills import Share, kept_share, split_amount, split_time
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import spread_parts
from lexapp.domain.shares import WHOLE
from lexapp.domain.splits import Billed, Work, divide
from lexapp.queries.payers import Agreed, EarlierPart, arrangement_on, arrangements_of, billed_by_payer, parts_divided_before
from lexapp.queries.unbilled import UnbilledRow
from lexapp.services.pre_bills.reducing import KIND_OF, NOTHING, Key, Taken, Worth, taken_off

Rows = Mapping[str, Sequence[UnbilledRow]]


class EntryPart(NamedTuple):
    """One payer's part of an entry, and where it comes from. Both ids are None where the client pays everything.

    `split_id` 0: of this draft, whose first pre-bill has no id yet.
    """

    payer_id: int
    points: int
    share: Share
    adjustment_minor: int
    agreed_minor: int
    arrangement_id: int | None
    split_id: int | None

    @property
    def worth_minor(self) -> int:
        """Before what is agreed is taken off."""
        return self.share.amount_minor + self.adjustment_minor


@dataclass(slots=True)
class Division:
    """The parts of entries on matters that have an arrangement, by kind and entry; every other entry is its client's.

    `taken`: what the fee agreement takes off entries; `again`: matters of which parts are billed again that it is taken off.
    """

    clients: Mapping[int, int]
    taken: dict[Key, Taken] = field(default_factory=dict)
    parts: dict[Key, list[EntryPart]] = field(default_factory=dict)
    problems: dict[int, Refused] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)

    def of(self, kind: str, row: UnbilledRow) -> list[EntryPart]:
        key = (kind, row.entry_id)
        if self.parts and (found := self.parts.get(key)) is not None:
            return found
        return [_whole(kind, row, self.clients[row.matter_id], self.taken.get(key, NOTHING) if self.taken else NOTHING)]

    def off(self, kind: str, row: UnbilledRow) -> Taken:
        return self.taken.get((kind, row.entry_id), NOTHING) if self.taken else NOTHING


def divide_rows(
    session: Session, firm_id: int, clients: Mapping[int, int], rows: Rows, reductions: Mapping[int, MatterReductions]
) -> Division:
    """Divide every entry whose matter has an arrangement. `clients`: matter -> client. Three statements more where there is one.

    What is agreed is taken off entries first, so that payers are charged parts of what is left, and their caps count that. Parts that were
    billed and released while another part stands are billed as they were divided then.
    """
    division = Division(clients)
    agreed = arrangements_of(session, firm_id=firm_id, matter_ids=list(clients))
    _take_off(division, rows, {id_: one for id_, one in reductions.items() if id_ not in agreed})
    if not agreed:
        return division
    matter_ids = sorted(agreed)
    billed = billed_by_payer(session, firm_id=firm_id, matter_ids=matter_ids)
    earlier = parts_divided_before(session, firm_id=firm_id, matter_ids=matter_ids)
    by_matter: dict[int, list[tuple[str, UnbilledRow]]] = defaultdict(list)
    for kind, some in rows.items():
        for row in some:
            if row.matter_id in agreed:
                by_matter[row.matter_id].append((kind, row))
    for matter_id, work in by_matter.items():
        found = reductions.get(matter_id)
        left = found and found.keeping(session, firm_id, matter_id, _resting(earlier, matter_id, work))
        matter = _Matter(clients[matter_id], agreed[matter_id], billed[matter_id], earlier, left)
        _divide_matter(division, matter, work, matter_id)
    return division


def _resting(earlier: Mapping[Key, Sequence[EarlierPart]], matter_id: int, work: Sequence[tuple[str, UnbilledRow]]) -> list[int]:
    """The lines of a matter that are billed to nobody now and are not billed again with this work."""
    again = {(kind, row.entry_id) for kind, row in work}
    parts = (part for key, some in earlier.items() if key not in again for part in some)
    return [part.line_id for part in parts if part.matter_id == matter_id and not part.is_live]


def _take_off(division: Division, rows: Rows, reductions: Mapping[int, MatterReductions]) -> None:
    """From the entries of matters whose client pays everything."""
    if not reductions:
        return
    worth: dict[int, list[Worth]] = defaultdict(list)
    for kind, some in rows.items():
        for row in some:
            if row.matter_id in reductions:
                worth[row.matter_id].append(Worth(kind, row, row.amount_minor + row.adjustment_minor))
    for matter_id, entries in worth.items():
        division.taken |= taken_off(reductions[matter_id], entries)


class _Matter(NamedTuple):
    client_id: int
    agreed: Sequence[Agreed]
    billed: Billed
    earlier: Mapping[Key, Sequence[EarlierPart]]
    reductions: MatterReductions | None


def _divide_matter(division: Division, matter: _Matter, work: Sequence[tuple[str, UnbilledRow]], matter_id: int) -> None:
    fresh: dict[int | None, list[tuple[str, UnbilledRow]]] = defaultdict(list)
    again: dict[Key, tuple[UnbilledRow, list[EntryPart]]] = {}
    by_id = {one.id: one for one in matter.agreed}
    try:
        for kind, row in work:
            one = arrangement_on(matter.agreed, row.dated_on)
            if (kind, row.entry_id) in matter.earlier:
                again[kind, row.entry_id] = (row, list(_again(matter, one, kind, row)))
            else:
                fresh[one.id if one else None].append((kind, row))
            _require_consent(one)
        division.taken |= taken_off(matter.reductions, _worth(work, again))
        _bill_again(division, matter, again)
        _require_room(matter)
        division.again |= {matter_id} if again and matter.reductions else set()
    except Refused as problem:
        division.problems[matter_id] = problem
        return
    for arrangement_id, some in fresh.items():
        if arrangement_id is not None:
            _divide_fresh(division, by_id[arrangement_id], some, matter.billed)
        else:
            _note(division, some, matter)


def _worth(work: Sequence[tuple[str, UnbilledRow]], again: Mapping[Key, tuple[UnbilledRow, list[EntryPart]]]) -> Iterator[Worth]:
    """Of an entry of which parts stand, only the others are billed now."""
    for kind, row in work:
        parts = again.get((kind, row.entry_id))
        yield Worth(kind, row, sum(p.worth_minor for p in parts[1]) if parts else row.amount_minor + row.adjustment_minor)


def _bill_again(division: Division, matter: _Matter, again: Mapping[Key, tuple[UnbilledRow, list[EntryPart]]]) -> None:
    for (kind, entry_id), (row, parts) in again.items():
        agreed = spread_parts(division.off(kind, row).minors, [part.worth_minor for part in parts])
        reduced = [part._replace(agreed_minor=off) for part, off in zip(parts, agreed, strict=True)]
        division.parts[kind, entry_id] = reduced
        for part in reduced:
            matter.billed.add(part.payer_id, LineKind(kind), row.dated_on, part.worth_minor + part.agreed_minor)


def _divide_fresh(division: Division, one: Agreed, some: Sequence[tuple[str, UnbilledRow]], billed: Billed) -> None:
    found = divide(one.arrangement, [_work(kind, row, division.off(kind, row)) for kind, row in some], billed)
    for kind, row in some:
        parts = found[KIND_OF[kind], row.entry_id]
        division.parts[kind, row.entry_id] = [EntryPart(*part, one.id, 0) for part in parts]


def _note(division: Division, some: Sequence[tuple[str, UnbilledRow]], matter: _Matter) -> None:
    """Work from before the first arrangement is the client's, and counts for what the client was billed."""
    for kind, row in some:
        part = _whole(kind, row, matter.client_id, division.off(kind, row))
        division.parts[kind, row.entry_id] = [part]
        matter.billed.add(matter.client_id, LineKind(kind), row.dated_on, part.worth_minor + part.agreed_minor)


def _again(matter: _Matter, one: Agreed | None, kind: str, row: UnbilledRow) -> Iterator[EntryPart]:
    """The parts that nobody is charged for now, as they were divided."""
    earlier = matter.earlier[kind, row.entry_id]
    if one is None or any(part.arrangement_id != one.id for part in earlier):
        sentence = "The payers changed after part of this work was billed. Discard or void that part first, then bill it again."
        raise InvalidInput(sentence, code="payers_changed")
    ordered = sorted(earlier, key=lambda part: one.arrangement.place(part.payer_id))
    weights = [part.amount_minor for part in ordered]
    offs = allocate(row.adjustment_minor, weights) if row.adjustment_minor else [0] * len(ordered)
    for part, off in zip(ordered, offs, strict=True):
        if not part.is_live:
            share = kept_share(part.quantity_hundredths, part.rate_minor, part.amount_minor, part.cost_minor)
            yield EntryPart(part.payer_id, part.points, share, off, 0, part.arrangement_id, part.split_id)


def _require_consent(one: Agreed | None) -> None:
    if one is not None and one.waiting:
        sentence = f"{one.waiting[0]} has not agreed to pay yet. Record their consent on the matter’s payers, then bill it."
        raise InvalidInput(sentence, code="consent_missing")


def _require_room(matter: _Matter) -> None:
    """What is billed again must find its place under the cap that others may have used up meanwhile."""
    for one in matter.agreed:
        for payer in one.arrangement.payers:
            billed = matter.billed.of(payer.payer_id)[payer.counted]
            if payer.cap_minor is not None and one.effective_to is None and billed > payer.cap_minor:
                name = one.names[payer.payer_id]
                sentence = (
                    f"The cap of {name} is used up, so their part of earlier work cannot be billed again. "
                    f"Raise the cap from {day_text(one.effective_from)}, or void what was billed to them since."
                )
                raise InvalidInput(sentence, code="cap_used_up")


def _work(kind: str, row: UnbilledRow, taken: Taken) -> Work:
    return Work(
        KIND_OF[kind],
        row.entry_id,
        row.dated_on,
        row.quantity_hundredths,
        row.rate_minor or 0,
        row.amount_minor,
        row.cost_minor,
        row.adjustment_minor,
        row.task_code,
        taken.minors,
    )


def _whole(kind: str, row: UnbilledRow, client_id: int, taken: Taken) -> EntryPart:
    """The entry of a matter whose client pays everything."""
    if kind == "time":
        (share,) = split_time(row.quantity_hundredths, row.rate_minor or 0, row.amount_minor, (WHOLE,))
    else:
        (share,) = split_amount(row.quantity_hundredths, row.rate_minor or 0, row.amount_minor, row.cost_minor, (WHOLE,))
    return EntryPart(client_id, WHOLE, share, row.adjustment_minor, sum(taken.minors), None, None)
