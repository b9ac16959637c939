"""What the phone timer shows at its start: one's own open timers with all their events, the day's entries, and matters to choose from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lexapp.domain.rounding import IncrementRule
from lexapp.domain.rounding_rules import RoundingQuery, RoundingRule, resolve_rounding
from lexapp.models import Client, Firm, Matter, TimeEntry, Timer, TimerDevice, TimerEventRow, TimerSegment
from lexapp.queries.matter_titles import matter_title
from lexapp.queries.rounding_rules import rounding_rules
from lexapp.queries.timer_tray import unresolved
from lexapp.queries.timers import OPEN_STATES

KEPT_OPEN = timedelta(days=60)
"""As long as a device may keep unsent events, a stopped timer without an entry is shown on it."""
SHOWN_ELSEWHERE = ("start_missing", "needs_matter")
MOST_TIMERS = 50
MOST_MATTERS = 5_000


@dataclass(frozen=True, slots=True)
class PhoneTimer:
    """A timer that is no entry yet, and everything said about it."""

    key: str
    matter_id: int | None
    title: str
    events: tuple[TimerEventRow, ...]
    state: str
    vouched_at: datetime | None


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """An entry of the day; from when to when its timer ran, where it had one."""

    timer_key: str
    title: str
    narrative: str
    hundredths: int
    began_at: datetime | None
    ended_at: datetime | None


def phone_timers(session: Session, *, firm_id: int, timekeeper_id: int, now: datetime) -> list[PhoneTimer]:
    """Timers that are open, and those that stopped without becoming an entry; the latest first. Two queries."""
    recorded = select(TimeEntry.id).where(TimeEntry.firm_id == Timer.firm_id, TimeEntry.timer_id == Timer.id).exists()
    event = (TimerEventRow.firm_id == Timer.firm_id, TimerEventRow.timer_key == Timer.client_key, unresolved())
    undecided = select(TimerEventRow.id).where(*event).exists()
    waiting = and_(Timer.state == "stopped", Timer.created_at > now - KEPT_OPEN, ~recorded, undecided)
    columns = (Timer.client_key, Timer.matter_id, Timer.state, Timer.vouched_at)
    query = _titled(select(*columns, Matter.name, Matter.is_internal, Client.name.label("client")), Timer)
    mine = (Timer.firm_id == firm_id) & (Timer.timekeeper_id == timekeeper_id)
    rows = session.execute(query.where(mine, or_(Timer.state.in_(OPEN_STATES), waiting)).order_by(Timer.id.desc()).limit(MOST_TIMERS)).all()
    told = _events(session, firm_id, [row.client_key for row in rows])
    return [PhoneTimer(row.client_key, row.matter_id, _title(row), tuple(told[row.client_key]), row.state, row.vouched_at) for row in rows]


def _events(session: Session, firm_id: int, keys: list[str]) -> dict[str, list[TimerEventRow]]:
    found: dict[str, list[TimerEventRow]] = defaultdict(list)
    query = select(TimerEventRow).where(TimerEventRow.firm_id == firm_id, TimerEventRow.timer_key.in_(keys)).order_by(TimerEventRow.id)
    for row in session.scalars(query) if keys else ():
        found[row.timer_key].append(row)
    return found


def phone_entries(session: Session, *, firm_id: int, timekeeper_id: int, on: date) -> list[PhoneEntry]:
    """What a timekeeper recorded on a day, the latest first."""
    segments = (TimerSegment.firm_id == TimeEntry.firm_id, TimerSegment.timer_id == TimeEntry.timer_id)
    began = select(func.min(TimerSegment.started_at)).where(*segments).scalar_subquery()
    ended = select(func.max(TimerSegment.ended_at)).where(*segments).scalar_subquery()
    columns = (Timer.client_key, Matter.name, Matter.is_internal, Client.name.label("client"), TimeEntry.narrative)
    query = _titled(select(*columns, TimeEntry.quantity_hundredths, began.label("began"), ended.label("ended")), TimeEntry)
    query = query.outerjoin(Timer, (Timer.firm_id == TimeEntry.firm_id) & (Timer.id == TimeEntry.timer_id))
    mine = (TimeEntry.firm_id == firm_id, TimeEntry.timekeeper_id == timekeeper_id, TimeEntry.worked_on == on)
    rows = session.execute(query.where(*mine, TimeEntry.discarded_at.is_(None)).order_by(TimeEntry.id.desc()))
    return [PhoneEntry(row.client_key or "", _title(row), row.narrative, row.quantity_hundredths, row.began, row.ended) for row in rows]


def matters_to_keep(session: Session, *, firm_id: int) -> list[tuple[int, str, str]]:
    """(id, number, short name) of the matters that take work, for phones of a firm that lets them keep these; the latest first."""
    columns = (Matter.id, Matter.number, Matter.name, Matter.is_internal, Client.name.label("client"))
    query = select(*columns).outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
    rows = session.execute(query.where(Matter.firm_id == firm_id, Matter.status != "closed").order_by(Matter.id.desc()).limit(MOST_MATTERS))
    return [(row.id, row.number, _title(row)) for row in rows]


def phone_rules(session: Session, *, firm_id: int) -> Firm:
    """The firm, which says whether phones keep its matters, when a timer asks, and how many run at once."""
    return session.get_one(Firm, firm_id)


def heard_from(session: Session, *, firm_id: int, user_id: int, device_key: str) -> int:
    """The highest number of an event of this person's device that is kept here; a device that was told of more is asked again."""
    mine = (TimerDevice.firm_id == firm_id, TimerDevice.user_id == user_id, TimerDevice.device_key == device_key)
    return session.scalar(select(TimerDevice.last_sequence).where(*mine)) or 0


def phone_rounding(session: Session, *, firm_id: int, on: date) -> tuple[IncrementRule, dict[int, IncrementRule]]:
    """What time of a day is rounded to: of the firm, and of each matter that takes work and rounds by a rule of its own or its client's.

    Two queries; one where only the firm has rules.
    """
    rules = rounding_rules(session, firm_id=firm_id)
    firms = resolve_rounding(rules, RoundingQuery(on=on)).increment
    matters, clients = {rule.matter_id for rule in rules} - {None}, {rule.client_id for rule in rules} - {None}
    if not matters and not clients:
        return firms, {}
    theirs = (Matter.firm_id == firm_id, Matter.status != "closed", or_(Matter.id.in_(matters), Matter.client_id.in_(clients)))
    rows = session.execute(select(Matter.id, Matter.client_id).where(*theirs).order_by(Matter.id.desc()).limit(MOST_MATTERS))
    of_place: dict[tuple[int | None, int | None], list[RoundingRule]] = defaultdict(list)
    for rule in rules:
        of_place[rule.matter_id, rule.client_id].append(rule)
    found: dict[int, IncrementRule] = {}
    for row in rows:
        near = [*of_place[None, None], *of_place[row.id, None], *of_place[None, row.client_id]]
        query = RoundingQuery(on=on, matter_id=row.id, client_id=row.client_id)
        found[row.id] = resolve_rounding(near, query).increment
    return firms, {matter_id: increment for matter_id, increment in found.items() if increment != firms}


def events_to_resolve(session: Session, *, firm_id: int, timekeeper_id: int) -> int:
    """How many events of this timekeeper's devices wait for a person: parked, or in conflict, and not resolved.

    What only lacks its matter is not counted: it stands among the day's timers.
    """
    waits = (unresolved(), TimerEventRow.reason.not_in(SHOWN_ELSEWHERE))
    query = select(func.count(TimerEventRow.id)).where(TimerEventRow.firm_id == firm_id, TimerEventRow.timekeeper_id == timekeeper_id)
    return session.scalar(query.where(*waits)) or 0


def _titled(query: Any, of: Any) -> Any:
    """With the matter and its client beside; a timer may be without."""
    return (
        query.select_from(of)
        .outerjoin(Matter, (Matter.firm_id == of.firm_id) & (Matter.id == of.matter_id))
        .outerjoin(Client, (Client.firm_id == Matter.firm_id) & (Client.id == Matter.client_id))
    )


def _title(row: Any) -> str:
    return matter_title(row.client, row.name, is_internal=row.is_internal) if row.name else ""
