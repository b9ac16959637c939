"""Timers: several per timekeeper, one running, whole seconds kept for ever, and an entry at the end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import Conflict, InvalidInput, KeyReused, NotAllowed, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, TimeEntry, Timer, TimerSegment
from lexapp.services.timers import (
    TimerNote,
    discard_timer,
    edit_timer,
    pause_timer,
    restore_timer,
    resume_timer,
    start_timer,
    stop_timer,
)
from tests.databases import Database
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


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


def running(session: Session, actor: Actor) -> list[int]:
    mine = (Timer.timekeeper_id == actor.timekeeper_id) & (Timer.state == "running")
    return list(session.scalars(select(Timer.id).where(mine)))


def test_a_timer_stopped_becomes_an_entry_of_whole_seconds_on_its_starting_day(session: Session, me: Actor, matter: Matter) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(matter.id, "Call with A. Strand", "L120", "A106"), now=NOW)
    entry = stop_timer(session, actor=me, timer_id=timer.id, now=after(minutes=7, milliseconds=900))
    assert (entry.measured_seconds, entry.recorded_seconds, entry.quantity_hundredths) == (420, 420, 20)
    assert (entry.rate_minor_per_hour, entry.amount_minor) == (500_00, 100_00)
    assert (entry.worked_on, entry.narrative, entry.task_code, entry.activity_code) == (TODAY, "Call with A. Strand", "L120", "A106")
    assert session.get_one(Timer, timer.id).state == "stopped"
    assert entry.timer_id == timer.id


def test_pausing_keeps_every_segment_and_counts_only_what_ran(session: Session, me: Actor, matter: Matter) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    pause_timer(session, actor=me, timer_id=timer.id, now=after(minutes=10))
    resume_timer(session, actor=me, timer_id=timer.id, now=after(minutes=40))
    entry = stop_timer(session, actor=me, timer_id=timer.id, now=after(minutes=45))
    assert entry.measured_seconds == 15 * 60
    assert session.scalar(select(func.count(TimerSegment.id))) == 2
    assert session.scalar(select(func.count(TimerSegment.id)).where(TimerSegment.ended_at.is_(None))) == 0


def test_starting_or_resuming_one_pauses_the_other(session: Session, me: Actor, matter: Matter) -> None:
    first = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    second = start_timer(session, actor=me, note=TimerNote(), now=after(minutes=1))
    assert running(session, me) == [second.id]
    resume_timer(session, actor=me, timer_id=first.id, now=after(minutes=2))
    assert running(session, me) == [first.id]


def test_a_timer_started_late_in_the_evening_belongs_to_the_day_of_the_firm(session: Session, me: Actor, matter: Matter) -> None:
    late = datetime.fromisoformat("2026-11-24T04:30:00+00:00")
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=late)
    entry = stop_timer(session, actor=me, timer_id=timer.id, now=late + timedelta(hours=2))
    assert entry.worked_on == date(2026, 11, 23)


def test_without_a_matter_it_is_asked_for_and_the_timer_goes_on(session: Session, me: Actor, matter: Matter) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(), now=NOW)
    with pytest.raises(InvalidInput) as refused:
        stop_timer(session, actor=me, timer_id=timer.id, now=after(minutes=5))
    assert refused.value.field == "matter_id"
    assert running(session, me) == [timer.id]
    entry = stop_timer(session, actor=me, timer_id=timer.id, note=TimerNote(matter.id, "Found it"), now=after(minutes=6))
    assert (entry.matter_id, entry.narrative, entry.measured_seconds) == (matter.id, "Found it", 360)


@pytest.mark.parametrize(("ran", "field"), [(timedelta(), "recorded_seconds"), (timedelta(hours=48), "recorded_seconds")])
def test_nothing_measured_or_more_than_a_day_asks_for_the_time(
    session: Session, me: Actor, matter: Matter, ran: timedelta, field: str
) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    with pytest.raises(InvalidInput) as refused:
        stop_timer(session, actor=me, timer_id=timer.id, now=NOW + ran)
    assert refused.value.field == field
    entry = stop_timer(session, actor=me, timer_id=timer.id, recorded_seconds=3600, now=NOW + ran)
    assert (entry.measured_seconds, entry.recorded_seconds) == (ran.total_seconds(), 3600)


def test_a_discarded_timer_leaves_no_entry_and_comes_back_paused(session: Session, me: Actor, matter: Matter) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    discard_timer(session, actor=me, timer_id=timer.id, now=after(minutes=3))
    assert session.scalar(select(func.count(TimeEntry.id))) == 0
    restore_timer(session, actor=me, timer_id=timer.id, now=after(minutes=9))
    assert session.get_one(Timer, timer.id).state == "paused"
    assert stop_timer(session, actor=me, timer_id=timer.id, now=after(hours=1)).measured_seconds == 180


def test_what_a_timer_is_for_may_be_changed_while_it_runs_unless_somebody_else_did(session: Session, me: Actor, matter: Matter) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(), now=NOW)
    shown = timer.version
    edit_timer(session, actor=me, timer_id=timer.id, version=shown, note=TimerNote(matter.id, "Draft"), now=NOW)
    assert session.get_one(Timer, timer.id).narrative == "Draft"
    with pytest.raises(Conflict):
        edit_timer(session, actor=me, timer_id=timer.id, version=shown, note=TimerNote(), now=NOW)
    assert session.get_one(Timer, timer.id).matter_id == matter.id


def test_a_repeated_stop_that_says_something_else_is_refused(session: Session, me: Actor, matter: Matter) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    said = {"actor": me, "timer_id": timer.id, "note": TimerNote(matter.id, "Draft"), "key": "stop-1", "now": after(minutes=7)}
    entry = stop_timer(session, **said)
    assert stop_timer(session, **said).id == entry.id
    with pytest.raises(KeyReused):
        stop_timer(session, **said | {"billing_status": "no_charge"})


def test_a_second_press_is_refused_with_a_sentence(session: Session, me: Actor, matter: Matter) -> None:
    timer = start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)
    pause_timer(session, actor=me, timer_id=timer.id, now=after(minutes=1))
    with pytest.raises(NotAllowed, match="already paused"):
        pause_timer(session, actor=me, timer_id=timer.id, now=after(minutes=1))


def test_the_same_key_starts_and_stops_once(session: Session, me: Actor, matter: Matter) -> None:
    first = start_timer(session, actor=me, note=TimerNote(matter.id), key="start-1234", now=NOW)
    assert start_timer(session, actor=me, note=TimerNote(matter.id), key="start-1234", now=after(minutes=1)).id == first.id
    entry = stop_timer(session, actor=me, timer_id=first.id, key="stop-12345", now=after(minutes=2))
    assert stop_timer(session, actor=me, timer_id=first.id, key="stop-12345", now=after(minutes=9)).id == entry.id
    assert session.scalar(select(func.count(Timer.id))) == 1


def test_nobody_else_can_touch_a_timer_and_who_records_no_time_has_none(session: Session, world: World, me: Actor, matter: Matter) -> None:
    matter_id = matter.id
    timer_id = start_timer(session, actor=me, note=TimerNote(matter_id), now=NOW).id
    colleague = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    stranger_world = make_world(session, "Quillfeather & Lind")
    stranger = make_member(session, stranger_world.owner, Role.TIMEKEEPER, stranger_world.partner.id)
    for other in (colleague, stranger):
        with pytest.raises(NotFound):
            pause_timer(session, actor=other, timer_id=timer_id, now=NOW)
    with pytest.raises(InvalidInput):
        start_timer(session, actor=stranger, note=TimerNote(matter_id), now=NOW)
    with pytest.raises(NotAllowed):
        start_timer(session, actor=world.owner, note=TimerNote(matter_id), now=NOW)
    assert running(session, me) == [timer_id]


def test_a_closed_matter_takes_no_timer(session: Session, world: World, me: Actor, matter: Matter) -> None:
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == matter.id).values(status="closed", closed_on=TODAY))
    with pytest.raises(InvalidInput, match="is closed"):
        start_timer(session, actor=me, note=TimerNote(matter.id), now=NOW)


def test_two_browsers_at_once_never_leave_two_running(database: Database, session: Session, me: Actor, matter: Matter) -> None:
    gate, broken, note = Barrier(4), [], TimerNote(matter.id)
    session.rollback()

    def press() -> None:
        with Session(database.engine, autoflush=False) as own:
            gate.wait()
            try:
                start_timer(own, actor=me, note=note, now=NOW)
            except Exception as error:
                broken.append(error)

    threads = [Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert len(running(session, me)) == 1
    assert session.scalar(select(func.count(Timer.id))) == 4
