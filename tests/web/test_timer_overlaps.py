"""Minutes that two timers of one person measured: said in the list, on the entry and in the day, and counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Matter, TimeEntry
from lexapp.services.time_entries import discard_time
from lexapp.services.timers import TimerNote, start_timer, stop_timer
from lexapp.services.walls import wall_matter
from tests.factories import World, make_matter, make_member
from tests.web.time_forms import text
from tests.web.visitor import Visitor, signed_in

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
DAY = "/time/day?on=2026-11-20"


@pytest.fixture
def lawyer(session: Session, world: World) -> Actor:
    with transaction(session, world.firm_id):
        session.get_one(Firm, world.firm_id).timers_at_once = True
    return make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)


@pytest.fixture
def me(app: Flask, session: Session, lawyer: Actor) -> Visitor:
    return signed_in(app, session, lawyer)


@pytest.fixture
def berth(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, name="Berth dispute")


@pytest.fixture
def lease(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, name="Lease")


def measured(session: Session, actor: Actor, *runs: tuple[Matter, int, int | None]) -> list[TimeEntry]:
    """Timers from one minute after three until another, UTC, pressed in their order; one without an end runs. The entries, as given."""
    timers: dict[int, int] = {}
    found: dict[int, TimeEntry] = {}
    presses = [(begin, 1, place) for place, (_, begin, _) in enumerate(runs)]
    presses += [(end, 0, place) for place, (_, _, end) in enumerate(runs) if end is not None]
    for minute, starts, place in sorted(presses):
        matter, now = runs[place][0], FRIDAY + timedelta(minutes=minute)
        if starts:
            timers[place] = start_timer(session, actor=actor, note=TimerNote(matter.id, matter.name), now=now).id
        else:
            found[place] = stop_timer(session, actor=actor, timer_id=timers[place], now=now)
    session.commit()
    return [found[place] for place in sorted(found)]


def test_two_entries_say_that_they_overlap_and_when(session: Session, me: Visitor, lawyer: Actor, berth: Matter, lease: Matter):
    one, two, apart = measured(session, lawyer, (berth, 0, 60), (lease, 40, 90), (lease, 90, 120))
    page = text(me.get("/time?period=all"))
    assert page.count(">Overlaps</a>") == 2
    assert f'href="/time/{apart.id}#overlaps"' not in page
    shown = text(me.get(f"/time/{one.id}"))
    assert "Nov 20, 2026, 10:40 am until Nov 20, 2026, 11:00 am" in shown.replace("</span><span>", " ")
    assert f'href="/time/{two.id}">' in shown
    assert 'id="overlaps"' not in text(me.get(f"/time/{apart.id}"))
    assert ">Overlaps</a>" in text(me.get(f"/time/{two.id}", htmx=True))
    day = text(me.get(DAY))
    assert "2.00 h recorded" in day
    assert "0:20 measured twice and counted once" in day
    assert (day.count("10:40 am – 11:00 am also for"), day.count('class="twice"')) == (2, 1)
    session.rollback()
    assert sum(session.scalars(select(TimeEntry.recorded_seconds))) == 120 * 60


def test_a_running_timer_over_an_entry_is_said_and_one_that_was_discarded_is_not(
    session: Session, me: Visitor, lawyer: Actor, berth: Matter, lease: Matter
):
    one, two = measured(session, lawyer, (berth, 0, 60), (lease, 30, 59))
    discard_time(session, actor=lawyer, entry_id=two.id, version=two.version)
    session.commit()
    assert ">Overlaps</a>" not in text(me.get("/time?period=all"))
    measured(session, lawyer, (lease, 50, None))
    assert text(me.get("/time?period=all")).count(">Overlaps</a>") == 1
    assert "Castellane Shipping · Lease, a timer that runs" in text(me.get(f"/time/{one.id}"))


def test_of_another_persons_timers_and_of_shut_matters_nothing_is_said(
    app: Flask, session: Session, world: World, me: Visitor, lawyer: Actor, berth: Matter, lease: Matter
):
    partner = make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)
    measured(session, lawyer, (berth, 0, 60))
    measured(session, partner, (lease, 0, 60))
    assert ">Overlaps</a>" not in text(me.get("/time?period=all"))
    measured(session, lawyer, (berth, 120, 180), (lease, 130, 170))
    assert text(me.get("/time?period=all")).count(">Overlaps</a>") == 2
    session.refresh(lease)
    wall_matter(session, actor=world.owner, matter_id=lease.id, membership_ids=[], version=lease.version)
    session.commit()
    assert "Lease" not in text(me.get(DAY))
    assert ">Overlaps</a>" not in text(me.get("/time?period=all"))
