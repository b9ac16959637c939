"""What a person did while a timer ran: where it can be known, and in words that say how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, literal, select, union_all
from sqlalchemy.orm import Session

from lexapp.domain.timer_quiet import before_quiet
from lexapp.models import Command, Draft, MatterVisit, TimerEventRow

MOST = 1_000
NO_PERSON = ("timer.sync",)
"""Commands that a device sends by itself."""
WORDS = {
    "draft": "you were typing",
    "visit": "you looked at a matter",
    "timer": "you used a timer",
    "time": "you saved a time entry",
    "device": "you used a timer on your phone",
}


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The last thing that somebody did before the longest silence since the timer was last known to run rightly."""

    at: datetime
    what: str


def last_seen(session: Session, *, firm_id: int, user_id: int, since: datetime, now: datetime) -> LastSeen | None:
    """To the second; None where nothing was seen of the person in a second after `since`. One query."""
    return _before_quiet(since, activity(session, firm_id=firm_id, user_id=user_id, since=since, now=now), now)


def last_seen_of(session: Session, *, firm_id: int, user_id: int, since: dict[str, datetime], now: datetime) -> dict[str, LastSeen]:
    """The same for several timers of one person, by any name; `since` when each was last known to run rightly. One query, or none."""
    if not since:
        return {}
    seen = activity(session, firm_id=firm_id, user_id=user_id, since=min(since.values()), now=now)
    found = {name: _before_quiet(begin, seen, now) for name, begin in since.items()}
    return {name: one for name, one in found.items() if one is not None}


def _before_quiet(since: datetime, seen: list[tuple[datetime, str]], now: datetime) -> LastSeen | None:
    what = {at: words for at, words in seen if at > since}
    at = before_quiet(since, what, now)
    if at is None or (second := at.replace(microsecond=0)) <= since:
        return None
    return LastSeen(second, _words(what[at]))


def activity(session: Session, *, firm_id: int, user_id: int, since: datetime, now: datetime) -> list[tuple[datetime, str]]:
    """What is known of somebody's doing in that time: commands, drafts, matters looked at, presses on a device; the latest."""
    kind = literal("", String)
    parts = (
        (Command, Command.at, Command.name, (Command.actor_user_id == user_id, Command.name.not_in(NO_PERSON))),
        (Draft, Draft.saved_at, kind + "draft", (Draft.user_id == user_id,)),
        (MatterVisit, MatterVisit.seen_at, kind + "visit", (MatterVisit.user_id == user_id,)),
        (TimerEventRow, TimerEventRow.at, kind + "device", (TimerEventRow.user_id == user_id, TimerEventRow.device_id.is_not(None))),
    )
    selects = [_part(model, at, what, firm_id, since, now, *where) for model, at, what, where in parts]
    found = union_all(*selects).subquery()
    query = select(found.c.at, found.c.what).order_by(found.c.at.desc()).limit(MOST)
    return [(row.at, row.what) for row in session.execute(query)]


def _part(model: Any, at: Any, what: Any, firm_id: int, since: datetime, now: datetime, *where: Any) -> Any:
    return select(at.label("at"), what.label("what")).where(model.firm_id == firm_id, at > since, at <= now, *where)


def _words(what: str) -> str:
    return WORDS.get(what) or WORDS.get(what.split(".")[0], "you saved something")
