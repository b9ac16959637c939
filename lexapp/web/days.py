"""One day of a timekeeper as rows in their order, the drawing above them, and the entries without a time of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_login import current_user

from lexapp.books.time_locks import closed_days
from lexapp.books.work_terms import firm_terms
from lexapp.database import db
from lexapp.domain.day_lines import WORK_BEGINS, WORK_ENDS, Span, gaps, lanes, span_on
from lexapp.domain.timer_events import shared_seconds
from lexapp.queries.day_lines import Stretch, measured_stretches
from lexapp.queries.time_entries import TimeFilter, TimeLine, time_lines
from lexapp.web.access import current_actor, may
from lexapp.web.entry_forms import people_here, today
from lexapp.web.weeks import MOST_ENTRIES, asked_on, asked_timekeeper

FIRST_HOUR, LAST_HOUR = 8, 19
WIDTH, LANE = 1100, 26
WEEKDAYS = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch or a gap as it is drawn; `x` and `width` in units of the drawing."""

    x: int
    width: int
    y: int
    title: str
    label: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The day from its first hour to its last, in lanes where stretches overlap."""

    first_hour: int
    last_hour: int
    marks: tuple[Mark, ...]
    gaps: tuple[tuple[int, int], ...]
    twice: tuple[tuple[int, int], ...]
    now: int | None
    lanes: int

    @property
    def hour_width(self) -> int:
        return WIDTH // (self.last_hour - self.first_hour)

    @property
    def width(self) -> int:
        return self.hour_width * (self.last_hour - self.first_hour)

    @property
    def foot(self) -> int:
        return 22 + self.lanes * LANE


@dataclass(frozen=True, slots=True)
class DayRow:
    """A stretch or a gap (`stretch` is None) in the order of the day; `entry` is what was recorded of it, `beside` what other timers
    measured at the same time.
    """

    span: Span
    stretch: Stretch | None
    entry: TimeLine | None
    beside: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class DayLine:
    """The whole page."""

    on: date
    timekeeper_id: int
    people: tuple[tuple[int, str], ...]
    rows: tuple[DayRow, ...]
    untimed: tuple[TimeLine, ...]
    drawing: Drawing
    seconds: int
    gap_minutes: int
    twice_seconds: int
    is_closed: bool

    def kept(self, **changes: object) -> dict[str, object]:
        """What addresses of the same day carry along."""
        others = {"timekeeper": self.timekeeper_id if self.timekeeper_id != current_actor().timekeeper_id else None}
        return {name: value for name, value in ({"on": self.on.isoformat()} | others | changes).items() if value is not None}


def asked_day_line() -> DayLine:
    """The day in the address, or today. Five queries."""
    timekeeper_id, on = asked_timekeeper(), asked_on()
    session, actor = db.session(), current_actor()
    asked = TimeFilter(timekeeper_id=timekeeper_id, since=on, until=on)
    entries = time_lines(session, actor=actor, currency=current_user.currency, chosen=asked, limit=MOST_ENTRIES, oldest_first=True)
    zone = current_user.time_zone
    stretches = measured_stretches(session, firm_id=actor.firm_id, timekeeper_id=timekeeper_id, day=on, zone=zone)
    timed = {stretch.entry_id for stretch in stretches}
    free = gaps([stretch.span for stretch in stretches], end=_work_ends(on)) if on.weekday() < WEEKDAYS else []
    shared = shared_seconds([(stretch.begin, stretch.end) for stretch in stretches])
    twice = [span_on(on, ZoneInfo(zone), *one) for one in shared]
    return DayLine(
        on=on,
        timekeeper_id=timekeeper_id,
        people=tuple(people_here()) if may("time.record_others") else (),
        rows=_rows(stretches, free, {entry.id: entry for entry in entries}),
        untimed=tuple(entry for entry in entries if entry.id not in timed),
        drawing=_drawing(stretches, free, twice, _minute_now() if on == today() else None),
        seconds=sum(entry.recorded_seconds for entry in entries),
        gap_minutes=sum(span.minutes for span in free),
        twice_seconds=sum((end - begin) // timedelta(seconds=1) for begin, end in shared),
        is_closed=bool(closed_days(session, actor, firm_terms(session, actor.firm_id), {on}, today())),
    )


def _minute_now() -> int:
    now = datetime.now(UTC).astimezone(ZoneInfo(current_user.time_zone))
    return now.hour * 60 + now.minute


def _work_ends(on: date) -> int:
    """Of today, what is still to come is no gap; of a day to come, nothing is."""
    if on > today():
        return WORK_BEGINS
    return min(WORK_ENDS, _minute_now()) if on == today() else WORK_ENDS


def _rows(stretches: Sequence[Stretch], free: Sequence[Span], entries: dict[int, TimeLine]) -> tuple[DayRow, ...]:
    rows = [DayRow(one.span, one, entries.get(one.entry_id or 0), _beside(one, stretches)) for one in stretches]
    rows += [DayRow(span, None, None) for span in free]
    return tuple(sorted(rows, key=lambda row: row.span))


def _beside(one: Stretch, stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    return tuple(o for o in stretches if o.timer_id != one.timer_id and o.begin < one.end and one.begin < o.end)


def _drawing(stretches: Sequence[Stretch], free: Sequence[Span], twice: Sequence[Span], now: int | None) -> Drawing:
    spans = [stretch.span for stretch in stretches]
    first = min([FIRST_HOUR, *(span.begin // 60 for span in spans), *([now // 60] if now is not None else [])])
    last = max([LAST_HOUR, *(-(-span.end // 60) for span in spans), *([now // 60 + 1] if now is not None else [])])
    hour = WIDTH // (last - first)

    def place(minute: int) -> int:
        return (minute - first * 60) * hour // 60

    def drawn(span: Span) -> tuple[int, int]:
        return place(span.begin), max(place(span.end) - place(span.begin), 3)

    own = lanes(spans)
    marks = tuple(_mark(one, *drawn(one.span), lane) for one, lane in zip(stretches, own, strict=True))
    at = place(now) if now is not None else None
    return Drawing(first, last, marks, tuple(map(drawn, free)), tuple(map(drawn, twice)), at, max([*own, 0]) + 1)


def _mark(stretch: Stretch, x: int, width: int, lane: int) -> Mark:
    label = stretch.title.partition(" · ")[0]
    return Mark(x, width, 16 + lane * LANE, stretch.title, label if width >= 12 + 6 * len(label) else "", stretch.is_running)
