"""Where several timers of one person run at once, no second of theirs is recorded twice, on any device, however late it is heard of."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.domain.timer_shares import SharingRule
from lexapp.models import Firm, Matter, TimeEntry, TimerEventRow
from lexapp.services.settings import TimeSettings, change_settings
from lexapp.services.time_entries import discard_time
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timers import TimerNote, discard_timer, restore_timer, start_timer, stop_timer
from tests.devices import Phone, key
from tests.factories import NOW, World, make_matter, make_member, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def me(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


def let_several_run(
    session: Session, world: World, rule: SharingRule = SharingRule.SPLIT, *, on: bool = True, at: datetime = NOW - timedelta(days=9)
) -> None:
    settings = TimeSettings(timers_at_once=on, shared_minutes=rule)
    version = session.get_one(Firm, world.owner.firm_id).version
    change_settings(session, actor=world.owner, version=version, settings=settings, now=at)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def seconds(session: Session) -> dict[int | None, tuple[int | None, int | None, int]]:
    """Measured, counted and recorded by timer."""
    session.expire_all()
    found = session.scalars(select(TimeEntry).where(TimeEntry.discarded_at.is_(None)))
    return {one.timer_id: (one.measured_seconds, one.counted_seconds, one.recorded_seconds) for one in found}


def test_starting_one_leaves_the_other_running_where_the_firm_wants_it(session: Session, world: World, me: Actor, matter: Matter):
    let_several_run(session, world)
    one = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    two = start_timer(session, actor=me, note=TimerNote(matter.id), now=after(10))
    assert (one.state, two.state) == ("running", "running")
    let_several_run(session, world, on=False)
    three = start_timer(session, actor=me, note=TimerNote(matter.id), now=after(20))
    session.expire_all()
    assert [timer.state for timer in (one, two, three)] == ["paused", "paused", "running"]


@pytest.mark.parametrize(
    ("rule", "first", "second"), [(SharingRule.SPLIT, 20, 20), (SharingRule.FIRST, 30, 10), (SharingRule.LAST, 10, 30)]
)
def test_shared_minutes_follow_the_rule_and_measured_stays(
    session: Session, world: World, me: Actor, matter: Matter, rule: SharingRule, first: int, second: int
):
    let_several_run(session, world, rule)
    one = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    two = start_timer(session, actor=me, note=TimerNote(matter.id), now=after(10))
    stop_timer(session, actor=me, timer_id=one.id, now=after(30))
    stop_timer(session, actor=me, timer_id=two.id, now=after(40))
    assert seconds(session) == {
        one.id: (30 * 60, first * 60, first * 60),
        two.id: (30 * 60, second * 60, second * 60),
    }


def test_a_discarded_timer_gives_its_minutes_back_and_takes_them_again(session: Session, world: World, me: Actor, matter: Matter):
    let_several_run(session, world)
    one = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    two = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    stop_timer(session, actor=me, timer_id=one.id, now=after(30))
    assert seconds(session)[one.id] == (1800, 900, 900)
    discard_timer(session, actor=me, timer_id=two.id, now=after(31))
    assert seconds(session)[one.id] == (1800, 1800, 1800)
    restore_timer(session, actor=me, timer_id=two.id, now=after(32))
    stop_timer(session, actor=me, timer_id=two.id, now=after(33))
    assert seconds(session) == {one.id: (1800, 900, 900), two.id: (31 * 60, 900 + 60, 900 + 60)}


def test_late_news_of_a_phone_shares_with_an_entry_that_stands_and_not_with_one_that_was_discarded(
    session: Session, world: World, me: Actor, matter: Matter
):
    let_several_run(session, world)
    desk = start_timer(session, actor=me, note=TimerNote(matter.id), now=after(-60))
    entry = stop_timer(session, actor=me, timer_id=desk.id, now=after(0))
    phone, away = Phone.of(me), key()
    phone.keep("start", away, after(-40), matter_id=matter.id)
    phone.keep("stop", away, after(-20))
    sync_timer_events(session, actor=me, post=phone.read(NOW), now=NOW)
    assert sorted(seconds(session).values()) == [(1200, 600, 600), (3600, 3000, 3000)]
    discard_time(session, actor=me, entry_id=entry.id, version=entry.version)
    assert list(seconds(session).values()) == [(1200, 1200, 1200)]
    third = Phone.of(me)
    third.keep("start", later := key(), after(-60), matter_id=matter.id)
    third.keep("stop", later, after(-30))
    sync_timer_events(session, actor=me, post=third.read(after(1)), now=after(1))
    assert sorted(seconds(session).values()) == [(1200, 900, 900), (1800, 1500, 1500)]


def test_where_one_runs_at_a_time_a_late_start_elsewhere_was_leaving_the_first(session: Session, me: Actor, matter: Matter):
    desk = start_timer(session, actor=me, note=TimerNote(matter.id), now=after(-60))
    phone, away = Phone.of(me), key()
    phone.keep("start", away, after(-40), matter_id=matter.id)
    phone.keep("stop", away, after(-20))
    sync_timer_events(session, actor=me, post=phone.read(NOW), now=NOW)
    stop_timer(session, actor=me, timer_id=desk.id, now=NOW)
    assert sorted(seconds(session).values()) == [(1200, 1200, 1200), (3600, 2400, 2400)]


def test_what_was_taken_off_stays_measured_and_is_not_recorded(session: Session, me: Actor, matter: Matter):
    phone, timer = Phone.of(me), key()
    phone.keep("start", timer, after(-60), matter_id=matter.id)
    phone.keep("stop", timer, after(-10))
    phone.keep("trim", timer, after(-5), since_seconds=25 * 60, until_seconds=5 * 60)
    sync_timer_events(session, actor=me, post=phone.read(NOW), now=NOW)
    assert list(seconds(session).values()) == [(3000, 1800, 1800)]
    assert [row.said for row in session.scalars(select(TimerEventRow).where(TimerEventRow.kind == "trim"))] == [
        {"since_seconds": 1500, "until_seconds": 300}
    ]


def test_a_trim_of_an_entry_that_was_typed_over_waits_for_a_person(session: Session, me: Actor, matter: Matter):
    phone, timer = Phone.of(me), key()
    phone.keep("start", timer, after(-60), matter_id=matter.id)
    phone.keep("stop", timer, after(-10), recorded_seconds=900)
    phone.keep("trim", timer, after(-5), since_seconds=25 * 60, until_seconds=5 * 60)
    sync_timer_events(session, actor=me, post=phone.read(NOW, phone.waiting[:2]), now=NOW)
    [answer] = sync_timer_events(session, actor=me, post=phone.read(NOW, phone.waiting[2:]), now=NOW)
    assert (answer.outcome, answer.reason) == ("parked", "entry_was_edited")
    assert [one[2] for one in seconds(session).values()] == [900]
