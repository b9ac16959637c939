"""What the Today page shows of a timekeeper's day, week and month, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Actor
from lexapp.models import Client, Matter, PreBill, PreBillLine, TimeEntry, Timer, TimerSegment
from lexapp.queries.matter_titles import matter_title, short_client

FIRST_HOUR, LAST_HOUR = 8, 19
RULER_WIDTH = 1100


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One day of the week with its recorded hundredths of an hour."""

    day: date
    hundredths: int


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
    """The day as it was measured, from `first_hour` to `last_hour`, and where the clock stands (None: not today)."""

    first_hour: int
    last_hour: int
    blocks: tuple[Block, ...]
    now: int

    @property
    def hour_width(self) -> int:
        return RULER_WIDTH // (self.last_hour - self.first_hour)

    @property
    def width(self) -> int:
        return (self.last_hour - self.first_hour) * self.hour_width


@dataclass(frozen=True, slots=True)
class Month:
    """A timekeeper's month so far, in hundredths of an hour, and what is recorded and not yet billed."""

    hundredths: int
    billable_hundredths: int
    unbilled: Money | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that waits for the person; None where it is not theirs."""

    open_pre_bills: int | None
    open_amount: Money | None
    approved_pre_bills: int | None
    without_rate: int
    without_narrative: int

    @property
    def is_empty(self) -> bool:
        return not any((self.open_pre_bills, self.approved_pre_bills, self.without_rate, self.without_narrative))


def week_hours(session: Session, *, firm_id: int, timekeeper_id: int, monday: date) -> list[WeekDay]:
    """Seven days from Monday. One query."""
    query = (
        select(TimeEntry.worked_on, func.sum(TimeEntry.quantity_hundredths))
        .where(
            TimeEntry.firm_id == firm_id,
            TimeEntry.timekeeper_id == timekeeper_id,
            TimeEntry.worked_on.between(monday, monday + timedelta(days=6)),
            TimeEntry.discarded_at.is_(None),
        )
        .group_by(TimeEntry.worked_on)
    )
    found = {day: int(hundredths) for day, hundredths in session.execute(query)}
    return [WeekDay(day, found.get(day, 0)) for day in (monday + timedelta(days=ahead) for ahead in range(7))]


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
    return Ruler(first, last, tuple(_block(scale, *span) for span in spans), scale.units(at))


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


def month_so_far(session: Session, *, actor: Actor, currency: str, day: date) -> Month | None:
    """The actor's own month; None for who records no time. Two queries."""
    if actor.timekeeper_id is None:
        return None
    mine = (TimeEntry.firm_id == actor.firm_id) & (TimeEntry.timekeeper_id == actor.timekeeper_id) & TimeEntry.discarded_at.is_(None)
    billable = func.sum(case((TimeEntry.billing_status == "billable", TimeEntry.quantity_hundredths), else_=0))
    sums = select(func.coalesce(func.sum(TimeEntry.quantity_hundredths), 0), func.coalesce(billable, 0))
    hundredths, of_these = session.execute(sums.where(mine, TimeEntry.worked_on.between(day.replace(day=1), day))).one()
    unbilled = session.scalar(select(func.coalesce(func.sum(TimeEntry.amount_minor), 0)).where(mine, ~_billed()))
    return Month(int(hundredths), int(of_these), Money(int(unbilled or 0), currency) if actor.may("rate.see") else None)


def _billed() -> ColumnElement[bool]:
    live = (PreBillLine.firm_id == TimeEntry.firm_id) & (PreBillLine.time_entry_id == TimeEntry.id) & (PreBillLine.state == "included")
    of_bill = (PreBill.firm_id == PreBillLine.firm_id) & (PreBill.id == PreBillLine.pre_bill_id) & (PreBill.state == "issued")
    return select(PreBillLine.id).join(PreBill, of_bill).where(live).exists()


def waiting(session: Session, *, actor: Actor, currency: str) -> Waiting:
    """What a person has to look at. Three queries at most."""
    mine = [TimeEntry.firm_id == actor.firm_id, TimeEntry.discarded_at.is_(None), ~_billed()]
    if not actor.may("time.view_all") or actor.timekeeper_id is not None:
        mine.append(TimeEntry.timekeeper_id == (actor.timekeeper_id or 0))
    no_rate = case((TimeEntry.rate_minor_per_hour.is_(None) & (TimeEntry.billing_status == "billable"), 1), else_=0)
    no_words = case((TimeEntry.narrative == "", 1), else_=0)
    counts = session.execute(select(func.coalesce(func.sum(no_rate), 0), func.coalesce(func.sum(no_words), 0)).where(*mine)).one()
    if not actor.may("pre_bill.view"):
        return Waiting(None, None, None, int(counts[0]), int(counts[1]))
    states = _pre_bills(session, actor)
    amount = Money(states.get("open", (0, 0))[1], currency)
    return Waiting(states.get("open", (0, 0))[0], amount, states.get("approved", (0, 0))[0], int(counts[0]), int(counts[1]))


def _pre_bills(session: Session, actor: Actor) -> dict[str, tuple[int, int]]:
    of_bill = (PreBillLine.firm_id == PreBill.firm_id) & (PreBillLine.pre_bill_id == PreBill.id) & (PreBillLine.state == "included")
    query = (
        select(PreBill.state, func.count(func.distinct(PreBill.id)), func.coalesce(func.sum(PreBillLine.amount_minor), 0))
        .outerjoin(PreBillLine, of_bill)
        .where(PreBill.firm_id == actor.firm_id, PreBill.state.in_(("open", "approved")))
        .group_by(PreBill.state)
    )
    return {state: (int(count), int(amount)) for state, count, amount in session.execute(query)}


__all__: Sequence[str] = ["Block", "Month", "Ruler", "Waiting", "WeekDay", "day_ruler", "month_so_far", "waiting", "week_hours"]
