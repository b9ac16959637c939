"""The phone tells a timer from its events as the server does, whatever happened in whatever order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from lexapp.domain.timer_events import EventKind, TimerEvent, track
from tests.factories import make_world

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])

BEGIN = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
TELL = """async (timers) => {
  const base = document.querySelector("script[type=module]").src.replace("main.js", "");
  const { track, measuredSeconds } = await import(`${base}told.js`);
  return timers.map(({ events, until }) => {
    const told = track(events);
    const clashes = told.clashes.map((one) => [one.kind, one.event, one.seconds ?? 0, one.field ?? "", one.value ?? null]);
    const { state, stretches, fields, startedAt, endedAt, endedBy, runsOnSince } = told;
    return { state, stretches, fields, startedAt, endedAt, endedBy, runsOnSince, clashes, measured: measuredSeconds(told, until) };
  });
}"""


def some_events(dice: random.Random) -> list[TimerEvent]:
    """A timer's life on three devices, with repeats of moments, texts that clash, and what makes no sense."""
    events = []
    for number in range(dice.randint(1, 14)):
        text = dice.choice(["", "a", "b"])
        said = (("narrative", text),) if dice.random() < 0.4 else ()
        known = (("narrative", dice.choice(["", "a", "b"])),) if said and dice.random() < 0.6 else ()
        kind = EventKind.START if number == 0 and dice.random() < 0.8 else dice.choice(list(EventKind))
        at = BEGIN + timedelta(seconds=dice.choice([0, 1, 60, 61, 3600, 7200, 7201]))
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
        "measured": told.measured_seconds(until),
    }


def test_a_thousand_lives_of_a_timer_are_told_alike_on_the_phone_and_here(on_phone: Page, session: Session):
    make_world(session)
    session.rollback()
    dice, until = random.Random(8), BEGIN + timedelta(hours=3)
    lives = [some_events(dice) for _ in range(1_000)]
    on_phone.goto("/phone")
    found = on_phone.evaluate(TELL, [{"events": [as_sent(event) for event in events], "until": ms(until)} for events in lives])
    assert found == [as_told(events, until) for events in lives]
