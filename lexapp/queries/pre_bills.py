"""Pre-bills as screens ask for them: the list, one under review with its lines, a billing run under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from lexapp.models import BillingRun, BillingRunItem, Client, Invoice, Matter, PreBill, PreBillLine, TimeEntry, Timekeeper, User

PAGE = 100
WAITING = ("open", "approved")


class Sums(NamedTuple):
    """Sums over the lines of a pre-bill that are not held back, in hundredths and minor units."""

    lines: int = 0
    quantity_hundredths: int = 0
    worth_minor: int = 0
    written_down_minor: int = 0
    adjusted_minor: int = 0
    agreed_minor: int = 0
    volume_minor: int = 0
    time_minor: int = 0
    fixed_minor: int = 0
    expenses_minor: int = 0
    total_minor: int = 0
    untaxed_minor: int = 0

    @property
    def taxed_expenses_minor(self) -> int:
        """Without the disbursements that are outside of taxes."""
        return self.expenses_minor - self.untaxed_minor


@dataclass(frozen=True, slots=True)
class PreBillRow:
    """One pre-bill of a list."""

    id: int
    state: str
    version: int
    through_on: date
    created_at: datetime
    matter_id: int
    matter_number: str
    matter_name: str
    client_name: str
    payer_id: int
    payer_name: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class LineView:
    """A line under review with what stood behind it: person, measured and recorded time, the reason of its rate."""

    line: PreBillLine
    person: str
    measured_seconds: int | None
    recorded_seconds: int | None
    rate_reason: str
    number: int


def list_pre_bills(
    session: Session, *, firm_id: int, state: str = "", matter_id: int | None = None, page: int = 1
) -> tuple[list[PreBillRow], bool]:
    """A page of pre-bills in a state ("" for open and approved), those waiting longest first, and whether there are more."""
    over = state in ("issued", "discarded")
    query = _rows(firm_id).order_by(PreBill.id.desc()) if over else _rows(firm_id).order_by(PreBill.through_on, PreBill.id)
    query = query.where(PreBill.state == state) if state else query.where(PreBill.state.in_(WAITING))
    if matter_id is not None:
        query = query.where(PreBill.matter_id == matter_id)
    rows = _with_sums(session, firm_id, query.limit(PAGE + 1).offset((page - 1) * PAGE))
    return rows[:PAGE], len(rows) > PAGE


def pre_bill_row(session: Session, *, firm_id: int, pre_bill_id: int) -> PreBillRow:
    """One row of the list."""
    return _with_sums(session, firm_id, _rows(firm_id).where(PreBill.id == pre_bill_id))[0]


def pre_bills_of(session: Session, *, firm_id: int, pre_bill_ids: Sequence[int]) -> list[PreBillRow]:
    """These pre-bills, by id."""
    return _with_sums(session, firm_id, _rows(firm_id).where(PreBill.id.in_(pre_bill_ids)).order_by(PreBill.id))


def line_amounts(session: Session, *, firm_id: int, pre_bill_ids: Sequence[int]) -> dict[int, tuple[list[int], list[int]]]:
    """pre-bill -> the amounts of its lines of work and of its expenses; those held back or outside of taxes are left out."""
    line = PreBillLine
    mine = (line.firm_id == firm_id, line.pre_bill_id.in_(pre_bill_ids), line.state == "included", line.is_taxed)
    query = select(line.pre_bill_id, line.kind, line.amount_minor).where(*mine).order_by(line.pre_bill_id, line.position)
    found: dict[int, tuple[list[int], list[int]]] = {}
    for pre_bill_id, kind, amount in session.execute(query):
        found.setdefault(pre_bill_id, ([], []))[kind == "expense"].append(amount)
    return found


def other_payers(session: Session, *, pre_bill: PreBill) -> list[PreBillRow]:
    """The pre-bills of the other payers that were drafted together with this one."""
    query = _rows(pre_bill.firm_id).where(
        PreBill.matter_id == pre_bill.matter_id,
        PreBill.created_at == pre_bill.created_at,
        PreBill.payer_id != pre_bill.payer_id,
        PreBill.state != "discarded",
    )
    return _with_sums(session, pre_bill.firm_id, query.order_by(PreBill.id))


def count_by_state(session: Session, *, firm_id: int) -> dict[str, int]:
    """state -> how many."""
    query = select(PreBill.state, func.count()).where(PreBill.firm_id == firm_id).group_by(PreBill.state)
    return dict(session.execute(query).all())


def neighbours(session: Session, *, pre_bill: PreBill) -> tuple[int, int, int | None, int | None]:
    """Where a pre-bill stands among those in its state: (place, of how many, the one before, the one after)."""
    query = select(PreBill.id).where(PreBill.firm_id == pre_bill.firm_id, PreBill.state == pre_bill.state)
    ids = list(session.scalars(query.order_by(PreBill.through_on, PreBill.id)))
    place = ids.index(pre_bill.id)
    return place + 1, len(ids), ids[place - 1] if place else None, ids[place + 1] if place + 1 < len(ids) else None


def _rows(firm_id: int) -> Select[*tuple[Any, ...]]:
    payer = aliased(Client)
    columns = (PreBill.id, PreBill.state, PreBill.version, PreBill.through_on, PreBill.created_at)
    return (
        select(*columns, Matter.id, Matter.number, Matter.name, Client.name, payer.id, payer.name)
        .join(Matter, and_(Matter.firm_id == PreBill.firm_id, Matter.id == PreBill.matter_id))
        .join(Client, and_(Client.firm_id == Matter.firm_id, Client.id == Matter.client_id))
        .join(payer, and_(payer.firm_id == PreBill.firm_id, payer.id == PreBill.payer_id))
        .where(PreBill.firm_id == firm_id)
    )


def _with_sums(session: Session, firm_id: int, query: Select[*tuple[Any, ...]]) -> list[PreBillRow]:
    rows = session.execute(query).all()
    sums = _sums(session, firm_id, [row[0] for row in rows])
    values: list[tuple[Any, ...]] = [(*row, sums.get(row[0], Sums())) for row in rows]
    return [PreBillRow(*each) for each in values]


def _sums(session: Session, firm_id: int, pre_bill_ids: Sequence[int]) -> dict[int, Sums]:
    line = PreBillLine

    def of(column: Any, kind: str) -> Any:
        return func.sum(case((line.kind == kind, column), else_=0))

    query = (
        select(
            line.pre_bill_id,
            func.count(),
            of(line.quantity_hundredths, "time"),
            func.sum(line.entry_amount_minor),
            func.sum(line.write_down_minor),
            func.sum(line.adjustment_minor),
            func.sum(line.agreed_minor),
            func.sum(line.volume_minor),
            of(line.amount_minor, "time"),
            of(line.amount_minor, "fixed_fee"),
            of(line.amount_minor, "expense"),
            func.sum(line.amount_minor),
            func.sum(case((line.is_taxed, 0), else_=line.amount_minor)),
        )
        .where(line.firm_id == firm_id, line.pre_bill_id.in_(pre_bill_ids), line.state != "held")
        .group_by(line.pre_bill_id)
    )
    return {row[0]: Sums(*(int(figure) for figure in row[1:])) for row in session.execute(query)}


# ── one under review ─────────────────────────────────────────────────────────────────────────────


def review_lines(session: Session, *, firm_id: int, pre_bill_id: int) -> dict[str, list[LineView]]:
    """The lines by kind (time, fixed_fee, expense) in their order, held ones included."""
    groups: dict[str, list[LineView]] = {"time": [], "fixed_fee": [], "expense": []}
    query = _lines(firm_id).where(PreBillLine.pre_bill_id == pre_bill_id).order_by(PreBillLine.position)
    for row in session.execute(query.execution_options(populate_existing=True)):
        view = _view(row)
        groups[view.line.kind].append(view)
    return groups


def _lines(firm_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(PreBillLine, Timekeeper.name, TimeEntry.measured_seconds, TimeEntry.recorded_seconds, TimeEntry.rate_reason)
        .outerjoin(Timekeeper, and_(Timekeeper.firm_id == PreBillLine.firm_id, Timekeeper.id == PreBillLine.timekeeper_id))
        .outerjoin(TimeEntry, and_(TimeEntry.firm_id == PreBillLine.firm_id, TimeEntry.id == PreBillLine.time_entry_id))
        .where(PreBillLine.firm_id == firm_id)
    )


def _view(row: Any) -> LineView:
    line, person, measured, recorded, reason = row
    said = str((reason or {}).get("reason", ""))
    return LineView(line, person or "", measured, recorded, said.partition(",")[0].partition(" since ")[0], line.position)


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RunProblem:
    """A matter that a run could not bill, and why."""

    matter_id: int
    matter_name: str
    pre_bill_id: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its progress; `total_minor` is what its invoices come to."""

    run: BillingRun
    started_by: str
    waiting: int
    done: int
    refused: int
    total_minor: int
    problems: Sequence[RunProblem]


def run_view(session: Session, *, run: BillingRun, most_problems: int = 20) -> RunView:
    """How far a billing run has come."""
    item = BillingRunItem
    mine = and_(item.firm_id == run.firm_id, item.billing_run_id == run.id)
    counts: dict[str, int] = dict(session.execute(select(item.state, func.count()).where(mine).group_by(item.state)).all())
    by = session.scalar(select(User.name).where(User.id == run.created_by_user_id)) or ""
    invoiced = and_(Invoice.firm_id == item.firm_id, Invoice.pre_bill_id == item.pre_bill_id, Invoice.voided_on.is_(None))
    total = select(func.coalesce(func.sum(Invoice.total_minor), 0)).select_from(item).join(Invoice, invoiced).where(mine)
    names = (
        select(item.matter_id, Matter.name, item.pre_bill_id, item.problem)
        .join(Matter, and_(Matter.firm_id == item.firm_id, Matter.id == item.matter_id))
        .where(mine, item.state == "refused")
        .order_by(item.id)
        .limit(most_problems)
    )
    problems = [RunProblem(*row) for row in session.execute(names)]
    done, refused = counts.get("done", 0), counts.get("refused", 0)
    amount = int(session.execute(total).scalar_one()) if run.kind == "issue" else 0
    return RunView(run, by, counts.get("waiting", 0), done, refused, amount, problems)


def latest_run(session: Session, *, firm_id: int, kind: str) -> BillingRun | None:
    """The newest run of a kind."""
    query = select(BillingRun).where(BillingRun.firm_id == firm_id, BillingRun.kind == kind)
    return session.scalars(query.order_by(BillingRun.id.desc()).limit(1)).one_or_none()
