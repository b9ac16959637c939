"""What was measured on one day of a timekeeper, stretch by stretch, with the entry that it became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.day_lines import Span, span_on
from lexapp.models import Client, Matter, TimeEntry, Timer, TimerSegment
from lexapp.queries.matter_titles import matter_title


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a start to a pause or stop, cut to the day: in minutes as a clock shows them, and as it was. `entry_id` is None where the timer
    is open or was never recorded.
    """

    span: Span
    begin: datetime
    end: datetime
    timer_id: int
    entry_id: int | None
    title: str
    narrative: str
    is_running: bool

    @property
    def seconds(self) -> int:
        """How long it was, also in a night in which the clocks are changed."""
        return (self.end - self.begin) // timedelta(seconds=1)


def measured_stretches(
    session: Session, *, firm_id: int, timekeeper_id: int, day: date, zone: str, now: datetime | None = None
) -> list[Stretch]:
    """The segments of the day where the firm is, in their order, without what was taken off and discarded timers. One query."""
    there, at = ZoneInfo(zone), now or datetime.now(UTC)
    begin, end = (datetime.combine(one, time(), there).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    of_timer = (TimeEntry.firm_id == Timer.firm_id) & (TimeEntry.timer_id == Timer.id) & TimeEntry.discarded_at.is_(None)
    names = (Matter.name, Matter.is_internal, Client.name, func.coalesce(TimeEntry.narrative, Timer.narrative))
    query = (
        select(TimerSegment.started_at, TimerSegment.ended_at, Timer.id, TimeEntry.id, *names)
        .join(Timer, (Timer.firm_id == TimerSegment.firm_id) & (Timer.id == TimerSegment.timer_id))
        .outerjoin(TimeEntry, of_timer)
        .outerjoin(Matter, (Matter.firm_id == Timer.firm_id) & (Matter.id == func.coalesce(TimeEntry.matter_id, Timer.matter_id)))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(Timer.firm_id == firm_id, Timer.timekeeper_id == timekeeper_id, Timer.state != "discarded")
        .where(TimerSegment.started_at < end, func.coalesce(TimerSegment.ended_at, end) > begin, TimerSegment.counts)
        .order_by(TimerSegment.started_at, TimerSegment.id)
    )
    return [_stretch(row, day, there, (begin, end), at) for row in session.execute(query) if row[0] <= at]


def _stretch(row: Any, day: date, there: ZoneInfo, limits: tuple[datetime, datetime], at: datetime) -> Stretch:
    started, ended, timer_id, entry_id, matter, is_internal, client, narrative = row
    title = matter_title(client, matter, is_internal=bool(is_internal)) if matter else "No matter yet"
    since, until = max(started, limits[0]), min(ended or at, limits[1])
    span = span_on(day, there, since, until)
    return Stretch(span, since, max(since, until), timer_id, entry_id, title, narrative or "", ended is None and until == at)
