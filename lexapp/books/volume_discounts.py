"""What a client is given for being billed much in its year: worked out anew on its open pre-bills, of all its matters together.

It comes after everything that is agreed for a matter. What was approved or issued stays, and counts with what it was given. The client's
discounts are locked before any line is read: two who draft or review for one client cannot both use the same room. Of one draft the
bills of other payers come before that of the client, with whom the discount is agreed: it is the client's part that passes a step. What a
settlement statement fixed and what was missing to a minimum is neither counted nor reduced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from lexapp.books.commands import CommandRecord, audit_changes
from lexapp.domain.periods import Period
from lexapp.domain.pricing import LineKind
from lexapp.domain.reductions import Charged, Counts, YearlyDiscount
from lexapp.models import ClientDiscount, Matter, PreBill, PreBillLine
from lexapp.models.spared import is_spared

__all__ = ["clear_volume", "give_volume_discounts"]

STANDING = ("open", "approved", "issued")


REASON = "Discount by volume"


class _Settled(NamedTuple):
    """Bills of one last day that stay as they are: what counts of them before this discount, and what they were given (zero or more)."""

    through_on: date
    fees_minor: int
    all_minor: int
    given_minor: int

    def counted(self, counts: Counts) -> int:
        return self.all_minor if counts is Counts.ALL else self.fees_minor


class _Open(NamedTuple):
    """A line of an open bill; `is_spared`: neither counted nor reduced."""

    line: PreBillLine
    is_spared: bool

    @property
    def counted(self) -> Charged:
        line = self.line
        entry_id = line.time_entry_id or line.expense_entry_id or line.fixed_fee_entry_id or 0
        minor = 0 if self.is_spared else line.amount_minor - line.volume_minor
        return Charged(LineKind(line.kind), line.dated_on, entry_id, minor, line.task_code)


@dataclass(slots=True)
class _Client:
    """What is agreed with a client, its settled bills, and its open ones with their lines, in the order in which they were drafted."""

    discounts: list[ClientDiscount] = field(default_factory=list)
    settled: list[_Settled] = field(default_factory=list)
    open_bills: list[tuple[PreBill, list[_Open]]] = field(default_factory=list)


def clear_volume(line: PreBillLine) -> None:
    """Charge a line of an open pre-bill as if there were no discount by volume; `give_volume_discounts` puts it on again."""
    line.amount_minor -= line.volume_minor
    line.volume_minor, line.volume_reason = 0, ""


def give_volume_discounts(session: Session, command: CommandRecord, *, client_ids: Collection[int], drafted: Collection[int] = ()) -> None:
    """Work out anew the discounts by volume on the open pre-bills of these clients. Of lines that were not `drafted` just now an audit row.

    One query where no client ever had such a discount. A pre-bill that somebody else holds is left to them: they work it out themselves.
    """
    firm_id = command.actor.firm_id
    clients = _locked_discounts(session, firm_id, client_ids)
    if not clients:
        return
    session.flush()
    _read_open(session, firm_id, clients)
    _read_settled(session, firm_id, clients)
    changed = [one for client in clients.values() for one in _given(client)]
    _write(session, command, [one for one in changed if one[0].pre_bill_id not in drafted])
    session.flush()


def _locked_discounts(session: Session, firm_id: int, client_ids: Collection[int]) -> dict[int, _Client]:
    """By client, for those that have or had one: what was taken back is taken off open pre-bills too."""
    mine = (ClientDiscount.firm_id == firm_id, ClientDiscount.client_id.in_(client_ids), ClientDiscount.kind == YearlyDiscount.kind)
    query = select(ClientDiscount).where(*mine).order_by(ClientDiscount.id).with_for_update(key_share=True)
    found: dict[int, _Client] = defaultdict(_Client)
    for row in session.scalars(query.execution_options(populate_existing=True)):
        found[row.client_id].discounts += [row] if row.removed_at is None else []
    return found


def _read_open(session: Session, firm_id: int, clients: dict[int, _Client]) -> None:
    """The open pre-bills, locked unless somebody else has them."""
    bills = (
        select(PreBill, Matter.client_id)
        .join(Matter, and_(Matter.firm_id == PreBill.firm_id, Matter.id == PreBill.matter_id))
        .where(PreBill.firm_id == firm_id, Matter.client_id.in_(clients), PreBill.state == "open")
        .order_by(PreBill.id)
        .with_for_update(of=PreBill, key_share=True, skip_locked=True)
        .execution_options(populate_existing=True, through_walls=True)
    )
    lines: dict[int, list[_Open]] = {}
    for bill, client_id in session.execute(bills):
        clients[client_id or 0].open_bills.append((bill, lines.setdefault(bill.id, [])))
    for client_id, client in clients.items():
        client.open_bills.sort(key=lambda one: (one[0].draft_id or one[0].id, one[0].payer_id == client_id, one[0].id))
    included = (PreBillLine.firm_id == firm_id, PreBillLine.pre_bill_id.in_(lines), PreBillLine.state == "included")
    query = select(PreBillLine, is_spared(firm_id)).where(*included).order_by(PreBillLine.pre_bill_id, PreBillLine.position)
    for line, spared in session.execute(query.execution_options(populate_existing=True, through_walls=True)):
        lines[line.pre_bill_id].append(_Open(line, bool(spared)))


def _read_settled(session: Session, firm_id: int, clients: dict[int, _Client]) -> None:
    """Every other bill that stands, added up by its last day."""
    held = [bill.id for client in clients.values() for bill, _ in client.open_bills]
    line, before = PreBillLine, case((is_spared(firm_id), 0), else_=PreBillLine.amount_minor - PreBillLine.volume_minor)
    sums = (func.sum(case((line.kind != LineKind.EXPENSE.value, before), else_=0)), func.sum(before), -func.sum(line.volume_minor))
    key = (Matter.client_id, PreBill.through_on)
    query = (
        select(*key, *sums)
        .join_from(line, PreBill, and_(PreBill.firm_id == line.firm_id, PreBill.id == line.pre_bill_id))
        .join(Matter, and_(Matter.firm_id == PreBill.firm_id, Matter.id == PreBill.matter_id))
        .where(line.firm_id == firm_id, Matter.client_id.in_(clients), PreBill.state.in_(STANDING), line.state == "included")
        .where(PreBill.id.not_in(held))
        .group_by(*key)
    )
    for client_id, through_on, *minors in session.execute(query.execution_options(through_walls=True)):
        clients[client_id or 0].settled.append(_Settled(through_on, *map(int, minors)))


_Before = dict[str, int]


def _given(client: _Client) -> list[tuple[PreBillLine, _Before]]:
    """Give every open bill, one after the other, what it is due; the lines that changed."""
    changed: list[tuple[PreBillLine, _Before]] = []
    running: dict[tuple[int, date], tuple[int, int]] = {}
    for bill, lines in client.open_bills:
        discount, span = next(((one, span) for one in client.discounts if (span := one.span_of(bill.through_on))), (None, None))
        if discount is None or span is None:
            _note(bill, None, 0, 0)
            changed += _set(lines, (0,) * len(lines), "")
            continue
        terms: Any = discount.agreed
        billed, given = running.get((discount.id, span.first)) or _settled_in(client.settled, span, terms.volume.counts)
        charged = [one.counted for one in lines]
        offs = terms.volume.taken_off(charged, billed_before_minor=billed, given_minor=given)
        _note(bill, discount.id, billed, given)
        changed += _set(lines, offs, REASON)
        running[discount.id, span.first] = (billed + terms.volume.billed_minor(charged), given - sum(offs))
    return changed


def _settled_in(settled: Iterable[_Settled], span: Period, counts: Counts) -> tuple[int, int]:
    """What counts of settled bills of these days, and what they were given."""
    mine = [one for one in settled if one.through_on in span]
    return sum(one.counted(counts) for one in mine), sum(one.given_minor for one in mine)


def _note(bill: PreBill, discount_id: int | None, billed_minor: int, given_minor: int) -> None:
    """Keep on the bill by what it was worked out."""
    bill.volume_discount_id, bill.volume_billed_minor, bill.volume_given_minor = discount_id, billed_minor, given_minor


def _set(lines: Sequence[_Open], offs: Sequence[int], reason: str) -> list[tuple[PreBillLine, _Before]]:
    changed = []
    for (line, _), off in zip(lines, offs, strict=True):
        words = reason if off else ""
        if (line.volume_minor, line.volume_reason) != (off, words):
            before = {"volume_minor": line.volume_minor, "amount_minor": line.amount_minor}
            line.amount_minor += off - line.volume_minor
            line.volume_minor, line.volume_reason = off, words
            changed.append((line, before))
    return changed


def _write(session: Session, command: CommandRecord, changed: Sequence[tuple[PreBillLine, _Before]]) -> None:
    """Somebody may be looking at what stood before: its version is over, and the trail says what changed."""
    changed = [(line, before) for line, before in changed if before["volume_minor"] != line.volume_minor]
    if not changed:
        return
    bills = {line.pre_bill_id for line, _ in changed}
    for pre_bill in session.scalars(select(PreBill).where(PreBill.firm_id == command.actor.firm_id, PreBill.id.in_(bills))):
        pre_bill.version += 1
    for line, _ in changed:
        line.version += 1
    session.flush()
    after = [(line.id, before, {"volume_minor": line.volume_minor, "amount_minor": line.amount_minor}) for line, before in changed]
    audit_changes(session, command, action="pre_bill_line.reduced", subject_kind="pre_bill_line", changed=after)
