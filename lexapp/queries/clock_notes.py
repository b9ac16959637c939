"""What was wrong with the clock of the device on which a timer ran: noted on its events, told in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lexapp.models import Timer, TimerEventRow

CLOCK_WORDS = {
    "clock_wrong": "The clock of the device was wrong.",
    "clock_changed": "The clock of the device was set while it was away.",
    "in_future": "The device said a time that had not come yet.",
    "too_old": "The device said a time that lies too far back.",
    "out_of_order": "The device said a time that cannot follow the one before it.",
    "gap": "Something that the device did before never arrived.",
}
"""Flags of an event in words. Others say nothing of a clock."""
_NOT_A_TIME = ("gap",)


@dataclass(frozen=True, slots=True)
class ClockNote:
    """One event that is counted at another time than the device said, or after one that is missing; `words` say why."""

    kind: str
    at: datetime
    at_wall: datetime
    words: tuple[str, ...]
    is_moved: bool


def clock_notes(session: Session, *, firm_id: int, timer_id: int) -> list[ClockNote]:
    """Those of a timer, the first one first. One query."""
    of_timer = and_(TimerEventRow.firm_id == Timer.firm_id, TimerEventRow.timer_key == Timer.client_key)
    same = TimerEventRow.timekeeper_id == Timer.timekeeper_id
    query = select(TimerEventRow).join(Timer, of_timer & same).where(Timer.firm_id == firm_id, Timer.id == timer_id)
    rows = session.scalars(query.order_by(TimerEventRow.at, TimerEventRow.id))
    return [note for row in rows for note in _of(row)]


def _of(row: TimerEventRow) -> Iterable[ClockNote]:
    words = tuple(CLOCK_WORDS[flag] for flag in row.flags if flag in CLOCK_WORDS)
    if words:
        is_moved = any(flag in CLOCK_WORDS and flag not in _NOT_A_TIME for flag in row.flags)
        yield ClockNote(row.kind, row.at, row.at_wall, words, is_moved)
