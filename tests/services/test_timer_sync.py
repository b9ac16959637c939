"""What a phone kept offline arrives once, in its place, and becomes priced entries; what cannot is kept for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lexapp.domain.errors import NotAllowed
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, TimeEntry, Timer, TimerEventRow, TimerSegment
from lexapp.services.matters import change_matter_status
from lexapp.services.time_entries import discard_time
from lexapp.services.timer_sync import Answer, sync_timer_events
from lexapp.services.timers import TimerNote, edit_timer, pause_timer, start_timer, stop_timer
from tests.devices import Phone, key
from tests.factories import NOW, TODAY, World, make_matter, make_member, make_world


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
def phone(me: Actor) -> Phone:
    return Phone.of(me)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def sync(session: Session, me: Actor, phone: Phone, events: list[Any] | None = None, now: datetime = NOW) -> list[Answer]:
    answers = sync_timer_events(session, actor=me, post=phone.read(now, events), now=now)
    session.expire_all()
    return answers


def outcomes(answers: list[Answer]) -> list[tuple[str, str]]:
    return [(answer.outcome, answer.reason) for answer in answers]


def entries(session: Session) -> list[TimeEntry]:
    return list(session.scalars(select(TimeEntry).order_by(TimeEntry.id)))


def test_a_day_in_court_becomes_priced_entries(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = key()
    phone.keep("start", timer, ago(90), matter_id=matter.id, narrative="Hearing")
    phone.keep("pause", timer, ago(60))
    phone.keep("resume", timer, ago(40))
    phone.keep("note", timer, ago(20), {"narrative": "Hearing"}, narrative="Attend hearing on motion", activity_code="A109")
    phone.keep("stop", timer, ago(10))
    assert outcomes(sync(session, me, phone)) == [("applied", "")] * 5
    [entry] = entries(session)
    assert (entry.measured_seconds, entry.recorded_seconds, entry.quantity_hundredths) == (3600, 3600, 100)
    assert (entry.narrative, entry.activity_code, entry.worked_on) == ("Attend hearing on motion", "A109", TODAY)
    assert (entry.rate_minor_per_hour, entry.amount_minor) == (500_00, 500_00)


def test_a_quick_entry_needs_no_timer(session: Session, me: Actor, matter: Matter, phone: Phone):
    phone.keep("quick_entry", key(), ago(5), matter_id=matter.id, recorded_seconds=1080, narrative="Call")
    assert outcomes(sync(session, me, phone)) == [("applied", "")]
    [entry] = entries(session)
    assert (entry.recorded_seconds, entry.quantity_hundredths, entry.narrative) == (1080, 30, "Call")


def test_the_same_post_again_and_again_records_once(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = key()
    phone.keep("start", timer, ago(30), matter_id=matter.id)
    phone.keep("stop", timer, ago(10))
    sync(session, me, phone)
    for _ in range(3):
        assert {answer.outcome for answer in sync(session, me, phone)} == {"duplicate"}
    assert len(entries(session)) == 1
    assert session.scalar(select(func.count(TimerEventRow.id))) == 2


def test_events_arrive_in_any_order_and_in_pieces(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = key()
    start = phone.keep("start", timer, ago(60), matter_id=matter.id)
    pause = phone.keep("pause", timer, ago(30))
    resume = phone.keep("resume", timer, ago(20))
    stop = phone.keep("stop", timer, ago(10))
    assert outcomes(sync(session, me, phone, [stop])) == [("parked", "start_missing")]
    assert entries(session) == []
    assert outcomes(sync(session, me, phone, [start])) == [("applied", "")]
    assert [entry.measured_seconds for entry in entries(session)] == [50 * 60]
    sync(session, me, phone, [resume, pause])
    assert [(entry.measured_seconds, entry.recorded_seconds, entry.quantity_hundredths) for entry in entries(session)] == [(2400, 2400, 70)]
    kept = session.execute(select(TimerEventRow.kind, TimerEventRow.outcome, TimerEventRow.flags).order_by(TimerEventRow.device_sequence))
    flags = {"start": [], "pause": [], "resume": [], "stop": ["gap"]}
    assert [tuple(row) for row in kept] == [(kind, "applied", flags[kind]) for kind in flags]


def test_a_bad_event_in_the_middle_blocks_nothing(session: Session, me: Actor, matter: Matter, phone: Phone):
    for number in range(20):
        phone.keep("quick_entry", key(), ago(100 - number), matter_id=matter.id, recorded_seconds=360)
    phone.waiting[7] = {**phone.waiting[7], "at": "yesterday"}
    phone.waiting[9] = "half a JSON"  # type: ignore[call-overload]
    phone.waiting[11] = {**phone.waiting[11], "said": {"recorded_seconds": -5}}
    phone.waiting[13] = {**phone.waiting[13], "user": me.user_id + 1}
    found = outcomes(sync(session, me, phone))
    refused = {7: "instant_unreadable", 9: "event_unreadable", 11: "duration_out_of_range", 13: "other_user"}
    assert found == [("rejected", refused[place]) if place in refused else ("applied", "") for place in range(20)]
    assert len(entries(session)) == 16


def test_an_id_used_for_something_else_is_rejected(session: Session, me: Actor, matter: Matter, phone: Phone):
    event = phone.keep("quick_entry", key(), ago(5), matter_id=matter.id, recorded_seconds=360)
    sync(session, me, phone)
    other = {**event, "said": {**event["said"], "recorded_seconds": 3600}}
    assert outcomes(sync(session, me, phone, [other])) == [("rejected", "id_reused")]
    assert [entry.recorded_seconds for entry in entries(session)] == [360]


def test_without_a_matter_the_time_is_kept_until_it_has_one(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = key()
    phone.keep("start", timer, ago(30), label="Smith, hallway")
    phone.keep("stop", timer, ago(10))
    assert outcomes(sync(session, me, phone))[1] == ("parked", "needs_matter")
    [stopped] = session.scalars(select(Timer))
    assert (stopped.state, stopped.matter_id, stopped.label) == ("stopped", None, "Smith, hallway")
    phone.keep("assign", timer, ago(1), matter_id=matter.id)
    assert outcomes(sync(session, me, phone))[2] == ("applied", "")
    assert [(entry.recorded_seconds, entry.matter_id) for entry in entries(session)] == [(1200, matter.id)]


def test_a_matter_closed_meanwhile_parks_the_time(session: Session, world: World, me: Actor, matter: Matter, phone: Phone):
    change_matter_status(session, actor=world.owner, matter_id=matter.id, action="close", version=matter.version, now=NOW)
    timer = key()
    phone.keep("start", timer, ago(30), matter_id=matter.id)
    phone.keep("stop", timer, ago(10))
    assert outcomes(sync(session, me, phone)) == [("parked", "matter_is_closed"), ("parked", "needs_matter")]
    assert entries(session) == []
    assert session.scalar(select(func.count(TimerSegment.id))) == 1


def test_another_firms_matter_is_unknown(session: Session, me: Actor, phone: Phone):
    other = make_world(session, name="Other LLP")
    theirs = make_matter(session, other.owner)
    phone.keep("quick_entry", key(), ago(5), matter_id=theirs.id, recorded_seconds=360)
    assert outcomes(sync(session, me, phone)) == [("parked", "matter_unknown")]


def test_a_timer_of_somebody_else_is_refused(session: Session, world: World, me: Actor, matter: Matter, phone: Phone):
    other = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    timer = start_timer(session, actor=other, note=TimerNote(matter.id), now=ago(60))
    phone.keep("stop", timer.client_key, ago(10))
    assert outcomes(sync(session, me, phone)) == [("rejected", "not_yours")]


def test_of_two_stops_the_earlier_stands_and_the_later_is_kept(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(60))
    stop_timer(session, actor=me, timer_id=timer.id, now=ago(30))
    phone.keep("stop", timer.client_key, ago(10))
    assert outcomes(sync(session, me, phone)) == [("conflict", "two_ends")]
    assert [entry.measured_seconds for entry in entries(session)] == [1800]


def test_a_stop_that_was_earlier_moves_an_untouched_entry(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(60))
    stop_timer(session, actor=me, timer_id=timer.id, now=ago(10))
    phone.keep("stop", timer.client_key, ago(30))
    assert outcomes(sync(session, me, phone)) == [("applied", "")]
    [entry] = entries(session)
    assert (entry.measured_seconds, entry.recorded_seconds, entry.quantity_hundredths) == (1800, 1800, 50)


@pytest.mark.parametrize(("touch", "reason"), [("edit", "entry_was_edited"), ("discard", "entry_was_discarded")])
def test_an_entry_that_somebody_touched_stays_and_the_news_is_parked(
    session: Session, me: Actor, matter: Matter, phone: Phone, touch: str, reason: str
):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(60))
    typed = 2400 if touch == "edit" else None
    entry = stop_timer(session, actor=me, timer_id=timer.id, recorded_seconds=typed, now=ago(10))
    if touch == "discard":
        discard_time(session, actor=me, entry_id=entry.id, version=entry.version)
    phone.keep("stop", timer.client_key, ago(30))
    assert outcomes(sync(session, me, phone)) == [("parked", reason)]
    assert [entry.recorded_seconds for entry in entries(session)] == [typed or 3000]


def test_starting_on_the_phone_leaves_the_timer_on_the_desk_where_that_began(session: Session, me: Actor, matter: Matter, phone: Phone):
    desk = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(60))
    phone.keep("start", key(), ago(20), matter_id=matter.id)
    sync(session, me, phone)
    assert session.get_one(Timer, desk.id).state == "paused"
    [segment] = session.scalars(select(TimerSegment).where(TimerSegment.timer_id == desk.id))
    assert segment.ended_at == ago(20)
    assert session.scalar(select(func.count(Timer.id)).where(Timer.state == "running")) == 1


def test_a_timer_that_the_phone_does_not_touch_is_not_changed(session: Session, me: Actor, matter: Matter, phone: Phone):
    desk = start_timer(session, actor=me, note=TimerNote(matter.id), now=ago(60))
    version = desk.version
    phone.keep("quick_entry", key(), ago(20), matter_id=matter.id, recorded_seconds=360)
    sync(session, me, phone)
    assert session.get_one(Timer, desk.id).version == version


def test_two_texts_are_both_kept(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = start_timer(session, actor=me, note=TimerNote(matter.id, "Call"), now=ago(60))
    edit_timer(session, actor=me, timer_id=timer.id, version=timer.version, note=TimerNote(matter.id, "Call with counsel"), now=ago(30))
    phone.keep("note", timer.client_key, ago(10), {"narrative": "Call"}, narrative="Telephone conference")
    assert outcomes(sync(session, me, phone)) == [("conflict", "two_texts")]
    assert session.get_one(Timer, timer.id).narrative == "Telephone conference"


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=-1), timedelta(days=3)])
def test_a_phone_with_a_wrong_clock_records_the_right_time(session: Session, me: Actor, matter: Matter, ahead: timedelta):
    phone, timer = Phone.of(me, ahead=ahead, knows=None), key()
    phone.keep("start", timer, ago(45), matter_id=matter.id)
    phone.keep("stop", timer, ago(15))
    sync(session, me, phone)
    [entry] = entries(session)
    assert (entry.measured_seconds, entry.worked_on) == (1800, TODAY)
    row = session.scalars(select(TimerEventRow).where(TimerEventRow.kind == "start")).one()
    assert (row.at, row.at_wall) == (ago(45), ago(45) + ahead)
    assert "clock_wrong" in row.flags


def test_the_entry_is_dated_where_the_timer_started(session: Session, me: Actor, matter: Matter):
    phone, timer = Phone.of(me, offset=14 * 60), key()
    late = datetime(2026, 3, 3, 11, 0, tzinfo=NOW.tzinfo)
    phone.keep("start", timer, late, matter_id=matter.id)
    phone.offset = -10 * 60
    phone.keep("stop", timer, late + timedelta(hours=2))
    sync(session, me, phone, now=late + timedelta(hours=3))
    assert [(entry.worked_on, entry.measured_seconds) for entry in entries(session)] == [(date(2026, 3, 4), 7200)]


def test_more_than_a_day_is_kept_for_a_person(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = key()
    phone.keep("start", timer, ago(60 * 40), matter_id=matter.id)
    phone.keep("stop", timer, ago(10))
    assert outcomes(sync(session, me, phone))[1] == ("parked", "timer_over_a_day")
    assert entries(session) == []


def test_a_pause_at_the_desk_and_a_stop_on_the_phone_meet(session: Session, me: Actor, matter: Matter, phone: Phone):
    timer = key()
    phone.keep("start", timer, ago(60), matter_id=matter.id)
    sync(session, me, phone)
    [found] = session.scalars(select(Timer))
    pause_timer(session, actor=me, timer_id=found.id, now=ago(40))
    phone.waiting.clear()
    phone.keep("stop", timer, ago(10))
    assert outcomes(sync(session, me, phone)) == [("applied", "")]
    assert [entry.measured_seconds for entry in entries(session)] == [1200]


def test_somebody_who_records_no_time_is_told(session: Session, world: World, phone: Phone):
    clerk = replace(make_member(session, world.owner, Role.TIMEKEEPER), timekeeper_id=None)
    with pytest.raises(NotAllowed):
        sync_timer_events(session, actor=clerk, post=phone.read(NOW), now=NOW)
