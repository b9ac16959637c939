"""Rows of the list of time: their menu and their explanations come when they are asked for, by mouse, key and thumb, and without script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy.orm import Session

from lexapp.models import User
from lexapp.services.firms import link_timekeeper
from lexapp.services.time_entries import Work, record_time
from tests.browser.conftest import DESK, SignIn, quiet_context
from tests.factories import NOW, make_matter, make_rate, make_world
from tests.live import WebServer
from tests.web.time_forms import TODAY

LIST = "/time?period=all"


@pytest.fixture
def email(session: Session) -> str:
    """A lawyer with an entry of 61 minutes, which are 1.1 hours to bill, at a rate of the matter."""
    world = make_world(session)
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=NOW)
    matter = make_matter(session, world.owner)
    make_rate(session, world.owner, "matter", 72_000, matter_id=matter.id)
    record_time(session, actor=world.owner, work=Work(matter.id, world.partner.id, TODAY, 3660, "Draft motion to compel"))
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


@pytest.fixture
def plain(chromium: Browser, web_server: WebServer) -> Iterator[Page]:
    with quiet_context(chromium, web_server.address, **DESK, java_script_enabled=False) as context:
        yield context.new_page()


def opener(page: Page) -> Locator:
    return page.get_by_role("row").filter(has_text="Draft motion").get_by_role("button", name="Entry actions").first


def test_the_menu_of_a_row_is_walked_by_keys_and_acts(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto(LIST)
    opener(at_desk).focus()
    at_desk.keyboard.press("Space")
    menu = at_desk.get_by_role("group", name="Entry actions")
    expect(menu.get_by_role("link", name="Open")).to_be_focused()
    at_desk.keyboard.press("ArrowDown")
    expect(menu.get_by_role("button", name="Duplicate")).to_be_focused()
    at_desk.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener(at_desk)).to_be_focused()
    at_desk.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Open")).to_be_focused()
    at_desk.keyboard.press("d")
    expect(at_desk.locator("#toasts")).to_contain_text("Copied to today")
    expect(at_desk.get_by_role("row").filter(has_text="Draft motion")).to_have_count(2)
    expect(menu).to_be_hidden()


def test_what_a_row_opens_stands_under_its_button(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto(LIST)
    opener(at_desk).click()
    menu = at_desk.get_by_role("group", name="Entry actions")
    expect(menu).to_be_visible()
    button, box = opener(at_desk).bounding_box(), menu.bounding_box()
    assert button is not None
    assert box is not None
    assert 0 <= box["y"] - button["y"] - button["height"] < 10
    menu.get_by_role("button", name="Discard").click()
    expect(at_desk.locator("#toasts")).to_contain_text("Time discarded")
    expect(at_desk.get_by_role("row").filter(has_text="Draft motion")).to_have_count(0)


def test_on_a_phone_rows_are_ticked_and_changed_together(on_phone: Page, sign_in: SignIn, email: str):
    sign_in(on_phone, email)
    on_phone.goto(LIST)
    bar = on_phone.locator("[data-bulkbar]")
    expect(bar).to_be_hidden()
    on_phone.get_by_role("checkbox", name="Select entry").tap()
    expect(bar.locator("[data-bulk-count]")).to_have_text("1 selected")
    assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390
    bar.get_by_role("button", name="Non-billable").tap()
    expect(on_phone.get_by_role("row").filter(has_text="Draft motion")).to_contain_text("Non-billable")


def test_on_a_phone_the_reasons_stay_on_the_screen(on_phone: Page, sign_in: SignIn, email: str):
    sign_in(on_phone, email)
    on_phone.goto(LIST)
    on_phone.get_by_role("button", name="1.10").tap()
    values = on_phone.get_by_role("dialog", name="Three values of time")
    expect(values).to_be_visible()
    box = values.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_a_row_tells_why_it_has_its_hours_and_its_rate(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto(LIST)
    row = at_desk.get_by_role("row").filter(has_text="Draft motion")
    row.get_by_role("button", name="1.10").click()
    expect(at_desk.get_by_role("dialog", name="Three values of time")).to_contain_text("1:01:00")
    at_desk.keyboard.press("Escape")
    row.get_by_role("button", name="720.00").click()
    expect(at_desk.get_by_role("dialog", name="Rate $720.00")).to_contain_text("since")
    expect(at_desk.get_by_role("dialog", name="Three values of time")).to_have_count(0)


def test_a_row_starts_a_timer_and_opens_its_form(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto(LIST)
    row = at_desk.get_by_role("row").filter(has_text="Draft motion")
    row.get_by_role("button", name="Start a timer on this").click()
    expect(at_desk.locator("#timer-bar").get_by_role("button", name=re.compile("Pause"))).to_be_visible()
    row.get_by_role("link", name="Edit").click()
    form = at_desk.locator("form.inline-edit")
    form.get_by_label("Narrative").fill("Draft motion in limine")
    form.get_by_role("button", name="Save").click()
    expect(at_desk.get_by_role("row").filter(has_text="in limine")).to_be_visible()


def test_without_script_a_row_starts_a_timer_and_its_page_has_the_rest(plain: Page, sign_in: SignIn, email: str):
    sign_in(plain, email)
    plain.goto(LIST)
    plain.get_by_role("button", name="Start a timer on this").click()
    expect(plain.get_by_role("complementary", name="Timers").get_by_role("button", name=re.compile("Pause"))).to_be_visible()
    opener(plain).click()
    for name in ("Start a timer", "Duplicate", "Discard"):
        expect(plain.get_by_role("main").get_by_role("button", name=name)).to_be_visible()
    expect(plain.get_by_role("main").get_by_role("link", name="Edit")).to_be_visible()
    plain.get_by_role("button", name="720.00").click()
    expect(plain.get_by_role("dialog", name="Rate $720.00")).to_be_visible()
    plain.keyboard.press("Escape")
    plain.get_by_role("main").get_by_role("button", name="Discard").click()
    expect(plain.locator("#toasts")).to_contain_text("Time discarded")


def test_without_script_what_is_ticked_is_changed_by_the_bar_that_always_stands(plain: Page, sign_in: SignIn, email: str):
    sign_in(plain, email)
    plain.goto(LIST)
    expect(plain.get_by_label("Select all")).to_be_hidden()
    plain.get_by_role("row").filter(has_text="Draft motion").get_by_label("Select entry").check()
    plain.get_by_role("button", name="No charge", exact=True).click()
    expect(plain.get_by_role("row").filter(has_text="Draft motion")).to_contain_text("No charge")
