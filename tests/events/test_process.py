"""The events process itself: real streams over real connections."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPResponse

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.models import UserSession
from lexapp.services.sessions import end_session
from lexapp.services.timers import TimerNote, start_timer
from lexapp.services.walls import wall_matter
from tests.factories import World, make_matter, make_member, make_world
from tests.live import EventsServer
from tests.servers import wait_until
from tests.web.visitor import signed_in

pytestmark = pytest.mark.slow

SOON = 2.0


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def events(environ: dict[str, str], world: World, session: Session) -> Iterator[EventsServer]:
    session.rollback()
    server = EventsServer(environ, threads=20)
    yield server
    server.close()


def cookie(app: Flask, session: Session, actor: Actor) -> str:
    visitor = signed_in(app, session, actor)
    session.rollback()
    kept = visitor.client.get_cookie("lexapp")
    assert kept
    return f"lexapp={kept.value}"


def hints(stream: HTTPResponse) -> list[tuple[str, int]]:
    """The records that the next message names."""
    for line in iter(stream.readline, b""):
        if line.startswith(b"data: "):
            return [(hint["kind"], hint["of"]) for hint in json.loads(line[6:])]
    raise EOFError("the stream ended")


def test_a_change_is_told_within_two_seconds_and_a_walled_one_only_to_who_is_admitted(
    app: Flask, session: Session, world: World, events: EventsServer
):
    assistant = make_member(session, world.owner, Role.ASSISTANT)
    lawyer = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    matter = make_matter(session, world.owner)
    streams = {who: events.open(cookie(app, session, who)) for who in (world.owner, assistant)}
    assert [stream.readline() for stream in streams.values()] == [b": open\n"] * 2
    began = time.monotonic()
    open_timer = start_timer(session, actor=lawyer, note=TimerNote(matter.id)).id
    session.rollback()
    assert [hints(stream) for stream in streams.values()] == [[("timer", open_timer)]] * 2
    assert time.monotonic() - began < SOON
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=1, membership_ids=[lawyer.membership_id])
    hidden = start_timer(session, actor=lawyer, note=TimerNote(matter.id)).id
    shown = start_timer(session, actor=lawyer, note=TimerNote(make_matter(session, world.owner, name="Seen by all").id)).id
    session.rollback()
    heard = {who: hints(stream) for who, stream in streams.items()}
    while not all(("timer", shown) in each for each in heard.values()):
        heard = {who: each if ("timer", shown) in each else each + hints(streams[who]) for who, each in heard.items()}
    assert {("matter", matter.id), ("timer", hidden)} <= set(heard[world.owner])
    assert heard[assistant] == [("timer", shown)]


def test_a_session_that_ended_loses_its_stream_within_seconds(app: Flask, session: Session, world: World, events: EventsServer):
    stream = events.open(cookie(app, session, world.owner))
    stream.readline()
    mine = session.scalars(select(UserSession.id).where(UserSession.user_id == world.owner.user_id)).one()
    end_session(session, user_id=world.owner.user_id, session_id=mine, now=datetime.now(UTC))
    session.rollback()
    began = time.monotonic()
    stream.read()
    assert time.monotonic() - began < 4
    assert events.open("lexapp=nothing").status == 401


def test_too_many_are_refused_and_a_browser_that_hangs_up_frees_its_place(app: Flask, session: Session, world: World, events: EventsServer):
    cookies = [cookie(app, session, world.owner) for _ in range(5)]
    streams = [events.open(one) for one in cookies[:4]]
    assert [stream.status for stream in streams] == [200] * 4
    assert events.open(cookies[4]).status == 503
    assert b"lexapp_streams 4.0" in events.open("", "/metrics").read()
    events.hang_up(streams[0])
    wait_until(lambda: events.health()["streams"] == 3, what="the place of who hung up")
    assert events.open(cookies[4]).status == 200
    events.process.send_signal(signal.SIGTERM)
    assert events.process.wait(8) == 0, "it ends with streams open"
    assert b"Traceback" not in events.log.read_bytes()
