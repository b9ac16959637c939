"""The phone tells a timer from its events as the server does, whatever happened in whatever order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from lexapp.domain.timer_events import EventKind, TimerEvent, track
from lexapp.domain.timer_shares import SharingRule, pieces_of, share
from tests.factories import make_world

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])

BEGIN = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
TELL = """async (timers) => {
  const base = document.querySelector("script[type=module]").src.replace("main.js", "");
  const { track, measuredSeconds, keptSeconds, pieces } = await import(`${base}told.js`);
  return timers.map(({ events, until }) => {
    const told = track(events);
    const clashes = told.clashes.map((one) => [one.kind, one.event, one.seconds ?? 0, one.field ?? "", one.value ?? null]);
    const { state, stretches, fields, startedAt, endedAt, endedBy, runsOnSince, vouchedAt } = told;
    const counted = { measured: measuredSeconds(told, until), kept: keptSeconds(told, until), pieces: pieces(told) };
    return { state, stretches, fields, startedAt, endedAt, endedBy, runsOnSince, vouchedAt, clashes, ...counted };
  });
}"""
SHARE = """async (days) => {
  const base = document.querySelector("script[type=module]").src.replace("main.js", "");
  const { track, shareOut } = await import(`${base}told.js`);
  return days.map(({ timers, rule, until }) => shareOut(timers.map(({ key, events }) => ({ key, told: track(events) })), rule, until));
}"""


def some_events(dice: random.Random) -> list[TimerEvent]:
    """A timer's life on three devices, with repeats of moments, texts that clash, and what makes no sense."""
    events = []
    for number in range(dice.randint(1, 14)):
        text = dice.choice(["", "a", "b"])
        said = (("narrative", text),) if dice.random() < 0.4 else ()
        known = (("narrative", dice.choice(["", "a", "b"])),) if said and dice.random() < 0.6 else ()
        off = dice.randint(1, 4000)
        kind = EventKind.START if number == 0 and dice.random() < 0.8 else dice.choice(list(EventKind))
        at = BEGIN + timedelta(seconds=dice.choice([0, 1, 60, 61, 3600, 7200, 7201]))
        said = (("since_seconds", off), ("until_seconds", dice.randint(0, off - 1))) if kind is EventKind.TRIM else said
        events.append(TimerEvent(f"e{number}", kind, at, dice.choice(["", "1", "2"]), dice.randint(0, 3), said, known))
    dice.shuffle(events)
    return events


def ms(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


def as_sent(event: TimerEvent) -> dict[str, Any]:
    told = {"id": event.id, "kind": event.kind.value, "at": ms(event.at), "device": event.device, "sequence": event.sequence}
    return told | {"said": dict(event.said), "known": dict(event.known)}


def as_told(events: list[TimerEvent], until: datetime) -> dict[str, Any]:
    told = track(events)
    return {
        "state": told.state,
        "stretches": [[ms(start), ms(stop)] for start, stop in told.stretches],
        "fields": dict(told.fields),
        "startedAt": ms(told.started_at),
        "endedAt": ms(told.ended_at),
        "endedBy": told.ended_by,
        "runsOnSince": ms(told.runs_on_since),
        "clashes": [[one.kind, one.event_id, one.seconds, one.field, one.value] for one in told.clashes],
        "vouchedAt": ms(told.vouched_at),
        "measured": told.measured_seconds(until),
        "kept": told.kept_seconds(until),
        "pieces": [[ms(start), ms(stop), counts] for start, stop, counts in told.pieces()],
    }


def test_a_thousand_lives_of_a_timer_are_told_alike_on_the_phone_and_here(on_phone: Page, session: Session):
    make_world(session)
    session.rollback()
    dice, until = random.Random(8), BEGIN + timedelta(hours=3)
    lives = [some_events(dice) for _ in range(1_000)]
    on_phone.goto("/phone")
    found = on_phone.evaluate(TELL, [{"events": [as_sent(event) for event in events], "until": ms(until)} for events in lives])
    assert found == [as_told(events, until) for events in lives]


def test_minutes_of_several_timers_are_shared_alike_on_the_phone_and_here(on_phone: Page, session: Session):
    make_world(session)
    session.rollback()
    dice, until = random.Random(9), BEGIN + timedelta(hours=3)
    days = [(dice.choice(list(SharingRule)), {f"t{number}": some_events(dice) for number in range(dice.randint(1, 4))}) for _ in range(400)]
    sent = [
        {
            "rule": rule.value,
            "until": ms(until),
            "timers": [{"key": key, "events": [as_sent(one) for one in told]} for key, told in timers.items()],
        }
        for rule, timers in days
    ]
    on_phone.goto("/phone")
    assert on_phone.evaluate(SHARE, sent) == [shared(rule, timers, until) for rule, timers in days]


def shared(rule: SharingRule, timers: dict[str, list[TimerEvent]], until: datetime) -> dict[str, int]:
    rows = [(key, *piece) for key, events in timers.items() for piece in track(events).pieces()]
    return dict.fromkeys(timers, 0) | share(pieces_of(rows, until), rule)
