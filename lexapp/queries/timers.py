"""Reads for the timer bar and for choosing a matter to work on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Text, bindparam, case, func, literal_column, or_, select
from sqlalchemy.orm import Session

from lexapp.database import Base
from lexapp.domain.moments import elapsed_seconds
from lexapp.models import Client, Firm, Matter, MatterVisit, TimeEntry
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.search import ESCAPE, like_pattern
from lexapp.queries.timer_tray import SHUT, waiting_count
from lexapp.queries.walls import read_rows

MOST_OPTIONS = 12
OPEN_STATES = ("running", "paused")


@dataclass(frozen=True, slots=True)
class TimerLine:
    """An open timer with what its segments come to so far, in whole seconds, without what was taken off.

    `segments` are those that count. `vouched_at`: when its person last said that it runs rightly.
    """

    id: int
    state: str
    matter_id: int | None
    title: str
    narrative: str
    task_code: str
    activity_code: str
    started_on: date
    seconds: int
    version: int
    segments: tuple[tuple[datetime, datetime | None], ...]
    vouched_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class OpenTimers:
    """Open timers, the running one first, then the latest; hundredths recorded on a day; how much waits in the tray; the firm's rules."""

    timers: list[TimerLine]
    recorded_hundredths: int
    to_resolve: int
    forgotten_after_seconds: int
    idle_after_seconds: int
    at_once: bool
    shared_minutes: str


@dataclass(frozen=True, slots=True)
class MatterOption:
    """One answer of a search for matters."""

    id: int
    label: str
    sub: str
    number: str
    is_closed: bool = False


# The tables themselves: one's own timer is found when its matter is shut by now, which keeps its name to itself.
_T, _S = Base.metadata.tables["timers"], Base.metadata.tables["timer_segments"]
_COLUMNS = (
    _T.c.id,
    _T.c.state,
    _T.c.matter_id,
    _T.c.narrative,
    _T.c.task_code,
    _T.c.activity_code,
    _T.c.started_on,
    _T.c.version,
    _T.c.vouched_at,
    Matter.name.label("matter"),
    Matter.is_internal,
    Client.name.label("client"),
    _S.c.started_at,
    _S.c.ended_at,
    _S.c.counts,
)
_RULES = (Firm.forgotten_after_seconds, Firm.idle_after_seconds, Firm.timers_at_once, Firm.shared_minutes)
_ORDER = (_T.c.state.desc(), _T.c.id.desc(), _S.c.id)


def _with_segments(query: Any) -> Any:
    return (
        query.outerjoin(Matter, (Matter.firm_id == _T.c.firm_id) & (Matter.id == _T.c.matter_id))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .outerjoin(_S, (_S.c.firm_id == _T.c.firm_id) & (_S.c.timer_id == _T.c.id))
    )


def _bar_query() -> Any:
    """One row at least, so that the day's hours come along where no timer is open."""
    firm_id: Any = bindparam("firm_id")
    timekeeper_id: Any = bindparam("timekeeper_id")
    on = bindparam("on", type_=TimeEntry.worked_on.type)
    recorded = select(func.coalesce(func.sum(TimeEntry.quantity_hundredths), 0)).where(
        TimeEntry.firm_id == firm_id,
        TimeEntry.timekeeper_id == timekeeper_id,
        TimeEntry.worked_on == on,
        TimeEntry.discarded_at.is_(None),
    )
    mine = (_T.c.firm_id == firm_id) & (_T.c.timekeeper_id == timekeeper_id) & _T.c.state.in_(OPEN_STATES)
    one = select(literal_column("1").label("one")).subquery("one")
    counts = (recorded.scalar_subquery(), waiting_count(firm_id, timekeeper_id))
    query = select(*_COLUMNS, *counts, *_RULES).select_from(one).join(Firm, Firm.id == firm_id).outerjoin(_T, mine)
    return _with_segments(query).order_by(*_ORDER)


_BAR = _bar_query()


def open_timers(session: Session, *, firm_id: int, timekeeper_id: int, now: datetime, on: date) -> OpenTimers:
    """What the bar shows. One query."""
    rows = read_rows(session, _BAR, {"firm_id": firm_id, "timekeeper_id": timekeeper_id, "on": on})
    recorded, waiting, forgotten, idle, at_once, shared = rows[0][-6:]
    return OpenTimers(_lines(rows, now), int(recorded), int(waiting), forgotten, idle, at_once, shared)


def one_timer(session: Session, *, firm_id: int, timekeeper_id: int, timer_id: int, now: datetime | None = None) -> TimerLine | None:
    """One timer of the timekeeper, in whatever state."""
    mine = (_T.c.firm_id == firm_id) & (_T.c.timekeeper_id == timekeeper_id) & (_T.c.id == timer_id)
    query = _with_segments(select(*_COLUMNS).select_from(_T)).where(mine).order_by(*_ORDER)
    return next(iter(_lines(session.execute(query), now or datetime.now(UTC))), None)


def _lines(rows: Iterable[Any], now: datetime) -> list[TimerLine]:
    found: dict[int, Any] = {}
    segments: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for row in rows:
        if row.id is None:
            continue
        found[row.id] = row
        if row.started_at is not None and row.counts:
            segments.setdefault(row.id, []).append((row.started_at, row.ended_at))
    return [_line(row, segments.get(row.id, []), now) for row in found.values()]


def _title(row: Any) -> str:
    if row.matter is None:
        return "No matter yet" if row.matter_id is None else SHUT
    return matter_title(row.client, row.matter, is_internal=row.is_internal)


def _line(row: Any, segments: Sequence[tuple[datetime, datetime | None]], now: datetime) -> TimerLine:
    return TimerLine(
        id=row.id,
        state=row.state,
        matter_id=row.matter_id if row.matter else None,
        title=_title(row),
        narrative=row.narrative,
        task_code=row.task_code,
        activity_code=row.activity_code,
        started_on=row.started_on,
        seconds=sum(elapsed_seconds(started, ended or max(now, started)) for started, ended in segments),
        version=row.version,
        segments=tuple(segments),
        vouched_at=row.vouched_at,
    )


def matter_options(
    session: Session, *, firm_id: int, timekeeper_id: int | None, user_id: int = 0, words: Sequence[str], limit: int = MOST_OPTIONS
) -> list[MatterOption]:
    """Matters that take work, found by all the words in number, name or client; those worked on or looked at last come first."""
    given: dict[str, Any] = {"firm_id": firm_id, "timekeeper_id": timekeeper_id or 0, "user_id": user_id, "limit": limit}
    given |= {f"word_{place}": like_pattern(word) for place, word in enumerate(words)}
    return [_option(*row) for row in read_rows(session, _options_query(len(words)), given)]


@lru_cache(maxsize=16)
def _options_query(words: int) -> Any:
    mine = (TimeEntry.firm_id == bindparam("firm_id"), TimeEntry.timekeeper_id == bindparam("timekeeper_id"))
    worked = (
        select(TimeEntry.matter_id, func.max(TimeEntry.worked_on, type_=Date).label("on"))
        .where(*mine)
        .group_by(TimeEntry.matter_id)
        .subquery()
    )
    visit = (MatterVisit.firm_id == Matter.firm_id) & (MatterVisit.matter_id == Matter.id) & (MatterVisit.user_id == bindparam("user_id"))
    long_ago = date(1970, 1, 1)
    worked_on = func.coalesce(worked.c.on, long_ago, type_=Date)
    seen_on = func.coalesce(func.date(MatterVisit.seen_at, type_=Date), long_ago, type_=Date)
    return (
        select(Matter.id, Matter.number, Matter.name, Matter.is_internal, Client.name)
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .outerjoin(worked, worked.c.matter_id == Matter.id)
        .outerjoin(MatterVisit, visit)
        .where(Matter.firm_id == bindparam("firm_id"), Matter.status != "closed", *(_has(f"word_{place}") for place in range(words)))
        .order_by(case((seen_on > worked_on, seen_on), else_=worked_on).desc(), MatterVisit.seen_at.desc().nulls_last(), Matter.id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def matter_option(session: Session, *, firm_id: int, matter_id: int) -> MatterOption | None:
    """How one matter of the firm reads in the list."""
    query = (
        select(Matter.id, Matter.number, Matter.name, Matter.is_internal, Client.name)
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(Matter.firm_id == firm_id, Matter.id == matter_id)
    )
    found: Any = session.execute(query).first()
    return _option(*found) if found else None


def matters_named(session: Session, *, firm_id: int, matter_ids: Collection[int]) -> list[MatterOption]:
    """These matters of the firm, also closed ones, in no order. One query."""
    query = (
        select(Matter.id, Matter.number, Matter.name, Matter.is_internal, Client.name, Matter.status)
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(Matter.firm_id == firm_id, Matter.id.in_(matter_ids))
    )
    rows: Any = session.execute(query)
    return [replace(_option(*found), is_closed=status == "closed") for *found, status in rows]


def _has(name: str) -> ColumnElement[bool]:
    columns = (func.lower(Matter.number), func.lower(Matter.name), func.lower(func.coalesce(Client.name, "")))
    return or_(*(column.like(bindparam(name, type_=Text), escape=ESCAPE) for column in columns))


def _option(id_: int, number: str, name: str, is_internal: bool, client: str | None) -> MatterOption:
    return MatterOption(id_, matter_title(client, name, is_internal=is_internal), client or "The firm", number)
