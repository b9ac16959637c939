"""What waits in the tray is decided once, by its timekeeper: recorded, taken, or left as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.errors import InvalidInput, NotFound
from lexapp.domain.permissions import Actor, Role
from lexapp.models import AuditEvent, Matter, TimeEntry, TimerEventRow
from lexapp.queries.timer_tray import TrayItem, tray_item, tray_items
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timer_tray import Choice, keep_as_it_is, record_time, take_other_text
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


def sync(session: Session, me: Actor, *phones: Phone) -> None:
    for one in phones:
        sync_timer_events(session, actor=me, post=one.read(NOW), now=NOW)
    session.expire_all()


def tray(session: Session, me: Actor) -> list[TrayItem]:
    session.expire_all()
    return tray_items(session, firm_id=me.firm_id, timekeeper_id=me.timekeeper_id or 0, now=NOW)


def entries(session: Session) -> list[TimeEntry]:
    return list(session.scalars(select(TimeEntry).order_by(TimeEntry.id)))


def resolutions(session: Session) -> list[tuple[str, str]]:
    query = select(TimerEventRow.reason, TimerEventRow.resolution).where(TimerEventRow.outcome != "applied").order_by(TimerEventRow.id)
    return [(row.reason, row.resolution) for row in session.execute(query)]


def without_matter(session: Session, me: Actor, phone: Phone) -> TrayItem:
    timer = key()
    phone.keep("start", timer, ago(42), narrative="Hallway talk")
    phone.keep("stop", timer, ago(12))
    sync(session, me, phone)
    [item] = tray(session, me)
    return item


def stopped_twice(session: Session, me: Actor, matter: Matter, phone: Phone) -> TrayItem:
    timer, laptop = key(), Phone.of(me)
    phone.keep("start", timer, ago(90), matter_id=matter.id, narrative="Hearing")
    phone.keep("stop", timer, ago(60))
    laptop.keep("stop", timer, ago(40))
    sync(session, me, phone, laptop)
    [item] = tray(session, me)
    return item


def written_twice(session: Session, me: Actor, matter: Matter, phone: Phone) -> TrayItem:
    timer, laptop = key(), Phone.of(me)
    phone.keep("start", timer, ago(90), matter_id=matter.id, narrative="Hearing")
    sync(session, me, phone)
    laptop.keep("note", timer, ago(70), known={"narrative": "Hearing"}, narrative="Status conference")
    phone.keep("note", timer, ago(60), known={"narrative": "Hearing"}, narrative="Motion hearing")
    phone.keep("stop", timer, ago(50))
    sync(session, me, laptop, phone)
    [item] = tray(session, me)
    return item


def test_a_stopped_timer_gets_its_matter_and_becomes_its_entry(session: Session, me: Actor, matter: Matter, phone: Phone):
    item = without_matter(session, me, phone)
    assert (item.is_waiting, item.reason, item.seconds, item.narrative) == (True, "needs_matter", 1800, "Hallway talk")
    record_time(session, actor=me, event_id=item.event_id, choice=Choice(matter.id, 1500, "Hallway talk with counsel"), now=NOW)
    [entry] = entries(session)
    assert (entry.timer_id, entry.matter_id, entry.measured_seconds) == (item.timer_id, matter.id, 1800)
    assert (entry.recorded_seconds, entry.quantity_hundredths, entry.narrative) == (1500, 50, "Hallway talk with counsel")
    assert (tray(session, me), resolutions(session)) == ([], [("needs_matter", "recorded")])
    assert "timer.resolved" in set(session.scalars(select(AuditEvent.action)))


def test_a_matter_chosen_on_the_phone_empties_the_tray(session: Session, me: Actor, matter: Matter, phone: Phone):
    without_matter(session, me, phone)
    phone.keep("assign", phone.waiting[0]["timer"], NOW, matter_id=matter.id)
    sync(session, me, phone)
    assert (tray(session, me), resolutions(session), len(entries(session))) == ([], [("needs_matter", "recorded")], 1)


def test_time_that_is_given_up_leaves_its_events_and_no_entry(session: Session, me: Actor, phone: Phone):
    item = without_matter(session, me, phone)
    keep_as_it_is(session, actor=me, event_id=item.event_id, now=NOW)
    assert (tray(session, me), resolutions(session), entries(session)) == ([], [("needs_matter", "given_up")], [])


def test_of_two_ends_the_earlier_stands_and_the_rest_may_become_an_entry(session: Session, me: Actor, matter: Matter, phone: Phone):
    item = stopped_twice(session, me, matter, phone)
    assert (item.reason, item.seconds, item.entry_seconds, item.is_waiting) == ("two_ends", 1200, 1800, False)
    record_time(session, actor=me, event_id=item.event_id, choice=Choice(matter.id, item.seconds, "Talk afterwards"), now=NOW)
    assert [(entry.recorded_seconds, entry.worked_on) for entry in entries(session)] == [(1800, item.worked_on), (1200, item.worked_on)]
    assert resolutions(session) == [("two_ends", "recorded")]


def test_the_earlier_end_may_be_kept(session: Session, me: Actor, matter: Matter, phone: Phone):
    item = stopped_twice(session, me, matter, phone)
    keep_as_it_is(session, actor=me, event_id=item.event_id, now=NOW)
    assert [entry.recorded_seconds for entry in entries(session)] == [1800]
    assert (tray(session, me), resolutions(session)) == ([], [("two_ends", "kept")])


def test_the_other_text_may_be_taken_into_the_entry(session: Session, me: Actor, matter: Matter, phone: Phone):
    item = written_twice(session, me, matter, phone)
    assert (item.narrative, item.clash.value if item.clash else None) == ("Motion hearing", "Status conference")
    take_other_text(session, actor=me, event_id=item.event_id, now=NOW)
    assert [entry.narrative for entry in entries(session)] == ["Status conference"]
    assert (tray(session, me), resolutions(session)) == ([], [("two_texts", "other_text")])


def test_it_is_decided_once_and_the_same_form_sent_again_changes_nothing(session: Session, me: Actor, matter: Matter, phone: Phone):
    item = without_matter(session, me, phone)
    choice = Choice(matter.id, 1800, "Hallway talk")
    for _ in range(2):
        record_time(session, actor=me, event_id=item.event_id, choice=choice, key="one-form", now=NOW)
    assert len(entries(session)) == 1
    with pytest.raises(InvalidInput, match="decided before"):
        keep_as_it_is(session, actor=me, event_id=item.event_id, now=NOW)


def test_without_a_matter_it_is_refused_and_waits_on(session: Session, me: Actor, phone: Phone):
    item = without_matter(session, me, phone)
    with pytest.raises(InvalidInput) as refused:
        record_time(session, actor=me, event_id=item.event_id, choice=Choice(None, 1800), now=NOW)
    assert refused.value.field == "matter_id"
    assert [one.event_id for one in tray(session, me)] == [item.event_id]


def test_a_colleague_and_another_firm_find_nothing(session: Session, world: World, me: Actor, matter: Matter, phone: Phone):
    item = without_matter(session, me, phone)
    colleague = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    with pytest.raises(NotFound):
        record_time(session, actor=colleague, event_id=item.event_id, choice=Choice(matter.id, 60), now=NOW)
    mine = {"firm_id": me.firm_id, "event_id": item.event_id, "now": NOW}
    assert tray_item(session, timekeeper_id=world.associate.id, **mine) is None
    assert tray_item(session, timekeeper_id=me.timekeeper_id or 0, **mine) is not None


def test_time_of_a_matter_that_was_closed_meanwhile_names_it_and_says_why_it_waits(
    session: Session, world: World, me: Actor, matter: Matter, phone: Phone
):
    timer, name = key(), matter.name
    with transaction(session, world.firm_id):
        session.execute(update(Matter).where(Matter.id == matter.id).values(status="closed", closed_on=TODAY))
    phone.keep("start", timer, ago(30))
    phone.keep("assign", timer, ago(29), matter_id=matter.id)
    phone.keep("stop", timer, ago(10))
    sync(session, me, phone)
    [item] = tray(session, me)
    assert (item.reason, item.matter_id, item.is_waiting) == ("matter_is_closed", None, True)
    assert name in item.title
