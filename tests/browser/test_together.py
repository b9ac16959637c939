"""What one person does shows where others look, and never takes a text from under somebody's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.money import Money
from lexapp.domain.permissions import Role
from lexapp.models import Matter, User, UserSession
from lexapp.services.firms import link_timekeeper
from lexapp.services.matters import change_matter_status
from lexapp.services.payments import record_payment
from lexapp.services.sessions import end_session
from lexapp.services.time_entries import Work, record_time
from tests import billing
from tests.browser.conftest import DESK, SignIn, quiet_context
from tests.factories import NOW, World, local_today, make_matter, make_member, make_world
from tests.live import EventsServer, WebServer
from tests.servers import free_port
from tests.web.time_forms import TODAY

on_one_engine = pytest.mark.parametrize("engine", ["sqlite"])

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


@dataclass
class Together:
    """Web and events in processes of their own, and as many browsers before them as a test asks for."""

    session: Session
    web: WebServer
    events: EventsServer
    open_browser: Callable[[], BrowserContext]
    sign_in: SignIn

    def desk(self, user_id: int) -> Page:
        """A browser in which somebody has signed in."""
        email = self.session.get_one(User, user_id).email
        self.session.rollback()
        page = self.open_browser().new_page()
        self.sign_in(page, email)
        return page


@pytest.fixture
def together(chromium: Browser, environ: dict[str, str], session: Session, sign_in: SignIn) -> Iterator[Together]:
    session.rollback()
    port = free_port()
    with ExitStack() as stack:
        web = WebServer(environ | {"EVENTS_URL": f"http://127.0.0.1:{port}"})
        stack.callback(web.close)
        events = EventsServer(environ, port=port, base_url=web.address)
        stack.callback(events.close)
        yield Together(session, web, events, lambda: stack.enter_context(quiet_context(chromium, web.address, **DESK)), sign_in)


def listen(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-live=on]")


def record(session: Session, world: World, matter: Matter, narrative: str) -> int:
    """A colleague records an hour."""
    entry = record_time(session, actor=world.owner, work=Work(matter.id, world.associate.id, TODAY, 3600, narrative)).id
    session.rollback()
    return entry


def test_a_timer_and_an_entry_show_on_the_other_screen_and_a_text_being_written_is_left_alone(
    together: Together, session: Session, world: World, matter: Matter
):
    assistant = make_member(session, world.owner, Role.ASSISTANT)
    matter_page, name = f"/matters/{matter.id}", matter.name
    record(session, world, matter, "Read the charter party")
    mine, theirs = together.desk(world.owner.user_id), together.desk(assistant.user_id)
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
    listen(theirs, "/today")
    expect(theirs.get_by_text("Timers of others")).to_be_visible()
    expect(theirs.locator("#day")).not_to_contain_text("Marguerite Voss, running")
    mine.get_by_role("button", name="Start timer").click()
    expect(again.locator("#timer-bar").get_by_text(name)).to_be_visible(timeout=SOON)
    expect(theirs.locator("#day").get_by_text("Marguerite Voss, running")).to_be_visible(timeout=SOON)


@on_one_engine
def test_a_matter_and_the_state_of_an_invoice_show_in_every_tab_of_a_browser_and_all_share_one_stream(
    together: Together, session: Session, world: World, matter: Matter
):
    matter_id = matter.id
    billing.work_time(session, world, matter)
    (invoice,) = billing.issue(session, world, matter, issued_on=local_today())
    invoice_id, payer_id, amount = invoice.id, invoice.payer_id, Money(invoice.total_minor, "USD")
    first = together.desk(make_member(session, world.owner, Role.BILLING_MANAGER).user_id)
    listen(first, f"/matters/{matter_id}")
    tabs = [first.context.new_page() for _ in range(7)]  # one more than a browser opens connections to one address
    for tab in tabs:
        tab.goto("/invoices")
        expect(tab.locator("#list tbody")).to_contain_text("Open")
    assert together.events.health()["streams"] == 1
    paid = {"received_on": local_today(), "method": "cheque", "allocations": {invoice_id: amount}}
    record_payment(session, actor=world.owner, payer_id=payer_id, amount=amount, **paid)
    for tab in tabs:
        expect(tab.locator("#list tbody")).to_contain_text("Paid", timeout=SOON)
    change_matter_status(session, actor=world.owner, matter_id=matter_id, action="close", version=1)
    expect(first.locator("#head")).to_contain_text("Closed", timeout=SOON)
    first.close()
    tabs[0].wait_for_selector("html[data-live=on]")  # it waited longest for the lock
    another = make_matter(session, world.owner, name="Salvage of the Meridian")
    billing.work_time(session, world, another)
    billing.issue(session, world, another)
    for tab in tabs:
        expect(tab.locator("#list tbody")).to_contain_text("Salvage of the Meridian", timeout=SOON)


@on_one_engine
def test_a_page_goes_on_by_asking_when_the_stream_is_cut_takes_it_up_again_and_says_when_its_person_is_signed_out(
    together: Together, environ: dict[str, str], session: Session, world: World, matter: Matter
):
    page = together.desk(world.owner.user_id)
    page.clock.install()
    listen(page, LIST)
    together.events.process.kill()
    page.wait_for_selector("html:not([data-live])", state="attached")
    record(session, world, matter, "While nobody tells")
    page.clock.run_for(16_000)
    page.clock.run_for(2_000)
    expect(page.get_by_text("While nobody tells")).to_be_visible(timeout=SOON)
    again = EventsServer(environ, port=together.events.port, base_url=together.web.address)
    try:
        page.clock.run_for(91_000)
        page.wait_for_selector("html[data-live=on]")
        record(session, world, matter, "Told again")
        page.clock.run_for(2_000)
        expect(page.get_by_text("Told again")).to_be_visible(timeout=SOON)
        mine = session.scalars(select(UserSession.id).where(UserSession.user_id == world.owner.user_id)).one()
        end_session(session, user_id=world.owner.user_id, session_id=mine, now=datetime.now(UTC))
        session.rollback()
        expect(page.get_by_text("You are signed out.")).to_be_visible(timeout=SOON)
    finally:
        again.close()


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
