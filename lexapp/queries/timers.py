"""Reads for the timer bar and for choosing a matter to work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.moments import elapsed_seconds
from lexapp.models import Client, Matter, TimeEntry, Timer, TimerSegment
from lexapp.queries.matter_titles import matter_title

MOST_OPTIONS = 12
OPEN_STATES = ("running", "paused")


@dataclass(frozen=True, slots=True)
class TimerLine:
    """An open timer with what its segments have measured so far, in whole seconds."""

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

    @property
    def is_running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class MatterOption:
    """One answer of a search for matters."""

    id: int
    label: str
    sub: str
    number: str


def open_timers(session: Session, *, firm_id: int, timekeeper_id: int, now: datetime) -> list[TimerLine]:
    """The open timers of a timekeeper, the running one first, then the latest. One query."""
    mine = (Timer.firm_id == firm_id) & (Timer.timekeeper_id == timekeeper_id) & Timer.state.in_(OPEN_STATES)
    return _lines(session, mine, now)


def one_timer(session: Session, *, firm_id: int, timekeeper_id: int, timer_id: int, now: datetime | None = None) -> TimerLine | None:
    """One timer of the timekeeper, in whatever state."""
    mine = (Timer.firm_id == firm_id) & (Timer.timekeeper_id == timekeeper_id) & (Timer.id == timer_id)
    return next(iter(_lines(session, mine, now or datetime.now(UTC))), None)


def _lines(session: Session, which: ColumnElement[bool], now: datetime) -> list[TimerLine]:
    query = (
        select(Timer, Matter.name, Matter.is_internal, Client.name, TimerSegment.started_at, TimerSegment.ended_at)
        .outerjoin(Matter, (Matter.firm_id == Timer.firm_id) & (Matter.id == Timer.matter_id))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .outerjoin(TimerSegment, (TimerSegment.firm_id == Timer.firm_id) & (TimerSegment.timer_id == Timer.id))
        .where(which)
        .order_by(Timer.state.desc(), Timer.id.desc(), TimerSegment.id)
    )
    titles: dict[int, tuple[Timer, str]] = {}
    segments: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for timer, matter, is_internal, client, started, ended in session.execute(query):
        title = matter_title(client, matter, is_internal=is_internal) if matter else "No matter yet"
        titles[timer.id] = (timer, title)
        if started is not None:
            segments.setdefault(timer.id, []).append((started, ended))
    return [_line(timer, title, segments.get(timer.id, []), now) for timer, title in titles.values()]


def _line(timer: Timer, title: str, segments: Sequence[tuple[datetime, datetime | None]], now: datetime) -> TimerLine:
    seconds = sum(elapsed_seconds(started, ended or max(now, started)) for started, ended in segments)
    return TimerLine(
        timer.id,
        timer.state,
        timer.matter_id,
        title,
        timer.narrative,
        timer.task_code,
        timer.activity_code,
        timer.started_on,
        seconds,
        timer.version,
        tuple(segments),
    )


def recorded_hundredths(session: Session, *, firm_id: int, timekeeper_id: int, on: date) -> int:
    """Hundredths of an hour that a timekeeper has recorded on one day."""
    query = select(func.coalesce(func.sum(TimeEntry.quantity_hundredths), 0)).where(
        TimeEntry.firm_id == firm_id,
        TimeEntry.timekeeper_id == timekeeper_id,
        TimeEntry.worked_on == on,
        TimeEntry.discarded_at.is_(None),
    )
    return int(session.scalar(query) or 0)


def matter_options(
    session: Session, *, firm_id: int, timekeeper_id: int | None, words: Sequence[str], limit: int = MOST_OPTIONS
) -> list[MatterOption]:
    """Matters that take work, found by all the words in number, name or client; without words those worked on last come first."""
    last = (
        select(func.max(TimeEntry.worked_on))
        .where(TimeEntry.firm_id == firm_id, TimeEntry.matter_id == Matter.id, TimeEntry.timekeeper_id == (timekeeper_id or 0))
        .correlate(Matter)
        .scalar_subquery()
    )
    query = (
        select(Matter, Client.name)
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(Matter.firm_id == firm_id, Matter.status != "closed", *(_has(word) for word in words))
        .order_by(func.coalesce(last, date(1970, 1, 1)).desc(), Matter.id.desc())
        .limit(limit)
    )
    return [_option(matter, client) for matter, client in session.execute(query)]


def matter_option(session: Session, *, firm_id: int, matter_id: int) -> MatterOption | None:
    """How one matter of the firm reads in the list."""
    query = (
        select(Matter, Client.name)
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .where(Matter.firm_id == firm_id, Matter.id == matter_id)
    )
    found = session.execute(query).first()
    return _option(*found) if found else None


def _has(word: str) -> ColumnElement[bool]:
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    columns = (func.lower(Matter.number), func.lower(Matter.name), func.lower(func.coalesce(Client.name, "")))
    return or_(*(column.like(pattern, escape="\\") for column in columns))


def _option(matter: Matter, client: str | None) -> MatterOption:
    return MatterOption(matter.id, matter_title(client, matter.name, is_internal=matter.is_internal), client or "The firm", matter.number)
