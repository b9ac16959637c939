"""What one person does shows where others look, and never takes a text from under somebody's hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Matter, User
from lexapp.services.firms import link_timekeeper
from lexapp.services.time_entries import Work, record_time
from tests.browser.conftest import DESK, SignIn, quiet_context
from tests.factories import NOW, World, make_matter, make_member, make_world
from tests.live import EventsServer, WebServer
from tests.servers import free_port
from tests.web.time_forms import TODAY

LIST = "/time?period=all"
SOON = 20_000  # a limit that a busy machine keeps; how soon it is on a quiet one is measured by benchmarks.events


@pytest.fixture
def world(session: Session) -> World:
    """An owner who records time."""
    world = make_world(session)
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=NOW)
    return world


@pytest.fixture
def matter(session: Session, world: World) -> Matter:
    return make_matter(session, world.owner)


@pytest.fixture
def two_desks(chromium: Browser, environ: dict[str, str], session: Session) -> Iterator[tuple[Page, Page]]:
    """Two browsers before the same firm, with web and events in processes of their own."""
    session.rollback()
    port = free_port()
    with ExitStack() as stack:
        web = WebServer(environ | {"EVENTS_URL": f"http://127.0.0.1:{port}"})
        stack.callback(web.close)
        stack.callback(EventsServer(environ, port=port, base_url=web.address).close)
        contexts = [stack.enter_context(quiet_context(chromium, web.address, **DESK)) for _ in range(2)]
        yield contexts[0].new_page(), contexts[1].new_page()


def listen(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-live=on]")


def record(session: Session, world: World, matter: Matter, narrative: str) -> int:
    """A colleague records an hour."""
    entry = record_time(session, actor=world.owner, work=Work(matter.id, world.associate.id, TODAY, 3600, narrative)).id
    session.rollback()
    return entry


def test_a_timer_and_an_entry_show_on_the_other_screen_and_a_text_being_written_is_left_alone(
    two_desks: tuple[Page, Page], sign_in: SignIn, session: Session, world: World, matter: Matter
):
    email = session.get_one(User, world.owner.user_id).email
    assistant = session.get_one(User, make_member(session, world.owner, Role.ASSISTANT).user_id).email
    matter_page, name = f"/matters/{matter.id}", matter.name
    record(session, world, matter, "Read the charter party")
    mine, theirs = two_desks
    sign_in(mine, email)
    sign_in(theirs, assistant)
    listen(theirs, LIST)
    listen(mine, matter_page)
    record(session, world, matter, "Call with the harbour master")
    expect(theirs.get_by_text("Call with the harbour master")).to_be_visible(timeout=SOON)
    theirs.get_by_role("row").filter(has_text="charter party").get_by_role("link", name="Edit").click()
    words = theirs.locator("#time-list").get_by_label("Narrative")
    words.fill("Half a sentence")
    record(session, world, matter, "Draft the notice")
    expect(theirs.get_by_text("Marguerite Voss changed what you see here.")).to_be_visible(timeout=SOON)
    expect(words).to_have_value("Half a sentence")
    expect(words).to_be_focused()
    theirs.get_by_role("link", name="Cancel").click()
    expect(theirs.get_by_text("Draft the notice")).to_be_visible(timeout=SOON)
    expect(theirs.get_by_text("changed what you see here.")).to_be_hidden()
    again = mine.context.new_page()
    again.goto(LIST)
    mine.get_by_role("button", name="Start timer").click()
    expect(again.locator("#timer-bar").get_by_text(name)).to_be_visible(timeout=SOON)


def test_without_a_stream_a_page_asks_every_fifteen_seconds(at_desk: Page, sign_in: SignIn, session: Session, world: World, matter: Matter):
    email = session.get_one(User, world.owner.user_id).email
    session.rollback()
    sign_in(at_desk, email)
    at_desk.clock.install()
    at_desk.goto(LIST)
    expect(at_desk.get_by_text("No time here yet")).to_be_visible()
    record_time(session, actor=world.owner, work=Work(matter.id, world.associate.id, TODAY, 3600, "Asked for"))
    session.rollback()
    with at_desk.expect_response("**/changes?ago=*"):
        at_desk.clock.run_for(16_000)
    at_desk.clock.run_for(2_000)
    expect(at_desk.get_by_text("Asked for")).to_be_visible()
