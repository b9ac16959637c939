"""A week of one timekeeper as a grid: matters down, days across, each cell the hours of that matter on that day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from flask import abort, request
from flask_login import current_user

from lexapp.books.work_terms import firm_terms
from lexapp.database import db
from lexapp.domain.durations import SECONDS_PER_HOUR
from lexapp.domain.spoken_days import monday_of
from lexapp.domain.time_locks import TimeLock
from lexapp.queries.time_entries import TimeFilter, TimeLine, time_lines
from lexapp.queries.timers import MatterOption, matter_options, matters_named
from lexapp.queries.today import own_days
from lexapp.web.access import current_actor, may
from lexapp.web.dates import EARLIEST, LATEST
from lexapp.web.entry_forms import people_here, today
from lexapp.web.filters import typed_hours
from lexapp.web.lists import asked_day, asked_id

MOST_ENTRIES, MOST_ROWS, OFFERED_ROWS = 1_000, 60, 5
REASONS = {
    "billed": "Billed: what an invoice has taken stays as it is.",
    "on_pre_bill": "On a pre-bill: change it there.",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One matter on one day. `reason` says why it cannot be typed in; empty where it can.

    A locked day may still be typed in by who has a signed exception: the cell warns, and the service decides.
    """

    matter_id: int
    on: date
    title: str
    entries: tuple[TimeLine, ...]
    reason: str
    is_future: bool
    is_locked: bool = False

    @property
    def id(self) -> str:
        return f"{self.matter_id}-{self.on:%Y%m%d}"

    @property
    def seconds(self) -> int:
        return sum(entry.recorded_seconds for entry in self.entries)

    @property
    def entry(self) -> TimeLine | None:
        """The one entry that typing changes."""
        return self.entries[0] if len(self.entries) == 1 else None

    @property
    def text(self) -> str:
        return typed_hours(self.seconds) if self.entries else ""

    @property
    def is_typed(self) -> bool:
        return not self.reason and not self.is_future and len(self.entries) < 2


@dataclass(frozen=True, slots=True)
class Row:
    """A matter and its seven days."""

    matter_id: int
    title: str
    number: str
    cells: tuple[Cell, ...]

    @property
    def seconds(self) -> int:
        return sum(cell.seconds for cell in self.cells)


@dataclass(frozen=True, slots=True)
class DayHead:
    """A day above its column: recorded so far (seconds), and to be worked (hundredths; 0 without a target)."""

    on: date
    seconds: int
    target_hundredths: int
    is_today: bool
    is_chosen: bool

    @property
    def short_hundredths(self) -> int:
        return max(self.target_hundredths - self.seconds * 100 // SECONDS_PER_HOUR, 0)

    @property
    def percent(self) -> int:
        whole = self.target_hundredths * SECONDS_PER_HOUR // 100 or self.seconds
        return min(self.seconds * 100 // whole, 100) if whole else 0


@dataclass(frozen=True, slots=True)
class Week:
    """The grid. `people` are those whose week may be looked at; empty for one's own only."""

    timekeeper_id: int
    on: date
    days: tuple[DayHead, ...]
    rows: tuple[Row, ...]
    added: tuple[int, ...]
    people: tuple[tuple[int, str], ...]
    quantity_hundredths: int

    @property
    def monday(self) -> date:
        return self.days[0].on

    @property
    def seconds(self) -> int:
        return sum(day.seconds for day in self.days)

    @property
    def target_hundredths(self) -> int:
        return sum(day.target_hundredths for day in self.days)

    def cell(self, matter_id: int, on: date) -> Cell | None:
        return next((cell for row in self.rows for cell in row.cells if (cell.matter_id, cell.on) == (matter_id, on)), None)

    def kept(self, **changes: object) -> dict[str, object]:
        """What addresses of the same week carry along."""
        others = {"timekeeper": self.timekeeper_id if self.timekeeper_id != current_actor().timekeeper_id else None}
        found = {"on": self.on.isoformat(), "matter": list(self.added) or None, **others, **changes}
        return {name: value for name, value in found.items() if value is not None}


def timekeeper_here() -> int | None:
    """Whose week or day: one's own, or another's for who may record for others. None where there is none."""
    actor = current_actor()
    if not may("time.record_others"):
        return actor.timekeeper_id
    return asked_id("timekeeper") or actor.timekeeper_id or next((id_ for id_, _ in people_here()), None)


def asked_timekeeper() -> int:
    """The same, for what cannot be without one: else 404."""
    found = timekeeper_here()
    return found if found is not None else abort(404)


def asked_on(name: str = "on") -> date:
    """The day in the address, else today; a day that no calendar of ours has is today, too."""
    found = asked_day(name)
    return found if found is not None and EARLIEST <= found <= LATEST - timedelta(days=7) else today()


def asked_week(*, timekeeper_id: int, on: date, also: Iterable[int] = ()) -> Week:
    """The week of `on`: matters worked on, those added in the address, and up to five worked on lately. Those of the week
    before come along where the address asks for them. Eight queries at most."""
    monday = monday_of(on)
    asked = TimeFilter(timekeeper_id=timekeeper_id, since=monday, until=monday + timedelta(days=6))
    lines = time_lines(
        db.session(), actor=current_actor(), currency=current_user.currency, chosen=asked, limit=MOST_ENTRIES, oldest_first=True
    )
    added = tuple(dict.fromkeys([*_added(), *also, *_of_last_week(timekeeper_id, monday)]))[:MOST_ROWS]
    lock = firm_terms(db.session(), current_actor().firm_id).lock
    rows = _rows(lines, _matters(lines, timekeeper_id, added), monday, lock)
    targets = own_days(db.session(), firm_id=current_actor().firm_id, timekeeper_id=timekeeper_id, on=on).week
    days = tuple(_head(lines, day.on, day.target_hundredths, on) for day in targets)
    people = tuple(people_here()) if may("time.record_others") else ()
    return Week(timekeeper_id, on, days, rows, added, people, sum(line.quantity_hundredths for line in lines))


def cell_key() -> str:
    """The key of what a cell will send."""
    return str(uuid4())


def _of_last_week(timekeeper_id: int, monday: date) -> list[int]:
    """The matters that were worked on in the week before, where they are asked for: their rows, not their hours."""
    if request.args.get("rows") != "last":
        return []
    before = TimeFilter(timekeeper_id=timekeeper_id, since=monday - timedelta(days=7), until=monday - timedelta(days=1))
    actor, currency = current_actor(), current_user.currency
    lines = time_lines(db.session(), actor=actor, currency=currency, chosen=before, limit=MOST_ENTRIES, oldest_first=True)
    return list(dict.fromkeys(line.matter_id for line in lines))


def _added() -> list[int]:
    found = [int(text) for text in request.args.getlist("matter")[:MOST_ROWS] if text.isascii() and text.isdigit() and len(text) < 19]
    return list(dict.fromkeys(found))


def _matters(lines: Sequence[TimeLine], timekeeper_id: int, added: Sequence[int]) -> list[MatterOption]:
    """The open matters of the rows: worked on this week, added, then lately worked on until there are enough."""
    firm_id = current_actor().firm_id
    ids = {line.matter_id for line in lines} | set(added)
    named = matters_named(db.session(), firm_id=firm_id, matter_ids=ids)
    recent = matter_options(db.session(), firm_id=firm_id, timekeeper_id=timekeeper_id, words=(), limit=OFFERED_ROWS)
    here = sorted(named, key=lambda one: one.label.lower())
    return here + [one for one in recent if one.id not in ids][: max(OFFERED_ROWS - len(here), 0)]


def _rows(lines: Sequence[TimeLine], matters: Sequence[MatterOption], monday: date, lock: TimeLock) -> tuple[Row, ...]:
    found: dict[tuple[int, date], list[TimeLine]] = defaultdict(list)
    for line in lines:
        found[line.matter_id, line.worked_on].append(line)
    days = [monday + timedelta(days=ahead) for ahead in range(7)]
    return tuple(Row(one.id, one.label, one.number, tuple(_cell(one, day, found[one.id, day], lock) for day in days)) for one in matters)


def _cell(matter: MatterOption, day: date, entries: Sequence[TimeLine], lock: TimeLock) -> Cell:
    taken = next((REASONS[entry.state] for entry in entries if entry.state in REASONS), "")
    closed = f"{matter.label} is closed." if matter.is_closed and not entries else ""
    is_locked = not taken and lock.closes(day, today())
    return Cell(matter.id, day, matter.label, tuple(entries), taken or closed, day > today(), is_locked)


def _head(lines: Sequence[TimeLine], day: date, target_hundredths: int, chosen: date) -> DayHead:
    seconds = sum(line.recorded_seconds for line in lines if line.worked_on == day)
    return DayHead(day, seconds, target_hundredths, day == today(), day == chosen)
