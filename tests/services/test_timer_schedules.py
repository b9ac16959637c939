"""Random days of a phone and a net that drops, repeats, cuts and shuffles: the books say what somebody with a watch noted."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import TimeEntry, Timer
from lexapp.services.timer_sync import sync_timer_events
from tests.devices import Phone, key
from tests.factories import NOW, make_matter, make_member, make_world


def schedule(seed: int, phone: Phone, matter_id: int) -> dict[str, int]:
    """A random day of a phone that switches between timers; the seconds that each ran, by its key, as somebody with a watch noted."""
    chance, at, ran, running = random.Random(seed), NOW - timedelta(hours=10), {key(): 0 for _ in range(3)}, ""
    open_timers: set[str] = set()
    for _ in range(chance.randrange(4, 25)):
        step = timedelta(seconds=chance.randrange(30, 1_500))
        at += step
        if running:
            ran[running] += int(step.total_seconds())
        timer = chance.choice(sorted(ran))
        if timer == running:
            phone.keep("pause", timer, at)
            running = ""
            continue
        if running:
            phone.keep("pause", running, at)
        phone.keep("resume" if timer in open_timers else "start", timer, at, **({} if timer in open_timers else {"matter_id": matter_id}))
        open_timers.add(timer)
        running = timer
    for timer in sorted(open_timers):
        phone.keep("stop", timer, at)
    return {timer: seconds for timer, seconds in ran.items() if seconds}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_net_does_the_books_say_what_the_watch_said(session: Session, seed: int):
    world = make_world(session)
    me = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    matter = make_matter(session, world.owner)
    chance, phone = random.Random(seed), Phone.of(me, ahead=timedelta(minutes=random.Random(seed).randrange(-300, 300)), knows=None)
    ran = schedule(seed, phone, matter.id)
    unsent = list(phone.waiting)
    moment = NOW
    while unsent:
        moment += timedelta(seconds=chance.randrange(1, 90))
        some = chance.sample(unsent, min(len(unsent), chance.randrange(1, 8)))
        posted = phone.read(moment, [*some, *some[: chance.randrange(2)]])
        answers = sync_timer_events(session, actor=me, post=posted, now=moment)
        assert "rejected" not in {answer.outcome for answer in answers}
        if chance.random() < 0.7:
            unsent = [event for event in unsent if event not in some]
    found = {timer.client_key: timer.id for timer in session.scalars(select(Timer))}
    measured = {entry.timer_id: entry.measured_seconds for entry in session.scalars(select(TimeEntry))}
    assert {timer: measured.get(found[timer]) for timer in ran} == ran
