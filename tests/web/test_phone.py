"""What the phone timer is served: a shell that knows nobody, and what its owner alone may see."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Firm, Matter, TimeEntry
from lexapp.services.timer_sync import sync_timer_events
from lexapp.services.timers import TimerNote, start_timer
from lexapp.web.assets import revision
from tests.devices import Phone, key
from tests.factories import World, make_matter, make_member
from tests.web.reading import text_of
from tests.web.visitor import Visitor, signed_in

JSON = {"Accept": "application/json"}


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def partner(session: Session, world: World) -> Actor:
    return make_member(session, world.owner, Role.TIMEKEEPER, world.partner.id)


@pytest.fixture
def me(app: Flask, session: Session, partner: Actor) -> Visitor:
    return signed_in(app, session, partner)


def state(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.get("/phone/state", headers=JSON)
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_the_shell_is_the_same_for_everybody_and_says_nothing_of_anybody(me: Visitor, stranger: Visitor):
    mine, theirs = me.get("/phone"), stranger.get("/phone")
    assert mine.get_data() == theirs.get_data()
    assert "Set-Cookie" not in theirs.headers
    assert b"Brannock" not in mine.get_data()


def test_the_worker_keeps_nothing_but_the_shell(stranger: Visitor):
    answer = stranger.get("/phone/worker.js")
    assert (answer.mimetype, answer.headers["Service-Worker-Allowed"]) == ("text/javascript", "/phone")
    told = json.loads(answer.get_data(as_text=True).split(";\n", 1)[0].removeprefix("const SHELL = "))
    assert told["revision"] == revision()
    assert [path for path in told["files"] if not path.startswith(f"/static/{revision()}/")] == ["/phone"]
    for path in told["files"]:
        with stranger.get(path) as kept:
            assert kept.status_code == 200, path


def test_the_manifest_names_icons_that_are_there_and_shortcuts(stranger: Visitor):
    answer = stranger.get("/phone/manifest.webmanifest")
    told = json.loads(answer.get_data())
    assert answer.mimetype == "application/manifest+json"
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        with stranger.get(icon["src"]) as drawing:
            width = int.from_bytes(drawing.get_data()[16:20], "big")
        assert f"{width}x{width}" == icon["sizes"]
    assert [one["url"] for one in told["shortcuts"]] == ["/phone?do=start", "/phone?do=quick"]


def test_the_state_tells_who_is_here_and_what_they_have_open(me: Visitor, session: Session, partner: Actor, matter: Matter):
    start_timer(session, actor=partner, note=TimerNote(matter.id, "Prepare for deposition"), now=datetime.now(UTC) - timedelta(hours=1))
    found = state(me)
    assert (found["lexapp"], found["user"]["id"], found["firm"]["id"]) == ("phone", partner.user_id, partner.firm_id)
    assert [(event["type"], event["said"]["narrative"]) for event in found["timers"][0]["events"]] == [("start", "Prepare for deposition")]
    assert abs(datetime.fromisoformat(found["now"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert me.post("/sign-out", headers={"X-CSRFToken": found["csrf"]}, csrf=False).status_code == 303


def test_a_stopped_timer_without_a_matter_stays_in_sight_and_an_entry_takes_its_place(
    me: Visitor, session: Session, partner: Actor, matter: Matter
):
    now, timer = datetime.now(UTC), key()
    phone = Phone.at_home(partner, now)
    phone.keep("quick_entry", timer, now, recorded_seconds=360, narrative="Call")
    sync_timer_events(session, actor=partner, post=phone.read(now), now=now)
    waiting = state(me)
    assert [one["key"] for one in waiting["timers"]] == [timer]
    assert (waiting["entries"], waiting["to_resolve"]) == ([], 0)
    phone.keep("assign", timer, now, matter_id=matter.id)
    sync_timer_events(session, actor=partner, post=phone.read(now), now=now)
    recorded = state(me)
    assert recorded["timers"] == []
    assert [(entry["timer"], entry["hundredths"], entry["narrative"]) for entry in recorded["entries"]] == [(timer, 10, "Call")]


def test_who_looks_at_an_entry_is_told_that_the_clock_of_the_phone_was_wrong(
    me: Visitor, session: Session, partner: Actor, matter: Matter, owner: Visitor
):
    now, timer = datetime.now(UTC), key()
    wrong = Phone.at_home(partner, now)
    wrong.ahead = wrong.knows = timedelta(hours=3)
    began = now - timedelta(hours=1)
    wrong.keep("start", timer, began, matter_id=matter.id, narrative="Hearing")
    wrong.keep("stop", timer, now - timedelta(minutes=6))
    sync_timer_events(session, actor=partner, post=wrong.read(now), now=now)
    entry = session.scalars(select(TimeEntry).order_by(TimeEntry.id)).one()
    session.rollback()
    for reader in (me, owner):
        shown = text_of(reader.get(f"/time/{entry.id}"))
        assert "The clock of the device was wrong." in shown
        assert "It showed" in shown
        assert "is counted." in shown
    right = Phone.at_home(partner, now)
    right.keep("quick_entry", key(), now, recorded_seconds=360, narrative="Call", matter_id=matter.id)
    sync_timer_events(session, actor=partner, post=right.read(now), now=now)
    plain = session.scalars(select(TimeEntry).order_by(TimeEntry.id.desc())).first()
    assert plain is not None
    assert "clock of the device" not in text_of(me.get(f"/time/{plain.id}")).lower()


def test_matters_are_listed_only_where_the_firm_lets_phones_keep_them(me: Visitor, session: Session, world: World, matter: Matter):
    assert state(me)["matters"] is None
    with transaction(session, world.firm_id):
        session.get_one(Firm, world.firm_id).phone_matters_offline = True
    (kept,) = [one for one in state(me)["matters"] if one[0] == matter.id]
    assert kept == [matter.id, matter.number, "Castellane Shipping · Port Authority claims"]


def test_matters_are_found_by_their_words(me: Visitor, matter: Matter):
    found = me.get("/phone/matters?q=port", headers=JSON).get_json()
    assert [one[0] for one in found["matters"]] == [matter.id]
    assert me.get("/phone/matters?q=zzz", headers=JSON).get_json()["matters"] == []


def test_a_colleague_sees_nothing_of_it(app: Flask, session: Session, world: World, partner: Actor, matter: Matter):
    start_timer(session, actor=partner, note=TimerNote(matter.id, "Privileged"), now=datetime.now(UTC))
    colleague = signed_in(app, session, make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id))
    assert state(colleague)["timers"] == []


def test_without_a_session_or_the_permission_the_answer_is_a_status(app: Flask, session: Session, world: World, stranger: Visitor):
    assert stranger.get("/phone/state", headers=JSON).status_code == 401
    bookkeeper = signed_in(app, session, make_member(session, world.owner, Role.AUDITOR))
    assert bookkeeper.get("/phone/state", headers=JSON).status_code == 403
