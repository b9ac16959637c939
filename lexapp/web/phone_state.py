"""What the phone timer is told at its start, as JSON: times in ISO 8601 UTC, quantities in hundredths of an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor
from lexapp.domain.rounding import IncrementRule
from lexapp.domain.timer_quiet import is_forgotten
from lexapp.models import Firm, TimerEventRow
from lexapp.queries.phone import (
    PhoneEntry,
    PhoneTimer,
    events_to_resolve,
    heard_from,
    matters_to_keep,
    phone_entries,
    phone_rounding,
    phone_rules,
    phone_timers,
)
from lexapp.queries.timer_checks import LastSeen, last_seen_of
from lexapp.queries.timers import MatterOption, matter_options
from lexapp.web.dates import today_in_zone
from lexapp.web.filters import initials

RECENT = 8


def phone_state(session: Session, actor: Actor, *, device_key: str, now: datetime) -> dict[str, Any]:
    """Person, firm, clock, how far this device was heard, and what this timekeeper has open and recorded today."""
    mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id or 0}
    today = today_in_zone(current_user.time_zone)
    firm = phone_rules(session, firm_id=actor.firm_id)
    recent = matter_options(session, **mine, words=[], limit=RECENT)
    firms, of_matters = phone_rounding(session, firm_id=actor.firm_id, on=today)
    timers = phone_timers(session, **mine, now=now)
    seen = _seen(session, actor, timers, now, after_seconds=firm.forgotten_after_seconds)
    return {
        "user": {"id": actor.user_id, "name": current_user.name, "initials": initials(current_user.name)},
        "firm": {"id": actor.firm_id, "initial": current_user.firm_name[:1], **_firm(firm), **_rule(firms)},
        "rules": {str(matter_id): _rule(increment) for matter_id, increment in of_matters.items()},
        "csrf": generate_csrf(),
        "heard": heard_from(session, firm_id=actor.firm_id, user_id=actor.user_id, device_key=device_key),
        "now": now.isoformat(),
        "today": today.isoformat(),
        "timers": [_timer(one, seen.get(one.key)) for one in timers],
        "entries": [_entry(one) for one in phone_entries(session, **mine, on=today)],
        "recent": [option_as_json(one) for one in recent],
        "matters": matters_to_keep(session, firm_id=actor.firm_id) if firm.phone_matters_offline else None,
        "to_resolve": events_to_resolve(session, **mine),
    }


def _firm(firm: Firm) -> dict[str, Any]:
    rules = {"forgotten_after": firm.forgotten_after_seconds, "at_once": firm.timers_at_once}
    return {"keeps_matters": firm.phone_matters_offline, **rules}


def _seen(session: Session, actor: Actor, timers: list[PhoneTimer], now: datetime, *, after_seconds: int) -> dict[str, LastSeen]:
    """What is known of somebody's doing while a timer ran that asks by now; by the keys of timers."""
    running = {one.key: one.vouched_at for one in timers if one.state == "running" and one.vouched_at is not None}
    asks = {key: at for key, at in running.items() if is_forgotten(at, now, after_seconds=after_seconds)}
    return last_seen_of(session, firm_id=actor.firm_id, user_id=actor.user_id, since=asks, now=now)


def _rule(increment: IncrementRule) -> dict[str, Any]:
    return {"increment": increment.increment_seconds, "direction": increment.direction.value, "minimum": increment.minimum_seconds}


def option_as_json(option: MatterOption) -> tuple[int, str, str]:
    """(id, number, title), as in the list that a phone may keep."""
    return option.id, option.number, option.label


def _timer(timer: PhoneTimer, seen: LastSeen | None) -> dict[str, Any]:
    told = {"key": timer.key, "matter": timer.matter_id, "title": timer.title, "events": [_event(row) for row in timer.events]}
    return told | {"seen": seen and {"at": seen.at.isoformat(), "what": seen.what}}


def _event(row: TimerEventRow) -> dict[str, Any]:
    told = {"id": row.event_key, "type": row.kind, "at": row.at.isoformat(), "device": str(row.device_id or "")}
    return {
        **told,
        "seq": row.device_sequence or row.id,
        "said": row.said,
        "known": row.known,
        "outcome": row.outcome,
        "reason": row.reason,
    }


def _entry(entry: PhoneEntry) -> dict[str, Any]:
    told = {"timer": entry.timer_key, "title": entry.title, "narrative": entry.narrative, "hundredths": entry.hundredths}
    return {**told, "from": entry.began_at and entry.began_at.isoformat(), "to": entry.ended_at and entry.ended_at.isoformat()}
