"""From unbilled work to pre-bills: plain rows in, one executemany per table out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import and_, func, insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit_many
from lexapp.books.rows import insert_rows
from lexapp.database import reserve_ids
from lexapp.domain.allocation import allocate
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.pre_bills import Share, split_amount, split_time
from lexapp.domain.shares import WHOLE
from lexapp.models import Matter, MatterPayer, PreBill, PreBillLine
from lexapp.queries.unbilled import INCLUDED, UnbilledRow, lock_unbilled_rows

KINDS = ("time", "fixed_fee", "expense")
Payers = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of some matters: their new pre-bills, or the sentence that says why there is none."""

    pre_bill_ids: Mapping[int, Sequence[int]]
    problems: Mapping[int, Refused]


def draft(
    session: Session, command: CommandRecord, *, matter_ids: Sequence[int], through_on: date, most_lines: int | None = None
) -> Drafted:
    """Make pre-bills of everything unbilled on these matters through a date, one for each payer with something to pay.

    Every entry is divided between all payers of its matter by largest remainder, so that the parts add up to the entry.
    A matter without unbilled work, or with billable time that has no rate, is refused and the others go on.
    With `most_lines`, matters beyond that many lines are left for another time (the first is always made).
    """
    firm_id = command.actor.firm_id
    _lock_matters(session, firm_id, matter_ids)
    rows = {kind: lock_unbilled_rows(session, firm_id=firm_id, matter_ids=matter_ids, through_on=through_on, kind=kind) for kind in KINDS}
    matter_ids = _within(matter_ids, rows, most_lines)
    wanted = set(matter_ids)
    rows = {kind: [row for row in rows[kind] if row.matter_id in wanted] for kind in KINDS}
    payers = _payers(session, firm_id, matter_ids)
    problems = _problems(session, firm_id, matter_ids, rows, payers, through_on)
    bills = _new_bills(session, command, rows, problems, through_on)
    lines = _line_rows(firm_id, rows, payers, bills)
    insert_rows(session, PreBillLine, LINE_COLUMNS, lines)
    return Drafted(_by_matter(bills), problems)


def _lock_matters(session: Session, firm_id: int, matter_ids: Sequence[int]) -> None:
    """Two drafts of one matter at once would race for its entries: the second waits here and finds them taken."""
    wanted = select(Matter.id).where(Matter.firm_id == firm_id, Matter.id.in_(matter_ids)).order_by(Matter.id)
    session.execute(wanted.with_for_update(key_share=True)).all()


def _within(matter_ids: Sequence[int], rows: Mapping[str, Sequence[UnbilledRow]], most_lines: int | None) -> Sequence[int]:
    """The first matters whose lines together are no more than `most_lines`."""
    sizes = Counter(row.matter_id for kind in KINDS for row in rows[kind])
    if most_lines is None or sizes.total() <= most_lines:
        return matter_ids
    sums = list(accumulate(sizes[id_] for id_ in matter_ids))
    return [id_ for id_, lines in zip(matter_ids, sums, strict=True) if lines <= most_lines] or matter_ids[:1]


def _payers(session: Session, firm_id: int, matter_ids: Sequence[int]) -> Payers:
    """matter -> payer -> share in basis points, in the order of the payers; a matter without payers is its client's."""
    query = (
        select(Matter.id, func.coalesce(MatterPayer.client_id, Matter.client_id), func.coalesce(MatterPayer.share_basis_points, WHOLE))
        .outerjoin(MatterPayer, and_(MatterPayer.firm_id == Matter.firm_id, MatterPayer.matter_id == Matter.id))
        .where(Matter.firm_id == firm_id, Matter.id.in_(matter_ids))
        .order_by(Matter.id, MatterPayer.position, MatterPayer.id)
    )
    payers: dict[int, dict[int, int]] = defaultdict(dict)
    for matter_id, payer_id, share in session.execute(query):
        payers[matter_id][payer_id] = share
    return payers


def _problems(
    session: Session,
    firm_id: int,
    matter_ids: Sequence[int],
    rows: Mapping[str, Sequence[UnbilledRow]],
    payers: Payers,
    through_on: date,
) -> dict[int, Refused]:
    worked = {row.matter_id for kind in KINDS for row in rows[kind]}
    nothing = f"There is no unbilled work through {day_text(through_on)}. Choose a later date, or record work first."
    problems: dict[int, Refused] = {id_: InvalidInput(nothing, field="through_on") for id_ in matter_ids if id_ not in worked}
    for row in rows["time"]:
        if row.rate_minor is None and row.billing_status == "billable":
            sentence = f"The time of {day_text(row.dated_on)} has no rate. Type one on the entry, or add a rate that covers it."
            problems.setdefault(row.matter_id, InvalidInput(sentence, code="no_rate"))
    for matter_id, shares in payers.items():
        if sum(shares.values()) != WHOLE:
            problems[matter_id] = InvalidInput("The payers' shares do not add up to 100 %. Correct them on the matter.", code="shares")
    entries = {(kind, row.entry_id) for kind in KINDS for row in rows[kind]}
    for matter_id in _billed_in_other_shares(session, firm_id, entries, sorted(worked), payers):
        sentence = "The payers changed after part of this work was billed. Discard or void that part first, then bill it again."
        problems[matter_id] = InvalidInput(sentence, code="payers_changed")
    return problems


def _billed_in_other_shares(
    session: Session, firm_id: int, entries: Set[tuple[str, int]], matter_ids: Sequence[int], payers: Payers
) -> set[int]:
    """Matters where part of an unbilled entry was billed to somebody who does not pay now, or pays another share."""
    line = PreBillLine
    entry_id = func.coalesce(line.time_entry_id, line.expense_entry_id, line.fixed_fee_entry_id)
    query = (
        select(PreBill.matter_id, line.payer_id, line.share_basis_points, line.kind, entry_id)
        .join(PreBill, and_(PreBill.firm_id == line.firm_id, PreBill.id == line.pre_bill_id))
        .where(line.firm_id == firm_id, PreBill.matter_id.in_(matter_ids), line.state == INCLUDED, line.share_basis_points < WHOLE)
    )
    found = session.execute(query)
    return {
        matter_id
        for matter_id, payer_id, share, kind, entry in found
        if (kind, entry) in entries and payers[matter_id].get(payer_id) != share
    }


def _new_bills(
    session: Session,
    command: CommandRecord,
    rows: Mapping[str, Sequence[UnbilledRow]],
    problems: Mapping[int, Refused],
    through_on: date,
) -> dict[tuple[int, int], int]:
    """(matter, payer) -> id of the new pre-bill."""
    found = dict.fromkeys((row.matter_id, row.payer_id) for kind in KINDS for row in rows[kind] if row.matter_id not in problems)
    wanted = sorted(found)
    ids = reserve_ids(session, PreBill.__table__, len(wanted))  # type: ignore[arg-type]
    shared = {
        "firm_id": command.actor.firm_id,
        "state": "open",
        "through_on": through_on,
        "description": "For services rendered",
        "created_by_user_id": command.actor.user_id,
        "created_at": command.at,
        "version": 1,
    }
    new = [{**shared, "id": id_, "matter_id": matter, "payer_id": payer} for id_, (matter, payer) in zip(ids, wanted, strict=True)]
    if new:
        session.execute(insert(PreBill), new)
    after = [(id_, {"matter_id": matter, "payer_id": payer}) for id_, (matter, payer) in zip(ids, wanted, strict=True)]
    audit_many(session, command, action="pre_bill.drafted", subject_kind="pre_bill", after=after)
    return dict(zip(wanted, ids, strict=True))


def _line_rows(
    firm_id: int, rows: Mapping[str, Sequence[UnbilledRow]], payers: Payers, bills: Mapping[tuple[int, int], int]
) -> list[tuple[Any, ...]]:
    lines: list[tuple[Any, ...]] = []
    positions: dict[int, int] = defaultdict(int)
    for kind in KINDS:
        for row in rows[kind]:
            bill_id = bills.get((row.matter_id, row.payer_id))
            if bill_id is None:
                continue
            positions[bill_id] = position = positions[bill_id] + 1
            shares = payers[row.matter_id]
            place = 0 if len(shares) == 1 else list(shares).index(row.payer_id)
            parts = _split(kind, row, tuple(shares.values()))
            adjustment = _adjustment(row, parts, place) if row.adjustment_minor else 0
            lines.append(_line(firm_id, bill_id, position, kind, row, parts[place], shares[row.payer_id], adjustment))
    return lines


def _split(kind: str, row: UnbilledRow, shares: Sequence[int]) -> list[Share]:
    if kind == "time":
        return split_time(row.quantity_hundredths, row.rate_minor or 0, row.amount_minor, shares)
    return split_amount(row.quantity_hundredths, row.rate_minor or 0, row.amount_minor, row.cost_minor, shares)


def _adjustment(row: UnbilledRow, parts: Sequence[Share], place: int) -> int:
    """The reduction agreed for the entry, spread by what each payer is charged: no share can exceed its amount."""
    return allocate(row.adjustment_minor, [part.amount_minor for part in parts])[place]


LINE_COLUMNS = (
    "firm_id",
    "pre_bill_id",
    "payer_id",
    "position",
    "kind",
    "state",
    "time_entry_id",
    "expense_entry_id",
    "fixed_fee_entry_id",
    "timekeeper_id",
    "dated_on",
    "narrative",
    "task_code",
    "activity_code",
    "expense_code",
    "billing_status",
    "share_basis_points",
    "entry_quantity_hundredths",
    "entry_rate_minor",
    "entry_amount_minor",
    "cost_minor",
    "quantity_hundredths",
    "rate_minor",
    "rounding_minor",
    "write_down_minor",
    "write_down_reason",
    "adjustment_minor",
    "adjustment_reason",
    "amount_minor",
    "version",
)


def _line(
    firm_id: int, bill_id: int, position: int, kind: str, row: UnbilledRow, part: Share, share: int, adjustment: int
) -> tuple[Any, ...]:
    """The values of LINE_COLUMNS: the entry as it stands with the reduction agreed for it, and nothing written down yet."""
    quantity, rate, rounding, amount, cost = part
    entry_id = row.entry_id
    return (
        firm_id,
        bill_id,
        row.payer_id,
        position,
        kind,
        "included",
        entry_id if kind == "time" else None,
        entry_id if kind == "expense" else None,
        entry_id if kind == "fixed_fee" else None,
        row.timekeeper_id,
        row.dated_on,
        row.narrative,
        row.task_code,
        row.activity_code,
        row.expense_code,
        row.billing_status,
        share,
        quantity,
        rate,
        amount,
        cost,
        quantity,
        rate,
        rounding,
        0,
        "",
        adjustment,
        row.adjustment_reason if adjustment else "",
        amount + adjustment,
        1,
    )


def _by_matter(bills: Mapping[tuple[int, int], int]) -> dict[int, list[int]]:
    ids: dict[int, list[int]] = defaultdict(list)
    for (matter_id, _), bill_id in bills.items():
        ids[matter_id].append(bill_id)
    return ids
