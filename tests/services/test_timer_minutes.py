"""The same minutes in several timers, when one comes back, is given up, is billed, is shut, or when the firm's rule changes meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.errors import Conflict, InvalidInput
from lexapp.domain.permissions import Actor, Role
from lexapp.domain.timer_shares import SharingRule
from lexapp.models import Firm, Matter, PreBill, TimeEntry, Timer, TimerEventRow
from lexapp.queries.walls import Outside, stand_outside
from lexapp.services.pre_bills import draft_pre_bill
from lexapp.services.settings import TimeSettings, change_settings
from lexapp.services.time_entries import (
    discard_time,
    discard_time_entries,
    restore_time,
    take_back_time_changes,
)
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timer_tray import keep_as_it_is
from lexapp.services.timers import TimerNote, discard_timer, pause_timer, restore_timer, resume_timer, start_timer, stop_timer
from lexapp.services.walls import wall_matter
from tests.devices import Phone, key
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world

if TYPE_CHECKING:
    pass

MIDNIGHT = datetime(NOW.year, NOW.month, NOW.day, tzinfo=NOW.tzinfo)


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


@pytest.fixture(autouse=True)
def several_at_once(session: Session, world: World) -> None:
    let_run(session, world, SharingRule.SPLIT, at=NOW - timedelta(days=3))


def let_run(session: Session, world: World, rule: SharingRule | None, *, at: datetime, **more: object) -> None:
    """Several at once by that rule, or one at a time."""
    settings = TimeSettings(timers_at_once=rule is not None, shared_minutes=rule or SharingRule.SPLIT, **more)  # type: ignore[arg-type]
    session.expire_all()
    change_settings(session, actor=world.owner, version=session.get_one(Firm, world.owner.firm_id).version, settings=settings, now=at)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def minutes(session: Session, *timers: int) -> list[float | None]:
    """What the entries of these timers count; None where there is none."""
    session.expire_all()
    found = session.scalars(select(TimeEntry).where(TimeEntry.discarded_at.is_(None)))
    counted = {entry.timer_id: (entry.counted_seconds or 0) / 60 for entry in found}
    return [counted.get(timer) for timer in timers]


def start(session: Session, me: Actor, matter: Matter, at: float) -> int:
    return start_timer(session, actor=me, note=TimerNote(matter.id), now=after(at)).id


def stop(session: Session, me: Actor, timer_id: int, at: float) -> TimeEntry:
    return stop_timer(session, actor=me, timer_id=timer_id, now=after(at))


def refused_for(session: Session, me: Actor, timer_id: int, *, at: float) -> str:
    """Why a timer becomes no entry; nothing where it does."""
    try:
        stop(session, me, timer_id, at)
    except InvalidInput as error:
        return error.code
    return ""


def test_what_a_billed_timer_holds_is_taken_off_the_one_that_comes_back_and_off_no_neighbour(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter
):
    back, billed = start(session, me, other, 0), start(session, me, matter, 0)
    pause_timer(session, actor=me, timer_id=back, now=after(30))
    discard_timer(session, actor=me, timer_id=back, now=after(30))
    third = start(session, me, other, 30)
    stop(session, me, billed, 60)
    stop(session, me, third, 60)
    assert minutes(session, back, billed, third) == [None, 45, 15]
    draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=after(61))
    restore_timer(session, actor=me, timer_id=back, now=after(62))
    assert refused_for(session, me, back, at=63) == "timer_without_minutes"
    assert minutes(session, back, billed, third) == [None, 45, 15]
    resume_timer(session, actor=me, timer_id=back, now=after(70))
    stop(session, me, back, 72)
    assert minutes(session, back, billed, third) == [2, 45, 15]


@pytest.mark.parametrize("with_news", [False, True], ids=["alone", "with news of the other"])
@pytest.mark.parametrize("why", ["walled", "closed"])
def test_an_entry_that_cannot_follow_keeps_its_minutes_from_the_timer_that_comes_with_it(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, why: str, with_news: bool
):
    desk = key()
    one = start_timer(session, actor=me, note=TimerNote(other.id), client_key=desk, now=MIDNIGHT - timedelta(minutes=60))
    stop_timer(session, actor=me, timer_id=one.id, now=MIDNIGHT + timedelta(minutes=40))
    ids, matter_id = one.id, matter.id
    if why == "walled":
        version = session.get_one(Matter, other.id).version
        wall_matter(session, actor=world.owner, matter_id=other.id, membership_ids=[], version=version, now=NOW)
        session.expunge_all()
        stand_outside(session, Outside(me.firm_id, me.membership_id))
    else:
        let_run(session, world, SharingRule.SPLIT, at=NOW, time_closed_through=MIDNIGHT.date() - timedelta(days=1))
    phone, away = Phone.of(me), key()
    phone.keep("start", away, MIDNIGHT, matter_id=matter_id)
    phone.keep("stop", away, MIDNIGHT + timedelta(minutes=40))
    if with_news:
        phone.keep("note", desk, after(0.5), label="x")
    answers = sync_timer_events(session, actor=me, post=phone.read(after(1)), now=after(1))
    session.info.pop("walls", None)
    assert answers[1].outcome == "parked"
    assert minutes(session, ids) == [100]
    assert session.scalars(select(TimeEntry)).all() == [session.scalars(select(TimeEntry).where(TimeEntry.timer_id == ids)).one()]


def test_minutes_that_were_taken_from_a_neighbour_go_back_when_late_news_shorten_the_timer(
    session: Session, me: Actor, matter: Matter, other: Matter
):
    one = start(session, me, matter, -60)
    stop(session, me, one, 0)
    phone, away = Phone.of(me), key()
    phone.keep("start", away, after(-60), matter_id=other.id)
    phone.keep("stop", away, after(0))
    sync_timer_events(session, actor=me, post=phone.read(after(1)), now=after(1))
    assert minutes(session, one) == [30]
    late = Phone.of(me)
    late.keep("stop", away, after(-40))
    sync_timer_events(session, actor=me, post=late.read(after(2)), now=after(2))
    [second] = session.scalars(select(Timer.id).where(Timer.id != one))
    assert minutes(session, one, second) == [50, 10]


def test_what_is_billed_is_held_where_it_was_measured_when_late_news_say_that_the_timer_ended_before(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter
):
    desk = key()
    one = start_timer(session, actor=me, note=TimerNote(matter.id), client_key=desk, now=after(0)).id
    stop(session, me, one, 60)
    draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=after(61))
    phone, away = Phone.of(me), key()
    phone.keep("stop", desk, after(30))
    phone.keep("start", away, after(30), matter_id=other.id)
    phone.keep("stop", away, after(60))
    answers = sync_timer_events(session, actor=me, post=phone.read(after(70)), now=after(70))
    assert [answer.outcome for answer in answers] == ["parked", "applied", "parked"]
    assert answers[0].reason == "entry_is_billed"
    assert sum(session.scalars(select(TimeEntry.recorded_seconds))) == 3600


def test_an_entry_that_is_undone_gives_its_minutes_to_who_ran_beside_it_and_takes_them_again(
    session: Session, me: Actor, matter: Matter, other: Matter
):
    one, two = start(session, me, other, 0), start(session, me, matter, 0)
    entry = stop(session, me, one, 60)
    discard_time(session, actor=me, entry_id=entry.id, version=entry.version, now=after(60))
    stop(session, me, two, 60)
    assert minutes(session, one, two) == [None, 60]
    restore_time(session, actor=me, entry_id=entry.id, version=session.get_one(TimeEntry, entry.id).version, now=after(61))
    assert minutes(session, one, two) == [30, 30]
    undone = discard_time_entries(session, actor=me, versions={entry.id: session.get_one(TimeEntry, entry.id).version}, now=after(62))
    assert minutes(session, one, two) == [None, 60]
    take_back_time_changes(session, actor=me, command_id=undone.command_id, now=after(63))
    assert minutes(session, one, two) == [30, 30]


def test_an_entry_does_not_come_back_when_its_minutes_are_on_a_bill_by_now(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter
):
    one, two = start(session, me, other, 0), start(session, me, matter, 0)
    entry = stop(session, me, one, 60)
    stop(session, me, two, 60)
    discard_time(session, actor=me, entry_id=entry.id, version=entry.version, now=after(61))
    draft_pre_bill(session, actor=world.owner, matter_id=matter.id, through_on=TODAY, now=after(62))
    assert session.scalars(select(PreBill)).one()
    with pytest.raises(Conflict, match="in another entry by now"):
        restore_time(session, actor=me, entry_id=entry.id, version=session.get_one(TimeEntry, entry.id).version, now=after(63))
    assert minutes(session, one, two) == [None, 60]


def test_a_timer_that_is_given_up_in_the_tray_leaves_its_minutes_to_who_ran_beside_it(session: Session, me: Actor, matter: Matter):
    phone, without, beside = Phone.of(me), key(), key()
    phone.keep("start", without, after(-60))
    phone.keep("start", beside, after(-60), matter_id=matter.id)
    phone.keep("stop", without, after(-30))
    phone.keep("stop", beside, after(-30))
    sync_timer_events(session, actor=me, post=phone.read(NOW), now=NOW)
    ids = {timer.client_key: timer.id for timer in session.scalars(select(Timer))}
    assert minutes(session, ids[without], ids[beside]) == [None, 15]
    waiting = session.scalars(select(TimerEventRow.id).where(TimerEventRow.reason == "needs_matter")).one()
    keep_as_it_is(session, actor=me, event_id=waiting, now=after(1))
    assert minutes(session, ids[without], ids[beside]) == [None, 30]
    assert session.get_one(Timer, ids[without]).state == "discarded"
    restore_timer(session, actor=me, timer_id=ids[without], now=after(2))
    assert minutes(session, ids[without], ids[beside]) == [None, 15]


def test_no_device_gives_a_timer_up(session: Session, me: Actor, matter: Matter):
    phone, timer = Phone.of(me), key()
    phone.keep("start", timer, after(-60), matter_id=matter.id)
    phone.keep("give_up", timer, after(-30))
    assert [answer.outcome for answer in sync_timer_events(session, actor=me, post=phone.read(NOW), now=NOW)] == ["applied", "rejected"]


@pytest.mark.parametrize("later", [SharingRule.FIRST, SharingRule.LAST, None])
def test_another_rule_changes_no_minute_before_it(
    session: Session, world: World, me: Actor, matter: Matter, other: Matter, later: SharingRule | None
):
    phone, one, two = Phone.of(me), key(), key()
    phone.keep("start", one, after(-120), matter_id=matter.id)
    phone.keep("start", two, after(-60), matter_id=other.id)
    sync_timer_events(session, actor=me, post=phone.read(after(-59)), now=after(-59))
    let_run(session, world, later, at=after(-20) + timedelta(microseconds=700_000))
    late = Phone.of(me)
    late.keep("stop", one, after(-20))
    late.keep("stop", two, after(-20))
    late.keep("note", one, after(-10), narrative="More")
    answers = sync_timer_events(session, actor=me, post=late.read(NOW), now=NOW)
    assert {answer.outcome for answer in answers} == {"applied"}
    ids = {timer.client_key: timer.id for timer in session.scalars(select(Timer))}
    assert minutes(session, ids[one], ids[two]) == [80, 20]
    again = Phone.of(me)
    again.keep("note", one, after(-5), narrative="And more")
    sync_timer_events(session, actor=me, post=again.read(after(1)), now=after(1))
    assert minutes(session, ids[one], ids[two]) == [80, 20]


def test_minutes_after_a_change_of_the_rule_follow_the_new_one(session: Session, world: World, me: Actor, matter: Matter, other: Matter):
    one, two = start(session, me, matter, 0), start(session, me, other, 0)
    let_run(session, world, SharingRule.FIRST, at=after(20))
    let_run(session, world, SharingRule.LAST, at=after(30))
    stop(session, me, one, 60)
    stop(session, me, two, 60)
    assert minutes(session, one, two) == [20, 40]


def test_a_timer_whose_minutes_are_all_in_another_says_so(session: Session, world: World, me: Actor, matter: Matter, other: Matter):
    let_run(session, world, SharingRule.FIRST, at=NOW - timedelta(days=2))
    phone, one, two = Phone.of(me), key(), key()
    phone.keep("start", one, after(-60), matter_id=matter.id)
    phone.keep("start", two, after(-50), matter_id=other.id)
    phone.keep("stop", one, after(-20))
    phone.keep("stop", two, after(-20))
    answers = sync_timer_events(session, actor=me, post=phone.read(NOW), now=NOW)
    assert [(answer.outcome, answer.reason) for answer in answers[2:]] == [("applied", ""), ("parked", "timer_without_minutes")]
    assert "another timer" in answers[3].message
