"""A timekeeper's day as it was measured, the days around it against the target, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, case, func, literal, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.domain.productivity import available_hundredths
from lexapp.models import BudgetNotice, Client, ExpenseEntry, Matter, PreBill, PreBillLine, TimeEntry, Timekeeper, Timer, TimerSegment
from lexapp.queries.expense_states import HOLDS
from lexapp.queries.matter_titles import matter_title, short_client

FIRST_HOUR, LAST_HOUR = 8, 19
RULER_WIDTH = 1100
SHORTEST_GAP_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Day:
    """One day: hundredths of an hour recorded, of these billable, and to be worked; worth in minor units."""

    on: date
    hundredths: int = 0
    billable_hundredths: int = 0
    target_hundredths: int = 0
    amount_minor: int = 0
    entries: int = 0

    @property
    def short_hundredths(self) -> int:
        """What is missing to the target."""
        return max(self.target_hundredths - self.hundredths, 0)

    @property
    def percent(self) -> int:
        """How much of the target is recorded; of a day without one, all or nothing."""
        whole = self.target_hundredths or self.hundredths
        return min(self.hundredths * 100 // whole, 100) if whole else 0


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of measured time on the ruler; `start` and `width` in units of the ruler, which is 1,100 wide."""

    start: int
    width: int
    label: str
    title: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Ruler:
    """The day as it was measured, from `first_hour` to `last_hour`; where the clock stands; (start, width) of gaps in between."""

    first_hour: int
    last_hour: int
    blocks: tuple[Block, ...]
    now: int
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def hour_width(self) -> int:
        return RULER_WIDTH // (self.last_hour - self.first_hour)

    @property
    def width(self) -> int:
        return (self.last_hour - self.first_hour) * self.hour_width


@dataclass(frozen=True, slots=True)
class Own:
    """A timekeeper's today, week and month so far."""

    today: Day
    week: tuple[Day, ...]
    month: tuple[Day, ...]

    @property
    def month_hundredths(self) -> int:
        return sum(day.hundredths for day in self.month)

    @property
    def billable_hundredths(self) -> int:
        return sum(day.billable_hundredths for day in self.month)

    @property
    def target_hundredths(self) -> int:
        """Of the month through today."""
        return sum(day.target_hundredths for day in self.month)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that waits for the person; None where it is not theirs. `unbilled` is the worth of what is not invoiced yet."""

    unbilled: Money | None
    open_pre_bills: int | None
    open_amount: Money | None
    approved_pre_bills: int | None
    without_rate: int
    without_narrative: int
    expenses_to_approve: int = 0
    expenses_declined: int = 0
    budget_warnings: int = 0

    @property
    def is_empty(self) -> bool:
        others = self.expenses_to_approve or self.expenses_declined or self.budget_warnings
        return not any((self.open_pre_bills, self.approved_pre_bills, self.without_rate, self.without_narrative, others))


def own_days(session: Session, *, firm_id: int, timekeeper_id: int, on: date) -> Own:
    """Every day of the week and of the month through today, with its target. One query."""
    monday, first = on - timedelta(days=on.weekday()), on.replace(day=1)
    begin, end = min(monday, first), monday + timedelta(days=6)
    billable = case((TimeEntry.billing_status == "billable", TimeEntry.quantity_hundredths), else_=0)
    sums = (func.sum(TimeEntry.quantity_hundredths), func.sum(billable), func.sum(TimeEntry.amount_minor), func.count(TimeEntry.id))
    worked = (
        (TimeEntry.firm_id == Timekeeper.firm_id)
        & (TimeEntry.timekeeper_id == Timekeeper.id)
        & TimeEntry.worked_on.between(begin, end)
        & TimeEntry.discarded_at.is_(None)
    )
    query = (
        select(Timekeeper.yearly_target_hours, TimeEntry.worked_on, *sums)
        .outerjoin(TimeEntry, worked)
        .where(Timekeeper.firm_id == firm_id, Timekeeper.id == timekeeper_id)
        .group_by(Timekeeper.yearly_target_hours, TimeEntry.worked_on)
    )
    rows = session.execute(query).all()
    yearly = rows[0][0] if rows else None
    found = {row[1]: [int(figure or 0) for figure in row[2:]] for row in rows}
    days = {day: _day(day, found.get(day, [0, 0, 0, 0]), yearly) for day in (begin + timedelta(n) for n in range((end - begin).days + 1))}
    week = tuple(days[monday + timedelta(days=ahead)] for ahead in range(7))
    return Own(days[on], week, tuple(day for day in days.values() if first <= day.on <= on))


def _day(day: date, figures: list[int], yearly_target_hours: int | None) -> Day:
    target = available_hundredths(day, day, yearly_target_hours=yearly_target_hours, months=[day.replace(day=1)])
    return Day(day, figures[0], figures[1], target, figures[2], figures[3])


def day_ruler(session: Session, *, firm_id: int, timekeeper_id: int, day: date, zone: str, now: datetime | None = None) -> Ruler:
    """The segments measured on one local day, discarded timers left out. One query."""
    there = ZoneInfo(zone)
    at = (now or datetime.now(UTC)).astimezone(there)
    begin, end = (datetime.combine(one, time(), there).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    query = (
        select(TimerSegment.started_at, TimerSegment.ended_at, Matter.name, Matter.is_internal, Client.name)
        .join(Timer, (Timer.firm_id == TimerSegment.firm_id) & (Timer.id == TimerSegment.timer_id))
        .outerjoin(Matter, (Matter.firm_id == Timer.firm_id) & (Matter.id == Timer.matter_id))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(Timer.firm_id == firm_id, Timer.timekeeper_id == timekeeper_id, Timer.state != "discarded")
        .where(TimerSegment.started_at < end, func.coalesce(TimerSegment.ended_at, end) >= begin)
        .order_by(TimerSegment.started_at)
    )
    spans = [
        (max(started, begin).astimezone(there), min(ended or at, end).astimezone(there), ended is None, matter, is_internal, client)
        for started, ended, matter, is_internal, client in session.execute(query)
    ]
    first = min([FIRST_HOUR, at.hour, *(start.hour for start, *_ in spans)])
    last = max([LAST_HOUR, at.hour + 1, *(_hour_after(stop, day) for _, stop, *_ in spans)])
    scale = _Scale(day, first, RULER_WIDTH // (last - first))
    blocks = tuple(_block(scale, *span) for span in spans)
    return Ruler(first, last, blocks, scale.units(at), tuple(_gaps(blocks, scale.hour_width * SHORTEST_GAP_MINUTES // 60)))


def _gaps(blocks: Sequence[Block], shortest: int) -> Iterator[tuple[int, int]]:
    """Between the first stretch and the last: before and after, nobody knows whether there was work."""
    reached = blocks[0].start if blocks else 0
    for block in blocks:
        if block.start - reached >= shortest:
            yield reached, block.start - reached
        reached = max(reached, block.start + block.width)


def _hour_after(stop: datetime, day: date) -> int:
    return 24 if stop.date() > day else stop.hour + (1 if stop.minute or stop.second else 0)


@dataclass(frozen=True, slots=True)
class _Scale:
    day: date
    first_hour: int
    hour_width: int

    def units(self, at: datetime) -> int:
        minutes = (24 * 60 if at.date() > self.day else 0) + at.hour * 60 + at.minute
        return (minutes - self.first_hour * 60) * self.hour_width // 60


def _block(
    scale: _Scale, start: datetime, stop: datetime, is_now: bool, matter: str | None, is_internal: bool | None, client: str | None
) -> Block:
    left, right = scale.units(start), scale.units(stop)
    title = matter_title(client, matter, is_internal=bool(is_internal)) if matter else "No matter yet"
    label = short_client(client).split()[0].rstrip(",") if client else title
    width = max(right - left, 3)
    return Block(left, width, label if width >= 12 + 6 * len(label) else "", title, is_now)


def _billed() -> ColumnElement[bool]:
    live = (PreBillLine.firm_id == TimeEntry.firm_id) & (PreBillLine.time_entry_id == TimeEntry.id) & (PreBillLine.state == "included")
    of_bill = (PreBill.firm_id == PreBillLine.firm_id) & (PreBill.id == PreBillLine.pre_bill_id) & (PreBill.state == "issued")
    return select(PreBillLine.id).join(PreBill, of_bill).where(live).exists()


def waiting(session: Session, *, actor: Actor, currency: str) -> Waiting:
    """What a person has to look at, and the worth of their unbilled work. Two queries at most."""
    mine = [TimeEntry.firm_id == actor.firm_id, TimeEntry.discarded_at.is_(None), ~_billed()]
    if not actor.may("time.view_all") or actor.timekeeper_id is not None:
        mine.append(TimeEntry.timekeeper_id == (actor.timekeeper_id or 0))
    no_rate = case((TimeEntry.rate_minor_per_hour.is_(None) & (TimeEntry.billing_status == "billable"), 1), else_=0)
    no_words = case((TimeEntry.narrative == "", 1), else_=0)
    sums = (func.coalesce(func.sum(one), 0) for one in (no_rate, no_words, TimeEntry.amount_minor))
    figures = session.execute(select(*sums, *_expenses(actor), _unseen_warnings(actor)).where(*mine)).one()
    no_rates, no_narratives, worth, to_approve, declined, warnings = (int(figure) for figure in figures)
    costs = {"expenses_to_approve": to_approve, "expenses_declined": declined, "budget_warnings": warnings}
    unbilled = Money(worth, currency) if actor.may("rate.see") else None
    if not actor.may("pre_bill.edit"):
        return Waiting(unbilled, None, None, None, no_rates, no_narratives, **costs)
    states = _pre_bills(session, actor)
    amount = Money(states.get("open", (0, 0))[1], currency)
    return Waiting(unbilled, states.get("open", (0, 0))[0], amount, states.get("approved", (0, 0))[0], no_rates, no_narratives, **costs)


def _expenses(actor: Actor) -> list[ScalarSelect[int]]:
    """How many expenses wait for the actor's approval, and how many of the actor's own were declined."""
    entry = ExpenseEntry
    standing = (entry.firm_id == actor.firm_id, entry.discarded_at.is_(None))
    waits = select(func.count(entry.id)).where(*standing, HOLDS["waiting"]()) if actor.may("expense.approve") else select(literal(0))
    declined = select(func.count(entry.id)).where(*standing, HOLDS["declined"](), entry.recorded_by_user_id == actor.user_id)
    return [waits.scalar_subquery(), declined.scalar_subquery()]


def _unseen_warnings(actor: Actor) -> ScalarSelect[int]:
    """How many thresholds of budgets the person was told of and has not seen."""
    told = (BudgetNotice.firm_id == actor.firm_id, BudgetNotice.user_id == actor.user_id, BudgetNotice.seen_at.is_(None))
    return select(func.count(BudgetNotice.id)).where(*told).scalar_subquery()


def _pre_bills(session: Session, actor: Actor) -> dict[str, tuple[int, int]]:
    of_bill = (PreBillLine.firm_id == PreBill.firm_id) & (PreBillLine.pre_bill_id == PreBill.id) & (PreBillLine.state == "included")
    query = (
        select(PreBill.state, func.count(func.distinct(PreBill.id)), func.coalesce(func.sum(PreBillLine.amount_minor), 0))
        .outerjoin(PreBillLine, of_bill)
        .where(PreBill.firm_id == actor.firm_id, PreBill.state.in_(("open", "approved")))
        .group_by(PreBill.state)
    )
    return {state: (int(count), int(amount)) for state, count, amount in session.execute(query)}
