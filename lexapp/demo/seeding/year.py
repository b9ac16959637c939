"""Month after month: work, pre-bills, invoices, payments and client money, each through its service on its day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select

from lexapp.books.expense_entries import Expense
from lexapp.demo.seeding import cast
from lexapp.demo.seeding.calendar import Calendar
from lexapp.demo.seeding.cast import CURRENCY
from lexapp.demo.seeding.money import deposit, settle_later
from lexapp.demo.seeding.people import Seeded, at
from lexapp.domain.money import Money
from lexapp.models import PreBill, PreBillLine
from lexapp.services.expense_entries import ExpenseRow, record_expense_entries
from lexapp.services.fixed_fees import FixedFee, record_fixed_fees
from lexapp.services.invoices import issue_invoices
from lexapp.services.pre_bills import LineChange, approve_pre_bills, draft_next_chunk, edit_line, start_draft_run
from lexapp.services.time_entries import TimeRow, record_time_entries

AT_ONCE = 4_000


def live_through(seeded: Seeded, seed: int, progress: Callable[[str], None]) -> None:
    """The whole plan, in the order of its days. The work of the last month stays unbilled."""
    year = Calendar(seeded, Random(f"lexapp:year:{seed}"))  # noqa: S311 - believable, not secret
    plan = seeded.plan
    for position, matter in enumerate(plan.matters):
        if matter.trust_minor:
            year.later(matter.opened_on, partial(deposit, year, position, matter.trust_minor, matter.opened_on))
    months = plan.months()
    for first, last in months:
        progress(f"{first:%B %Y}")
        year.until(last)
        _work(year, first, last)
        if last < plan.last_day:
            _bill(year, last, is_newest=next_is_last(months, last))
    year.until(plan.last_day)


def next_is_last(months: list[tuple[date, date]], last: date) -> bool:
    """Whether the month that ended is the newest whole one: some of its pre-bills are still under review."""
    return len(months) > 1 and months[-2][1] == last


def _work(year: Calendar, first: date, last: date) -> None:
    seeded, plan = year.seeded, year.seeded.plan
    rows = [
        TimeRow(
            matter_id=seeded.internal_matter_id if entry.matter is None else seeded.matters[entry.matter],
            timekeeper_id=seeded.timekeepers[entry.timekeeper],
            worked_on=entry.on,
            recorded_seconds=entry.seconds,
            narrative=entry.narrative,
            task_code=entry.task_code,
            activity_code=entry.activity_code,
            billing_status=entry.billing_status,
            measured_seconds=entry.seconds + 37 if entry.seconds % 720 == 0 else None,
            recorded_at=at(entry.on, 21),
        )
        for entry in plan.time
        if first <= entry.on <= last
    ]
    for start in range(0, len(rows), AT_ONCE):
        record_time_entries(seeded.session, actor=seeded.actor, rows=rows[start : start + AT_ONCE], now=at(last, 22))
    _expenses(year, first, last)
    _monthly_fees(year, last)


def _expenses(year: Calendar, first: date, last: date) -> None:
    seeded = year.seeded
    rows = [
        ExpenseRow(
            Expense(
                matter_id=seeded.matters[expense.matter],
                incurred_on=expense.on,
                unit_minor=expense.unit_minor,
                quantity_hundredths=expense.quantity_hundredths,
                kind=expense.kind,
                code=expense.code,
                description=expense.description,
            ),
            at(expense.on, 21),
        )
        for expense in seeded.plan.expenses
        if first <= expense.on <= last
    ]
    if rows:
        record_expense_entries(seeded.session, actor=seeded.actor, rows=rows, now=at(last, 22))


def _monthly_fees(year: Calendar, last: date) -> None:
    seeded = year.seeded
    fees = [
        FixedFee(seeded.matters[position], last, matter.monthly_fee_minor, "Monthly retainer fee")
        for position, matter in enumerate(seeded.plan.matters)
        if matter.monthly_fee_minor and matter.opened_on <= last and (matter.closed_on is None or last < matter.closed_on)
    ]
    if fees:
        record_fixed_fees(seeded.session, actor=seeded.actor, fees=fees, now=at(last, 22))


# ── billing ──────────────────────────────────────────────────────────────────────────────────────


def _bill(year: Calendar, through: date, *, is_newest: bool) -> None:
    """Pre-bills on the third of the next month, reviewed and issued on the fifth."""
    seeded, now = year.seeded, at(through + timedelta(days=3))
    session, actor = seeded.session, seeded.actor
    run = start_draft_run(session, actor=actor, matter_ids=seeded.matters, through_on=through, now=now)
    run_id = run.id
    while draft_next_chunk(session, actor=actor, run_id=run_id, now=now):
        pass
    waiting = session.scalars(
        select(PreBill.id)
        .where(PreBill.firm_id == actor.firm_id, PreBill.state == "open", PreBill.through_on == through)
        .order_by(PreBill.id)
    ).all()
    left = waiting[-4:] if is_newest else []
    _review(year, list(waiting), at(through + timedelta(days=4)))
    approved = [id_ for id_ in waiting if id_ not in left] + list(left[:1])
    if approved:
        approve_pre_bills(session, actor=actor, pre_bill_ids=approved, now=at(through + timedelta(days=4)))
    _issue(year, [id_ for id_ in approved if id_ not in left], through + timedelta(days=5))


def _review(year: Calendar, pre_bill_ids: Sequence[int], now: datetime) -> None:
    """A few lines lose a fifth of an hour before they are charged, each with a reason."""
    session, actor = year.seeded.session, year.seeded.actor
    query = select(PreBillLine).where(
        PreBillLine.firm_id == actor.firm_id,
        PreBillLine.pre_bill_id.in_(pre_bill_ids),
        PreBillLine.kind == "time",
        PreBillLine.billing_status == "billable",
        PreBillLine.quantity_hundredths >= 50,
    )
    changes = [(line.id, line.version, _cut(year, line)) for line in session.scalars(query.order_by(PreBillLine.id)) if year.chance(2)]
    for line_id, version, change in changes:
        edit_line(session, actor=actor, line_id=line_id, version=version, change=change, now=now)


def _cut(year: Calendar, line: PreBillLine) -> LineChange:
    same = LineChange(line.narrative, line.quantity_hundredths, line.rate_minor, line.task_code, line.activity_code)
    cut = Money(line.rate_minor, CURRENCY).times_hundredths(20).minor
    return replace(same, write_down_minor=cut, write_down_reason=year.random.choice(cast.WRITE_DOWN_REASONS))


def _issue(year: Calendar, pre_bill_ids: Sequence[int], issued_on: date) -> None:
    if issued_on > year.seeded.plan.last_day:
        return
    for start in range(0, len(pre_bill_ids), 100):
        chunk = pre_bill_ids[start : start + 100]
        session, actor = year.seeded.session, year.seeded.actor
        ids = issue_invoices(session, actor=actor, pre_bill_ids=chunk, issued_on=issued_on, print_now=False, now=at(issued_on))
        settle_later(year, ids, issued_on)
