"""What a phone sends late of a timer whose matter is shut by now: nothing is made twice, nothing is blocked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lexapp.books.time_entries import work_of
from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, TimeEntry, Timer, TimerEventRow
from lexapp.queries.timer_tray import SHUT, TrayItem, tray_items
from lexapp.queries.timers import one_timer, open_timers
from lexapp.queries.walls import Outside, stand_outside
from lexapp.services.matters import change_matter_status
from lexapp.services.time_entries import edit_time
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timer_tray import Choice, keep_as_it_is, record_time
from lexapp.services.timers import TimerNote, edit_timer, start_timer, stop_timer
from lexapp.services.walls import wall_matter
from tests.devices import Phone, key
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world

UNWALLED = {"through_walls": True}


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def me(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def other(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner, name="Other matter")


@pytest.fixture
def phone(me: Actor) -> Phone:
    return Phone.of(me)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def sync(session: Session, me: Actor, phone: Phone, now: datetime = NOW) -> list[tuple[str, str]]:
    """The answers to what the phone keeps; what was answered is sent no more."""
    answers = sync_timer_events(session, actor=me, post=phone.read(now), now=now)
    phone.waiting.clear()
    session.expire_all()
    return [(answer.outcome, answer.reason) for answer in answers]


def wall(session: Session, world: World, me: Actor, matter_id: int) -> None:
    """Shut the matter to me, and stand outside from now on."""
    version = session.get_one(Matter, matter_id).version
    session.rollback()
    wall_matter(session, actor=world.owner, matter_id=matter_id, membership_ids=[], version=version, now=NOW)
    stand_outside(session, Outside(me.firm_id, me.membership_id))
    session.expire_all()


def lose_sight(session: Session, me: Actor) -> None:
    """As after a change of role: my timer was started on a walled matter while I saw all."""
    stand_outside(session, Outside(me.firm_id, me.membership_id))
    session.expire_all()


def wall_before(session: Session, world: World, matter: Matter) -> None:
    wall_matter(session, actor=world.owner, matter_id=matter.id, membership_ids=[], version=matter.version, now=NOW)
    session.expire_all()


def close(session: Session, world: World, matter: Matter) -> None:
    change_matter_status(session, actor=world.owner, matter_id=matter.id, action="close", version=matter.version, now=NOW)


def entries(session: Session) -> list[TimeEntry]:
    return list(session.scalars(select(TimeEntry).order_by(TimeEntry.id), execution_options=UNWALLED))


def states(session: Session) -> list[str]:
    return list(session.scalars(select(Timer.state).order_by(Timer.id), execution_options=UNWALLED))


def tray(session: Session, me: Actor) -> list[TrayItem]:
    return tray_items(session, firm_id=me.firm_id, timekeeper_id=me.timekeeper_id or 0, now=NOW)


def test_a_late_event_of_a_timer_on_a_walled_matter_is_kept_and_blocks_nothing(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone
):
    timer, walled, open_ = key(), matter.id, other.id
    phone.keep("start", timer, ago(60), matter_id=walled)
    phone.keep("stop", timer, ago(30))
    assert sync(session, me, phone) == [("applied", "")] * 2
    wall(session, world, me, walled)
    phone.keep("stop", timer, ago(40))
    phone.keep("quick_entry", key(), ago(5), matter_id=open_, recorded_seconds=360)
    assert sync(session, me, phone, NOW + timedelta(seconds=1)) == [("parked", "matter_unknown"), ("applied", "")]
    assert [(entry.matter_id, entry.recorded_seconds) for entry in entries(session)] == [(walled, 1800), (open_, 360)]
    assert session.scalar(select(func.count(Timer.id)), execution_options=UNWALLED) == 2


def test_an_entry_that_was_moved_to_a_matter_walled_since_is_not_made_again(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone
):
    timer, walled = key(), other.id
    phone.keep("start", timer, ago(60), matter_id=matter.id)
    phone.keep("stop", timer, ago(30))
    sync(session, me, phone)
    [entry] = entries(session)
    move(session, me, entry, walled)
    wall(session, world, me, walled)
    phone.keep("stop", timer, ago(40))
    assert sync(session, me, phone, NOW + timedelta(seconds=1)) == [("parked", "matter_unknown")]
    assert [(one.matter_id, one.recorded_seconds) for one in entries(session)] == [(walled, 1800)]
    [item] = tray(session, me)
    assert (item.title, item.matter_id, item.entry_seconds, item.entry_narrative) == (SHUT, None, None, "")
    keep_as_it_is(session, actor=me, event_id=item.event_id, now=NOW)
    assert tray(session, me) == []


def move(session: Session, me: Actor, entry: TimeEntry, matter_id: int) -> None:
    edit_time(session, actor=me, entry_id=entry.id, version=entry.version, work=replace(work_of(entry), matter_id=matter_id), now=NOW)
    session.expire_all()


def test_a_timer_that_runs_on_a_walled_matter_makes_room_for_the_next(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone
):
    timer, walled, open_ = key(), matter.id, other.id
    wall_before(session, world, matter)
    phone.keep("start", timer, ago(60), matter_id=walled)
    sync(session, me, phone)
    lose_sight(session, me)
    phone.keep("start", key(), ago(20), matter_id=open_)
    assert sync(session, me, phone, NOW + timedelta(seconds=1)) == [("applied", "")]
    assert states(session) == ["paused", "running"]
    phone.keep("stop", timer, ago(30))
    assert sync(session, me, phone, NOW + timedelta(seconds=2)) == [("parked", "matter_unknown")]
    assert (states(session), entries(session)) == (["stopped", "running"], [])


def test_ones_own_timer_on_a_walled_matter_does_not_keep_the_desk_from_starting(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter
):
    walled, open_ = matter.id, other.id
    wall_before(session, world, matter)
    start_timer(session, actor=me, note=TimerNote(walled), now=ago(60))
    lose_sight(session, me)
    start_timer(session, actor=me, note=TimerNote(open_), now=ago(10))
    session.expire_all()
    assert states(session) == ["paused", "running"]


def test_a_timer_whose_matter_is_shut_by_now_is_decided_in_the_tray_with_what_is_ones_own(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone
):
    timer, walled, open_ = key(), matter.id, other.id
    wall_before(session, world, matter)
    phone.keep("start", timer, ago(60), matter_id=walled, narrative="Own words")
    sync(session, me, phone)
    lose_sight(session, me)
    phone.waiting.clear()
    phone.keep("stop", timer, ago(30))
    assert sync(session, me, phone, NOW + timedelta(seconds=1)) == [("parked", "matter_unknown")]
    [item] = tray(session, me)
    assert (item.title, item.matter_id, item.narrative, item.seconds, item.is_waiting) == (SHUT, None, "Own words", 1800, True)
    record_time(session, actor=me, event_id=item.event_id, choice=Choice(open_, 1800, "Own words"), now=NOW)
    assert [(entry.matter_id, entry.recorded_seconds) for entry in entries(session)] == [(open_, 1800)]
    assert tray(session, me) == []


def test_ones_own_timer_on_a_shut_matter_opens_at_the_desk_without_the_matter(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter
):
    walled, open_ = matter.id, other.id
    wall_before(session, world, matter)
    timer_id = start_timer(session, actor=me, note=TimerNote(walled, "Own words"), now=ago(60)).id
    lose_sight(session, me)
    mine = {"firm_id": me.firm_id, "timekeeper_id": me.timekeeper_id or 0, "now": NOW}
    line = one_timer(session, timer_id=timer_id, **mine)
    assert line is not None
    assert (line.title, line.matter_id, line.narrative, line.seconds) == (SHUT, None, "Own words", 3600)
    assert [one.id for one in open_timers(session, on=TODAY, **mine).timers] == [timer_id]
    edit_timer(session, actor=me, timer_id=timer_id, version=line.version, note=TimerNote(None, "More words"), now=ago(20))
    session.expire_all()
    assert session.scalar(select(Timer.matter_id), execution_options=UNWALLED) == walled
    with pytest.raises(InvalidInput, match="matter") as refused:
        stop_timer(session, actor=me, timer_id=timer_id, now=ago(10))
    assert refused.value.field == "matter_id"
    stop_timer(session, actor=me, timer_id=timer_id, note=TimerNote(open_, "More words"), now=ago(10))
    assert [(entry.matter_id, entry.narrative) for entry in entries(session)] == [(open_, "More words")]


@pytest.mark.parametrize("shut", ["closed", "walled"])
def test_time_that_was_given_to_a_matter_that_is_shut_does_not_go_to_the_one_before(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone, shut: str
):
    timer, before, wanted = key(), matter.id, other.id
    phone.keep("start", timer, ago(60), matter_id=before)
    phone.keep("assign", timer, ago(40), {"matter_id": before}, matter_id=wanted)
    phone.keep("stop", timer, ago(30))
    if shut == "closed":
        close(session, world, other)
    else:
        wall(session, world, me, wanted)
    reason = "matter_is_closed" if shut == "closed" else "matter_unknown"
    assert sync(session, me, phone) == [("applied", ""), ("parked", reason), ("parked", "needs_matter")]
    assert entries(session) == []
    assert [(item.reason, item.matter_id, item.seconds) for item in tray(session, me)] == [(reason, None, 1800)]
    assert set(session.scalars(select(TimerEventRow.resolution))) == {""}


def shut_out(session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone) -> str:
    """A timer that was moved to a matter closed by now, and stopped."""
    timer = key()
    close(session, world, other)
    phone.keep("start", timer, ago(60), matter_id=matter.id)
    phone.keep("assign", timer, ago(40), {"matter_id": matter.id}, matter_id=other.id)
    phone.keep("stop", timer, ago(30))
    sync(session, me, phone)
    return timer


def resolutions(session: Session) -> set[str]:
    return set(session.scalars(select(TimerEventRow.resolution).where(TimerEventRow.outcome == "parked")))


def test_a_later_matter_that_takes_work_settles_it(session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone):
    timer = shut_out(session, world, me, matter, other, phone)
    laptop = Phone.of(me)
    laptop.keep("assign", timer, ago(50), matter_id=matter.id)
    sync(session, me, laptop, NOW + timedelta(seconds=1))
    assert entries(session) == []
    phone.keep("assign", timer, ago(5), matter_id=matter.id)
    assert sync(session, me, phone, NOW + timedelta(seconds=2)) == [("applied", "")]
    assert [(entry.matter_id, entry.recorded_seconds) for entry in entries(session)] == [(matter.id, 1800)]
    assert resolutions(session) == {"recorded"}


def test_a_person_settles_it_in_the_tray(session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone):
    shut_out(session, world, me, matter, other, phone)
    [item] = tray(session, me)
    record_time(session, actor=me, event_id=item.event_id, choice=Choice(matter.id, 1800), now=NOW)
    assert [(entry.matter_id, entry.recorded_seconds) for entry in entries(session)] == [(matter.id, 1800)]
    assert (resolutions(session), tray(session, me)) == ({"recorded"}, [])


def test_time_that_was_given_up_is_not_recorded_by_what_comes_later(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, phone: Phone
):
    timer = shut_out(session, world, me, matter, other, phone)
    [item] = tray(session, me)
    keep_as_it_is(session, actor=me, event_id=item.event_id, now=NOW)
    phone.keep("note", timer, ago(35), narrative="Late words")
    sync(session, me, phone, NOW + timedelta(seconds=1))
    assert (entries(session), resolutions(session)) == ([], {"given_up"})


def test_time_recorded_beside_an_entry_is_not_of_the_timer(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(60))
    stop_timer(session, actor=me, timer_id=timer.id, now=ago(30))
    phone.keep("stop", timer.client_key, ago(10))
    sync(session, me, phone)
    [item] = tray(session, me)
    record_time(session, actor=me, event_id=item.event_id, choice=Choice(matter.id, item.seconds), now=NOW)
    assert [entry.timer_id for entry in entries(session)] == [timer.id, None]


def test_the_database_takes_one_kept_entry_of_a_timer(session: Session, me: Actor, matter: Matter):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(60))
    stop_timer(session, actor=me, timer_id=timer.id, now=ago(30))
    timer_id = timer.id
    beside = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(20))
    other_id = stop_timer(session, actor=me, timer_id=beside.id, now=ago(10)).id
    session.rollback()
    with pytest.raises(IntegrityError), transaction(session, me.firm_id):
        session.get_one(TimeEntry, other_id).timer_id = timer_id
