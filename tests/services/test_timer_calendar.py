"""The right day and the right length of what was timed when clocks change, at midnight, on a leap day and over zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.domain.timer_quiet import seconds_within
from lexapp.models import Matter, TimeEntry
from lexapp.queries.day_lines import measured_stretches
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timers import TimerNote, pause_timer, resume_timer, start_timer, stop_timer
from tests.devices import Phone, key
from tests.factories import make_matter, make_member, make_world

NEW_YORK = "America/New_York"
CASES = [
    pytest.param(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), 60, date(2026, 3, 8), id="over the hour that is left out"),
    pytest.param(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), 90, date(2026, 11, 1), id="over the hour that comes twice"),
    pytest.param(datetime(2026, 11, 1, 6, 10, tzinfo=UTC), 20, date(2026, 11, 1), id="within the hour that comes the second time"),
    pytest.param(datetime(2026, 3, 8, 4, 50, tzinfo=UTC), 20, date(2026, 3, 7), id="over midnight before the change"),
    pytest.param(datetime(2027, 1, 1, 4, 45, tzinfo=UTC), 30, date(2026, 12, 31), id="over the year's end"),
    pytest.param(datetime(2028, 2, 29, 15, 0, tzinfo=UTC), 60, date(2028, 2, 29), id="on a leap day"),
    pytest.param(datetime(2028, 3, 1, 4, 50, tzinfo=UTC), 20, date(2028, 2, 29), id="over the midnight after a leap day"),
    pytest.param(datetime(2028, 2, 29, 4, 50, tzinfo=UTC), 20, date(2028, 2, 28), id="over the midnight before a leap day"),
]


@pytest.fixture
def me(session: Session) -> Actor:
    world = make_world(session)
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def matter(session: Session, me: Actor) -> Matter:
    return make_matter(session, me)


def only(session: Session) -> TimeEntry:
    session.expire_all()
    return session.scalars(select(TimeEntry)).one()


@pytest.mark.parametrize(("began", "minutes", "day"), CASES)
def test_a_timer_at_the_desk(session: Session, me: Actor, matter: Matter, began: datetime, minutes: int, day: date):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=began)
    entry = stop_timer(session, actor=me, timer_id=timer.id, now=began + timedelta(minutes=minutes))
    assert (entry.worked_on, entry.measured_seconds, entry.recorded_seconds) == (day, minutes * 60, minutes * 60)


@pytest.mark.parametrize(("began", "minutes", "day"), CASES)
def test_a_day_shows_what_lies_in_it(session: Session, me: Actor, matter: Matter, began: datetime, minutes: int, day: date):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=began)
    end = began + timedelta(minutes=minutes)
    stop_timer(session, actor=me, timer_id=timer.id, now=end)
    mine = {"firm_id": me.firm_id, "timekeeper_id": me.timekeeper_id or 0, "zone": NEW_YORK, "now": end + timedelta(days=2)}
    days = (day - timedelta(days=1), day, day + timedelta(days=1))
    shown = [measured_stretches(session, day=one, **mine) for one in days]  # type: ignore[arg-type]
    assert not shown[0]
    assert sum(stretch.seconds for stretches in shown for stretch in stretches) == minutes * 60
    assert seconds_within([(stretch.begin, stretch.end) for stretch in shown[1]], began, end) == shown[1][0].seconds


def test_a_pause_in_the_hour_that_comes_twice_is_left_out_once(session: Session, me: Actor, matter: Matter):
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 1:30, and again an hour later
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=first)
    pause_timer(session, actor=me, timer_id=timer.id, now=first + timedelta(minutes=20))
    resume_timer(session, actor=me, timer_id=timer.id, now=first + timedelta(hours=1))
    entry = stop_timer(session, actor=me, timer_id=timer.id, now=first + timedelta(hours=1, minutes=20))
    assert (entry.worked_on, entry.measured_seconds) == (date(2026, 11, 1), 40 * 60)


@pytest.mark.parametrize(
    ("began", "first", "then", "hours", "day"),
    [
        pytest.param(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), -300, -240, 1, date(2026, 3, 8), id="the hour that is left out"),
        pytest.param(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), -240, -300, 1, date(2026, 11, 1), id="the hour that comes twice"),
        pytest.param(datetime(2026, 3, 4, 23, 30, tzinfo=UTC), 60, -300, 9, date(2026, 3, 5), id="a flight west, back over midnight"),
        pytest.param(datetime(2026, 3, 5, 3, 0, tzinfo=UTC), -300, 60, 8, date(2026, 3, 4), id="a flight east, over midnight"),
        pytest.param(datetime(2026, 3, 4, 11, 0, tzinfo=UTC), 840, -600, 10, date(2026, 3, 5), id="over the date line, back to yesterday"),
        pytest.param(datetime(2028, 2, 28, 22, 0, tzinfo=UTC), 180, -300, 5, date(2028, 2, 29), id="into a leap day, and out of it"),
    ],
)
def test_a_phone_that_shows_another_zone_at_the_end(
    session: Session, me: Actor, matter: Matter, began: datetime, first: int, then: int, hours: int, day: date
):
    phone, timer, end = Phone.of(me, offset=first), key(), began + timedelta(hours=hours)
    phone.keep("start", timer, began, matter_id=matter.id)
    phone.offset = then
    phone.keep("stop", timer, end)
    sync_timer_events(session, actor=me, post=phone.read(end), now=end)
    entry = only(session)
    assert (entry.worked_on, entry.measured_seconds, entry.recorded_seconds) == (day, hours * 3600, hours * 3600)
