"""From unbilled work to pre-bills: plain rows in, one executemany per table out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from lexapp.books import CommandRecord, audit_many
from lexapp.books.agreed_reductions import lock_matter
from lexapp.books.rows import insert_rows
from lexapp.books.volume_discounts import give_volume_discounts
from lexapp.database import reserve_ids
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.models import Matter, PreBill, PreBillLine
from lexapp.queries.expense_states import held_back_matters
from lexapp.queries.unbilled import UnbilledRow, lock_unbilled_rows
from lexapp.services.pre_bills.reducing import Taken, read_reductions, rework
from lexapp.services.pre_bills.splitting import Division, EntryPart, divide_rows

KINDS = ("time", "fixed_fee", "expense")


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of some matters: their new pre-bills, or the sentence that says why there is none."""

    pre_bill_ids: Mapping[int, Sequence[int]]
    problems: Mapping[int, Refused]


def draft(
    session: Session,
    command: CommandRecord,
    *,
    matter_ids: Sequence[int],
    through_on: date,
    most_lines: int | None = None,
    only_fee_id: int | None = None,
) -> Drafted:
    """Make pre-bills of everything unbilled on these matters through a date, one for each payer with something to pay.

    Every entry is divided between the payers of its matter as agreed for its day, so that the parts add up to the entry.
    A matter without unbilled work, or with billable time that has no rate, is refused and the others go on.
    With `most_lines`, matters beyond that many lines are left for another time (the first is always made); with `only_fee_id`, everything
    but that fixed fee is.
    """
    firm_id = command.actor.firm_id
    clients = _lock_matters(session, firm_id, matter_ids)
    rows = {kind: lock_unbilled_rows(session, firm_id=firm_id, matter_ids=matter_ids, through_on=through_on, kind=kind) for kind in KINDS}
    if only_fee_id is not None:
        rows = {kind: [row for row in rows[kind] if kind == "fixed_fee" and row.entry_id == only_fee_id] for kind in KINDS}
    matter_ids = _within(matter_ids, rows, most_lines)
    wanted = set(matter_ids)
    rows = {kind: [row for row in rows[kind] if row.matter_id in wanted] for kind in KINDS}
    reductions = read_reductions(session, firm_id, matter_ids, through_on)
    division = divide_rows(session, firm_id, {id_: clients[id_] for id_ in matter_ids}, rows, reductions)
    idle = set(matter_ids) - {row.matter_id for kind in KINDS for row in rows[kind]}
    held = held_back_matters(session, firm_id=firm_id, matter_ids=idle, through_on=through_on)
    problems = _problems(matter_ids, rows, through_on, held) | division.problems
    bills = _new_bills(session, command, rows, division, problems, through_on)
    lines = _line_rows(firm_id, rows, division, bills)
    insert_rows(session, PreBillLine, LINE_COLUMNS, lines)
    _put_right(session, command, division.again & {matter_id for matter_id, _ in bills})
    give_volume_discounts(session, command, client_ids={clients[matter_id] for matter_id, _ in bills}, drafted=set(bills.values()))
    return Drafted(_by_matter(bills), problems)


def _put_right(session: Session, command: CommandRecord, matter_ids: Collection[int]) -> None:
    """Parts that are billed again are reduced with the parts that stand, as when they were divided."""
    for matter_id in sorted(matter_ids):
        lock_matter(session, firm_id=command.actor.firm_id, matter_id=matter_id)
        rework(session, command, matter_id=matter_id)


def _lock_matters(session: Session, firm_id: int, matter_ids: Sequence[int]) -> dict[int, int]:
    """matter -> client. Two drafts of one matter at once would race for its entries: the second waits here and finds them taken."""
    wanted = select(Matter.id, Matter.client_id).where(Matter.firm_id == firm_id, Matter.id.in_(matter_ids)).order_by(Matter.id)
    return {id_: client_id or 0 for id_, client_id in session.execute(wanted.with_for_update(key_share=True))}


def _within(matter_ids: Sequence[int], rows: Mapping[str, Sequence[UnbilledRow]], most_lines: int | None) -> Sequence[int]:
    """The first matters whose lines together are no more than `most_lines`."""
    sizes = Counter(row.matter_id for kind in KINDS for row in rows[kind])
    if most_lines is None or sizes.total() <= most_lines:
        return matter_ids
    sums = list(accumulate(sizes[id_] for id_ in matter_ids))
    return [id_ for id_, lines in zip(matter_ids, sums, strict=True) if lines <= most_lines] or matter_ids[:1]


def _problems(
    matter_ids: Sequence[int], rows: Mapping[str, Sequence[UnbilledRow]], through_on: date, held: Collection[int]
) -> dict[int, Refused]:
    worked = {row.matter_id for kind in KINDS for row in rows[kind]}
    nothing = f"There is no unbilled work through {day_text(through_on)}. Choose a later date, or record work first."
    waits = f"Through {day_text(through_on)} there are only expenses that wait for their approval or receipt. See to them first."
    idle = [id_ for id_ in matter_ids if id_ not in worked]
    problems: dict[int, Refused] = {id_: InvalidInput(waits if id_ in held else nothing, field="through_on") for id_ in idle}
    for row in rows["time"]:
        if row.rate_minor is None and row.billing_status == "billable":
            sentence = f"The time of {day_text(row.dated_on)} has no rate. Type one on the entry, or add a rate that covers it."
            problems.setdefault(row.matter_id, InvalidInput(sentence, code="no_rate"))
    return problems


def _new_bills(
    session: Session,
    command: CommandRecord,
    rows: Mapping[str, Sequence[UnbilledRow]],
    division: Division,
    problems: Mapping[int, Refused],
    through_on: date,
) -> dict[tuple[int, int], int]:
    """(matter, payer) -> id of the new pre-bill."""
    wanted = sorted({pair for kind in KINDS for row in rows[kind] if row.matter_id not in problems for pair in _pairs(division, kind, row)})
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
    first = {matter: id_ for id_, (matter, _) in reversed(list(zip(ids, wanted, strict=True)))}
    named = [{"id": id_, "matter_id": matter, "payer_id": payer} for id_, (matter, payer) in zip(ids, wanted, strict=True)]
    new = [{**shared, **one, "draft_id": first[one["matter_id"]]} for one in named]
    if new:
        session.execute(insert(PreBill), new)
    after = [(id_, {"matter_id": matter, "payer_id": payer}) for id_, (matter, payer) in zip(ids, wanted, strict=True)]
    audit_many(session, command, action="pre_bill.drafted", subject_kind="pre_bill", after=after)
    return dict(zip(wanted, ids, strict=True))


def _pairs(division: Division, kind: str, row: UnbilledRow) -> Iterable[tuple[int, int]]:
    """The matter with each payer of an entry."""
    parts = division.parts.get((kind, row.entry_id))
    if parts is None:
        return ((row.matter_id, division.clients[row.matter_id]),)
    return [(row.matter_id, part.payer_id) for part in parts]


def _line_rows(
    firm_id: int, rows: Mapping[str, Sequence[UnbilledRow]], division: Division, bills: Mapping[tuple[int, int], int]
) -> list[tuple[Any, ...]]:
    lines: list[tuple[Any, ...]] = []
    positions: dict[int, int] = defaultdict(int)
    first: dict[int, int] = {}
    for (matter_id, _), bill_id in bills.items():
        first[matter_id] = min(first.get(matter_id, bill_id), bill_id)
    for kind in KINDS:
        for row in rows[kind]:
            if row.matter_id not in first:
                continue
            for part in division.of(kind, row):
                bill_id = bills[row.matter_id, part.payer_id]
                positions[bill_id] = position = positions[bill_id] + 1
                split_id = first[row.matter_id] if part.split_id == 0 else part.split_id
                lines.append(_line(firm_id, bill_id, position, kind, row, part, split_id, division.off(kind, row)))
    return lines


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
    "arrangement_id",
    "split_id",
    "entry_quantity_hundredths",
    "entry_rate_minor",
    "entry_amount_minor",
    "cost_minor",
    "is_taxed",
    "quantity_hundredths",
    "rate_minor",
    "rounding_minor",
    "write_down_minor",
    "write_down_reason",
    "adjustment_minor",
    "adjustment_reason",
    "agreed_minor",
    "agreed_reason",
    "volume_minor",
    "volume_reason",
    "amount_minor",
    "version",
)


def _line(
    firm_id: int, bill_id: int, position: int, kind: str, row: UnbilledRow, part: EntryPart, split_id: int | None, taken: Taken
) -> tuple[Any, ...]:
    """The values of LINE_COLUMNS: the entry as it stands with the reductions agreed for it, and nothing written down yet."""
    quantity, rate, rounding, amount, cost = part.share
    adjustment, agreed = part.adjustment_minor, part.agreed_minor
    entry_id = row.entry_id
    return (
        firm_id,
        bill_id,
        part.payer_id,
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
        part.points,
        part.arrangement_id,
        split_id,
        quantity,
        rate,
        amount,
        cost,
        row.is_taxed,
        quantity,
        rate,
        rounding,
        0,
        "",
        adjustment,
        row.adjustment_reason if adjustment else "",
        agreed,
        taken.words(agreed),
        0,
        "",
        amount + adjustment + agreed,
        1,
    )


def _by_matter(bills: Mapping[tuple[int, int], int]) -> dict[int, list[int]]:
    ids: dict[int, list[int]] = defaultdict(list)
    for (matter_id, _), bill_id in bills.items():
        ids[matter_id].append(bill_id)
    return ids
