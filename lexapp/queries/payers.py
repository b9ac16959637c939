"""Who pays for matters, by the day of the work, and what each payer was billed so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, extract, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from lexapp.domain.errors import Conflict
from lexapp.domain.money import Money
from lexapp.domain.pricing import LineKind
from lexapp.domain.splits import NO_LIMITS, Arrangement, Billed, Counted, Limits, PayerTerms, Room
from lexapp.models import Client, Firm, Matter, MatterPayer, PayerArrangement, PreBill, PreBillLine

_INCLUDED: ColumnElement[str] = literal_column("'included'")
ENTRY_COLUMNS = {
    "time": PreBillLine.time_entry_id,
    "expense": PreBillLine.expense_entry_id,
    "fixed_fee": PreBillLine.fixed_fee_entry_id,
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """An arrangement with its days. `payers` are its rows in order; `names` of them by id; `waiting` for the consent of these."""

    id: int
    matter_id: int
    effective_from: date
    effective_to: date | None
    arrangement: Arrangement
    payers: tuple[MatterPayer, ...]
    names: Mapping[int, str]
    waiting: tuple[str, ...]

    def holds(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


def arrangement_on(agreed: Iterable[Agreed], on: date) -> Agreed | None:
    """The one in force on a day; None where the client pays everything."""
    return next((one for one in agreed if one.holds(on)), None)


def arrangements_of(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, list[Agreed]]:
    """By matter, of any date, the first one first; nothing for a matter whose client pays everything. One query."""
    query = (
        select(PayerArrangement, MatterPayer, Client.name, Matter.client_id)
        .join(MatterPayer, and_(MatterPayer.firm_id == PayerArrangement.firm_id, MatterPayer.arrangement_id == PayerArrangement.id))
        .join(Client, and_(Client.firm_id == MatterPayer.firm_id, Client.id == MatterPayer.client_id))
        .join(Matter, and_(Matter.firm_id == PayerArrangement.firm_id, Matter.id == PayerArrangement.matter_id))
        .where(PayerArrangement.firm_id == firm_id, PayerArrangement.matter_id.in_(matter_ids))
        .order_by(PayerArrangement.matter_id, PayerArrangement.effective_from, MatterPayer.position)
    )
    rows: dict[PayerArrangement, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        rows[row[0]].append(row)
    found: dict[int, list[Agreed]] = defaultdict(list)
    for one, parts in rows.items():
        found[one.matter_id].append(agreed_of(one, parts))
    return dict(found)


def agreed_of(row: PayerArrangement, parts: Sequence[Any]) -> Agreed:
    """An arrangement with its payers, each as (arrangement, payer, name, the matter's client), in order."""
    payers = tuple(payer for _, payer, _, _ in parts)
    waiting = tuple(name for _, payer, name, client_id in parts if payer.client_id != client_id and payer.consented_on is None)
    terms = Arrangement(tuple(terms_of(payer) for payer in payers), row.remainder_payer_id)
    names = {payer.client_id: name for _, payer, name, _ in parts}
    return Agreed(row.id, row.matter_id, row.effective_from, row.effective_to, terms, payers, names, waiting)


def terms_of(payer: MatterPayer) -> PayerTerms:
    """A payer's row as the domain has it."""
    return PayerTerms(
        payer_id=payer.client_id,
        fees=payer.fees_basis_points,
        fixed_fees=payer.fixed_fees_basis_points,
        expenses=payer.expenses_basis_points,
        tasks=payer.task_shares or None,
        monthly_minor=payer.monthly_minor,
        cap_minor=payer.cap_minor,
        counted=Counted(payer.counted),
        overflow_payer_id=payer.overflow_payer_id,
    )


def billed_by_payer(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[int, Billed]:
    """What each payer of these matters is charged on pre-bills and invoices that stand, before tax and before a discount by volume.

    Such a discount may be taken back from a bill later, when other bills of the client are voided: a cap that counted it would be passed
    then. One query, grouped by month.
    """
    line = PreBillLine
    month = (extract("year", line.dated_on), extract("month", line.dated_on))
    query = (
        select(PreBill.matter_id, line.payer_id, line.kind, *month, func.sum(line.amount_minor - line.volume_minor))
        .join(PreBill, and_(PreBill.firm_id == line.firm_id, PreBill.id == line.pre_bill_id))
        .where(line.firm_id == firm_id, PreBill.matter_id.in_(matter_ids), line.state == _INCLUDED)
        .group_by(PreBill.matter_id, line.payer_id, line.kind, *month)
    )
    found: dict[int, Billed] = defaultdict(Billed)
    for matter_id, payer_id, kind, year, number, charged in session.execute(query):
        found[matter_id].add(payer_id, LineKind(kind), date(int(year), int(number), 1), int(charged))
    return found


def limits_of(session: Session, *, firm_id: int, matter_id: int) -> Limits:
    """What the payers of a matter leave to a rework of its bills. One query, two more where payers are agreed."""
    arranged = arrangements_of(session, firm_id=firm_id, matter_ids=[matter_id]).get(matter_id, ())
    if not arranged:
        return NO_LIMITS
    earlier = parts_divided_before(session, firm_id=firm_id, matter_ids=[matter_id])
    resting = {part.line_id for parts in earlier.values() for part in parts if not part.is_live}
    return Limits(resting, _rooms(session, firm_id, matter_id, arranged))


def _rooms(session: Session, firm_id: int, matter_id: int, arranged: Iterable[Agreed]) -> dict[int, Room]:
    """Of the payers with a cap in their latest arrangement."""
    latest = {terms.payer_id: (one.names[terms.payer_id], terms) for one in arranged for terms in one.arrangement.payers}
    capped = {id_: (name, terms, terms.cap_minor) for id_, (name, terms) in latest.items() if terms.cap_minor is not None}
    billed = billed_by_payer(session, firm_id=firm_id, matter_ids=[matter_id])[matter_id] if capped else Billed()
    return {id_: Room(name, terms.counted, cap - billed.of(id_)[terms.counted]) for id_, (name, terms, cap) in capped.items()}


def require_rooms(session: Session, *, firm_id: int, matter_id: int, more: Iterable[tuple[int, LineKind, int]]) -> None:
    """Refuse what charges a payer beyond the cap of their latest arrangement. `more`: payer, kind and minor units, written already."""
    raised: dict[int, list[tuple[LineKind, int]]] = defaultdict(list)
    for payer_id, kind, minor in more:
        raised[payer_id].append((kind, minor))
    if not any(minor > 0 for some in raised.values() for _, minor in some):
        return
    session.flush()
    arranged = arrangements_of(session, firm_id=firm_id, matter_ids=[matter_id]).get(matter_id, ())
    for payer_id, room in _rooms(session, firm_id, matter_id, arranged).items():
        by = sum(minor for kind, minor in raised[payer_id] if room.counted.counts(kind))
        if by > 0 > room.minor:
            left = Money(max(room.minor + by, 0), session.get_one(Firm, firm_id).currency)
            raise Conflict(
                f"That goes beyond the cap of {room.name}: {left} is left of it. Raise the cap on the matter’s payers, or charge less."
            )


class EarlierPart(NamedTuple):
    """One payer's part of an entry that was divided before; `is_live` while it is on a pre-bill or invoice that stands."""

    line_id: int
    payer_id: int
    arrangement_id: int
    split_id: int
    points: int
    quantity_hundredths: int
    rate_minor: int
    amount_minor: int
    cost_minor: int
    matter_id: int
    is_live: bool


def parts_divided_before(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> dict[tuple[str, int], list[EarlierPart]]:
    """Of every entry that some of its payers are charged for and others no more: all parts as they were divided, by kind and entry."""
    line, live = PreBillLine, aliased(PreBillLine)
    keys = (line.time_entry_id, line.expense_entry_id, line.fixed_fee_entry_id)
    same = tuple(getattr(live, key.key) for key in keys)
    partly = (
        select(*same, live.split_id, PreBill.matter_id)
        .join(PreBill, and_(PreBill.firm_id == live.firm_id, PreBill.id == live.pre_bill_id))
        .where(live.firm_id == firm_id, PreBill.matter_id.in_(matter_ids), live.state == _INCLUDED, live.split_id.is_not(None))
        .group_by(*same, live.split_id, PreBill.matter_id)
        .having(func.sum(live.share_basis_points) < 10_000)
        .subquery()
    )
    is_same = or_(*(partly.c[key.key] == key for key in keys))
    figures = (line.share_basis_points, line.entry_quantity_hundredths, line.entry_rate_minor, line.entry_amount_minor, line.cost_minor)
    query = (
        select(line.kind, func.coalesce(*keys), line.id, line.payer_id, line.arrangement_id, line.split_id, *figures)
        .add_columns(partly.c.matter_id, line.state)
        .join(partly, and_(partly.c.split_id == line.split_id, is_same))
        .where(line.firm_id == firm_id)
        .order_by(line.id)
    )
    found: dict[tuple[str, int], dict[int, EarlierPart]] = defaultdict(dict)
    for kind, entry_id, *values, state in session.execute(query):
        part = EarlierPart._make((*values, state == "included"))
        if part.is_live or not (before := found[kind, entry_id].get(part.payer_id)) or not before.is_live:
            found[kind, entry_id][part.payer_id] = part
    return {key: list(parts.values()) for key, parts in found.items()}
