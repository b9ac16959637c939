"""What devices sent that waits for a person: timers that are no entry yet, and events that clash with what stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.timer_events import Clash, Track, local_date, track
from lexapp.models import Client, Matter, TimeEntry, Timer, TimerEventRow
from lexapp.queries.matter_titles import matter_title

MOST_SHOWN = 100
SHUT = "A matter that is shut to you"


@dataclass(frozen=True, slots=True)
class TrayItem:
    """One event to resolve, with what stands beside it. `seconds` is what would be recorded; a waiting timer has no entry.

    Of a matter that is shut to the timekeeper (`is_shut`) nothing is shown but their own time and words: neither its name nor its entry.
    """

    event_id: int
    kind: str
    reason: str
    at: datetime
    worked_on: date
    timer_id: int | None
    title: str
    label: str
    matter_id: int | None
    narrative: str
    seconds: int
    entry_seconds: int | None
    entry_narrative: str
    ended_at: datetime | None
    clash: Clash | None
    is_waiting: bool
    is_shut: bool = False


def unresolved() -> ColumnElement[bool]:
    """Events that a person has to decide; one whose timer has not begun yet may still settle itself."""
    return and_(TimerEventRow.outcome != "applied", TimerEventRow.resolved_at.is_(None))


def tray_items(session: Session, *, firm_id: int, timekeeper_id: int, now: datetime) -> list[TrayItem]:
    """What waits for this timekeeper, the latest first; of a waiting timer one item, which says best why it waits. Four queries at most."""
    shown: dict[tuple[str, int | None], TrayItem] = {}
    for item in _items(session, firm_id, _rows(session, firm_id, timekeeper_id), now):
        place = ("timer", item.timer_id) if item.is_waiting else ("event", item.event_id)
        if place not in shown or shown[place].reason == "needs_matter" != item.reason:
            shown[place] = item
    return list(shown.values())


def tray_item(session: Session, *, firm_id: int, timekeeper_id: int, event_id: int, now: datetime) -> TrayItem | None:
    """One of them."""
    return next(iter(_items(session, firm_id, _rows(session, firm_id, timekeeper_id, event_id), now)), None)


def _items(session: Session, firm_id: int, rows: list[Any], now: datetime) -> list[TrayItem]:
    told = _tracks(session, firm_id, {row.TimerEventRow.timer_key for row in rows})
    seen = _seen(session, {matter_id for row in rows for matter_id in _matters(row)})
    wanted = {row.TimerEventRow.said.get("wanted_matter_id") for row in rows if row.TimerEventRow.reason == "matter_is_closed"}
    closed = _closed(session, wanted - {None})
    return [_item(row, told[row.TimerEventRow.timer_key], now, closed, is_shut=not seen.issuperset(_matters(row))) for row in rows]


def _matters(row: Any) -> set[int]:
    """The matters of the timer and of its entry."""
    return {one.matter_id for one in (row.Timer, row.TimeEntry) if one is not None and one.matter_id is not None}


def _seen(session: Session, matter_ids: set[int]) -> set[int]:
    """Those of the matters that are not shut."""
    return set(session.scalars(select(Matter.id).where(Matter.id.in_(matter_ids)))) if matter_ids else set()


def _closed(session: Session, matter_ids: set[int]) -> dict[int, str]:
    """What the matters are called that time was meant for and that were closed meanwhile."""
    columns = (Matter.id, Matter.name, Matter.is_internal, Client.name.label("client"))
    query = select(*columns).outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
    rows = session.execute(query.where(Matter.id.in_(matter_ids))) if matter_ids else ()
    return {row.id: matter_title(row.client, row.name, is_internal=row.is_internal) for row in rows}


def _rows(session: Session, firm_id: int, timekeeper_id: int, event_id: int | None = None) -> list[Any]:
    columns = (TimerEventRow, Timer, Matter.name, Matter.is_internal, Client.name.label("client"), TimeEntry)
    query = (
        select(*columns)
        .select_from(TimerEventRow)
        .outerjoin(Timer, (Timer.firm_id == TimerEventRow.firm_id) & (Timer.client_key == TimerEventRow.timer_key))
        .outerjoin(Matter, (Matter.firm_id == Timer.firm_id) & (Matter.id == Timer.matter_id))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
        .outerjoin(TimeEntry, (TimeEntry.firm_id == Timer.firm_id) & (TimeEntry.timer_id == Timer.id))
        .where(TimerEventRow.firm_id == firm_id, TimerEventRow.timekeeper_id == timekeeper_id, unresolved())
        .where(or_(Timer.id.is_not(None), TimerEventRow.reason == "start_missing"))
    )
    if event_id is not None:
        query = query.where(TimerEventRow.id == event_id)
    query = query.order_by(TimerEventRow.at.desc(), TimerEventRow.id.desc()).limit(MOST_SHOWN)
    # One's own timer and its entry are found behind a wall, too: what came late of them waits for nobody else.
    return list(session.execute(query, execution_options={"through_walls": True}))


def _tracks(session: Session, firm_id: int, keys: set[str]) -> dict[str, Track]:
    query = select(TimerEventRow).where(TimerEventRow.firm_id == firm_id, TimerEventRow.timer_key.in_(keys))
    found: dict[str, list[TimerEventRow]] = {}
    for row in session.scalars(query) if keys else ():
        found.setdefault(row.timer_key, []).append(row)
    return {key: track(row.told for row in rows) for key, rows in found.items()}


def _item(row: Any, told: Track, now: datetime, closed: dict[int, str], *, is_shut: bool) -> TrayItem:
    event, timer, entry = row.TimerEventRow, row.Timer, row.TimeEntry
    clash = next((one for one in told.clashes if one.event_id == event.event_key), None)
    return TrayItem(
        event_id=event.id,
        kind=event.kind,
        reason=event.reason,
        at=event.at,
        worked_on=timer.started_on if timer else local_date(event.at, event.offset_minutes),
        timer_id=timer.id if timer else None,
        title=SHUT if is_shut else _title(row, closed),
        label=timer.label if timer else str(event.said.get("label", "")),
        matter_id=None if is_shut else (timer.matter_id if timer else None) or (entry.matter_id if entry else None),
        narrative=timer.narrative if timer else str(event.said.get("narrative", "")),
        seconds=_seconds(told, entry, clash, now),
        entry_seconds=entry.recorded_seconds if entry and not is_shut else None,
        entry_narrative=entry.narrative if entry and not is_shut else "",
        ended_at=told.ended_at,
        clash=clash,
        is_waiting=entry is None and timer is not None and timer.state == "stopped",
        is_shut=is_shut,
    )


def _title(row: Any, closed: dict[int, str]) -> str:
    if row.name:
        return matter_title(row.client, row.name, is_internal=row.is_internal)
    return closed.get(row.TimerEventRow.said.get("wanted_matter_id"), "No matter yet")


def _seconds(told: Track, entry: TimeEntry | None, clash: Clash | None, now: datetime) -> int:
    typed = told.value("recorded_seconds")
    kept = typed if isinstance(typed, int) else told.kept_seconds(told.ended_at or now)
    if clash is not None:
        return clash.seconds
    return max(kept - (entry.counted_seconds or entry.recorded_seconds), 0) if entry is not None else kept


def waiting_count(firm_id: Any, timekeeper_id: Any) -> Any:
    """How many events of a timekeeper wait, as a part of another query."""
    mine = (TimerEventRow.firm_id == firm_id, TimerEventRow.timekeeper_id == timekeeper_id, TimerEventRow.reason != "start_missing")
    return select(func.count(TimerEventRow.id)).where(*mine, unresolved()).scalar_subquery()
