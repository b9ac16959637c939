"""The tray: by htmx and without, for its own timekeeper only, in sight from the bar and from Today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, TimeEntry, TimerEventRow
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.walls import wall_matter
from tests.devices import Phone, key
from tests.factories import World, make_matter, make_member
from tests.web.visitor import Visitor, signed_in


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def partner(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def me(app: Flask, session: Session, partner: Actor) -> Visitor:
    return signed_in(app, session, partner)


@pytest.fixture
def event_id(session: Session, partner: Actor) -> int:
    """A timer that was stopped without a matter."""
    now, timer, phone = datetime.now(UTC), key(), Phone.of(partner)
    phone.keep("start", timer, now - timedelta(minutes=30), narrative="Hallway talk")
    phone.keep("stop", timer, now - timedelta(minutes=6))
    sync_timer_events(session, actor=partner, post=phone.read(now), now=now)
    found = session.scalars(select(TimerEventRow.id).where(TimerEventRow.outcome == "parked")).one()
    session.rollback()
    return found


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def entries(session: Session) -> list[TimeEntry]:
    session.rollback()
    return list(session.scalars(select(TimeEntry)))


def form(matter: Matter, **other: object) -> dict[str, object]:
    return {"matter_id": matter.id, "recorded_seconds": "0:24", "narrative": "Hallway talk", "key": key(), **other}


def test_what_waits_is_seen_from_every_page(me: Visitor, event_id: int):
    page = text(me.get("/today"))
    assert "1 thing from your phone to decide" in page
    assert "1 to decide" in page
    tray = text(me.get("/timers/tray"))
    assert "Hallway talk" in tray
    assert "0:24:00" in tray
    assert f"/timers/tray/{event_id}/recording" in tray


def test_an_empty_tray_says_so(me: Visitor):
    assert "Nothing to decide" in text(me.get("/timers/tray"))
    assert "to decide" not in text(me.get("/timers/bar"))


def test_a_matter_makes_it_an_entry_and_the_tray_is_empty(me: Visitor, session: Session, matter: Matter, event_id: int):
    answer = me.post(f"/timers/tray/{event_id}/recording", form(matter), htmx=True)
    assert answer.status_code == 200
    assert "Nothing to decide" in text(answer)
    assert "1 to decide" not in text(answer)
    assert [(entry.matter_id, entry.recorded_seconds) for entry in entries(session)] == [(matter.id, 1440)]


def test_without_htmx_the_browser_comes_back_to_the_tray(me: Visitor, matter: Matter, event_id: int):
    answer = me.post(f"/timers/tray/{event_id}/recording", form(matter))
    assert (answer.status_code, answer.location) == (303, "/timers/tray")


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(me: Visitor, session: Session, matter: Matter, event_id: int):
    answer = me.post(f"/timers/tray/{event_id}/recording", form(matter, matter_id="", narrative="Typed already"), htmx=True)
    assert answer.status_code == 422
    assert "Choose a matter" in text(answer)
    assert "Typed already" in text(answer)
    assert entries(session) == []


def test_time_may_be_given_up(me: Visitor, session: Session, event_id: int):
    assert me.post(f"/timers/tray/{event_id}/keeping", {"key": key()}).status_code == 303
    assert entries(session) == []
    assert me.post(f"/timers/tray/{event_id}/keeping", {"key": key()}).status_code == 404


@pytest.mark.parametrize("deed", ["recording", "keeping", "other-text"])
def test_somebody_elses_event_does_not_exist(
    app: Flask, session: Session, world: World, outsider: Visitor, matter: Matter, event_id: int, deed: str
):
    colleague = signed_in(app, session, make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))
    for visitor in (colleague, outsider):
        assert visitor.post(f"/timers/tray/{event_id}/{deed}", form(matter)).status_code == 404
    assert entries(session) == []


def test_where_there_is_no_other_text_it_says_so(me: Visitor, event_id: int):
    answer = me.post(f"/timers/tray/{event_id}/other-text", {"key": key()})
    assert answer.status_code == 422
    assert "There is no other text to take" in text(answer)


def test_of_a_walled_off_matter_nothing_is_shown_but_ones_own_time_to_decide(
    me: Visitor, session: Session, world: World, partner: Actor, matter: Matter
):
    now, timer, phone, laptop = datetime.now(UTC), key(), Phone.of(partner), Phone.of(partner)
    phone.keep("start", timer, now - timedelta(minutes=30), matter_id=matter.id)
    phone.keep("stop", timer, now - timedelta(minutes=20))
    laptop.keep("stop", timer, now - timedelta(minutes=10))
    for device in (phone, laptop):
        sync_timer_events(session, actor=partner, post=device.read(now), now=now)
    assert "Keep the earlier end" in text(me.get("/timers/tray"))
    found = session.scalars(select(TimerEventRow.id).where(TimerEventRow.outcome == "conflict")).one()
    version = session.get_one(Matter, matter.id).version
    session.rollback()
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=version, membership_ids=[])
    page = text(me.get("/timers/tray"))
    assert "A matter that is shut to you" in page
    assert matter.name not in page
    assert f'value="{matter.id}"' not in page
    assert me.post(f"/timers/tray/{found}/keeping", {"key": key()}).status_code == 303
    assert "A matter that is shut to you" not in text(me.get("/timers/tray"))
