"""The events process itself: real streams over real connections."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPResponse

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Actor, Role
from lexapp.models import UserSession
from lexapp.services.invoices import void_invoice
from lexapp.services.matters import change_matter_status
from lexapp.services.members import deactivate_member
from lexapp.services.sessions import end_session
from lexapp.services.time_entries import Work, record_time
from lexapp.services.timers import TimerNote, start_timer
from lexapp.services.walls import wall_matter
from tests import billing
from tests.factories import World, make_matter, make_member, make_world
from tests.live import EventsServer
from tests.servers import wait_until
from tests.web.visitor import signed_in

pytestmark = pytest.mark.slow

# A stream says that it is still there every fifteen seconds; how soon a change is told on a quiet machine: benchmarks.events.
MOST_BEATS = 2


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
    """The records that the next message names; none once the stream has ended."""
    beats = 0
    for line in iter(stream.readline, b""):
        if line.startswith(b"data: "):
            return [(hint["kind"], hint["of"]) for hint in json.loads(line[6:])]
        beats += line.startswith(b": still")
        assert beats <= MOST_BEATS, "nothing was told"
    return []


def heard(stream: HTTPResponse, last: tuple[str, int]) -> list[tuple[str, int]]:
    """All that is told until this is."""
    found: list[tuple[str, int]] = []
    while last not in found:
        new = hints(stream)
        assert new, "the stream ended"
        found += new
    return found


def close_some_matter(session: Session, world: World) -> int:
    matter_id = make_matter(session, world.owner, name="Done with").id
    change_matter_status(session, actor=world.owner, matter_id=matter_id, action="close", version=1)
    return matter_id


def test_each_kind_of_change_is_told_at_once_to_who_may_know_and_never_to_another_firm(
    app: Flask, session: Session, world: World, events: EventsServer
):
    assistant = make_member(session, world.owner, Role.ASSISTANT)
    lawyer = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    other = make_world(session, "Elsewhere LLP")
    streams = {who: events.open(cookie(app, session, who)) for who in (world.owner, assistant, lawyer, other.owner)}
    assert [stream.readline() for stream in streams.values()] == [b": open\n"] * 4
    matter = make_matter(session, world.owner)
    timer = start_timer(session, actor=lawyer, note=TimerNote(matter.id)).id
    billing.work_time(session, world, matter)
    entry = record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, billing.TODAY, 3600, "Draft motion")).id
    (invoice,) = billing.issue(session, world, matter)
    void_invoice(session, actor=world.owner, invoice_id=invoice.id, reason="Wrong payer")
    closed = close_some_matter(session, world)
    told = {("timer", timer), ("time_entry", entry), ("invoice", invoice.id), ("matter", closed)}
    elsewhere = close_some_matter(session, other)
    session.rollback()
    assert told <= set(heard(streams[world.owner], ("matter", closed)))
    assert told <= set(heard(streams[assistant], ("matter", closed)))
    assert {kind for kind, _ in heard(streams[lawyer], ("matter", closed))} == {"timer", "matter"}
    assert hints(streams[other.owner]) == [("matter", elsewhere)]


def test_what_happens_behind_a_wall_is_told_only_to_who_is_admitted(app: Flask, session: Session, world: World, events: EventsServer):
    assistant = make_member(session, world.owner, Role.ASSISTANT)
    lawyer = make_member(session, world.owner, Role.TIMEKEEPER, world.associate.id)
    streams = {who: events.open(cookie(app, session, who)) for who in (world.owner, assistant)}
    assert [stream.readline() for stream in streams.values()] == [b": open\n"] * 2
    matter = make_matter(session, world.owner)
    wall_matter(session, actor=world.owner, matter_id=matter.id, version=1, membership_ids=[lawyer.membership_id])
    hidden = start_timer(session, actor=lawyer, note=TimerNote(matter.id)).id
    shown = start_timer(session, actor=lawyer, note=TimerNote(make_matter(session, world.owner, name="Seen by all").id)).id
    session.rollback()
    assert {("matter", matter.id), ("timer", hidden)} <= set(heard(streams[world.owner], ("timer", shown)))
    assert heard(streams[assistant], ("timer", shown)) == [("timer", shown)]


def sign_out(session: Session, world: World, member: Actor) -> None:
    mine = session.scalars(select(UserSession.id).where(UserSession.user_id == member.user_id)).one()
    end_session(session, user_id=member.user_id, session_id=mine, now=datetime.now(UTC))


def leave_the_firm(session: Session, world: World, member: Actor) -> None:
    deactivate_member(session, actor=world.owner, membership_id=member.membership_id, successor_id=None)


@pytest.mark.parametrize("end", [sign_out, leave_the_firm])
def test_whoever_is_no_longer_signed_in_loses_their_stream(
    app: Flask, session: Session, world: World, events: EventsServer, end: Callable[[Session, World, Actor], None]
):
    member = make_member(session, world.owner, Role.ASSISTANT)
    held = cookie(app, session, member)
    stream = events.open(held)
    stream.readline()
    end(session, world, member)
    close_some_matter(session, world)
    session.rollback()
    assert hints(stream) == [], "it ends, and tells nothing any more"
    assert events.open(held).status == 401
    assert events.open("lexapp=nothing").status == 401


def test_too_many_are_refused_and_a_browser_that_hangs_up_frees_its_place(app: Flask, session: Session, world: World, events: EventsServer):
    cookies = [cookie(app, session, world.owner) for _ in range(5)]
    streams = [events.open(one) for one in cookies[:4]]
    assert [stream.status for stream in streams] == [200] * 4
    assert events.open(cookies[4]).status == 503
    figures = events.open("", "/metrics").read()
    assert b"lexapp_streams 4.0" in figures
    assert b"lexapp_streams_most 4.0" in figures
    events.hang_up(streams[0])
    wait_until(lambda: events.health()["streams"] == 3, what="the place of who hung up")
    assert events.open(cookies[4]).status == 200
    events.process.send_signal(signal.SIGTERM)
    assert events.process.wait(8) == 0, "it ends with streams open"
    assert b"Traceback" not in events.log.read_bytes()
