"""The main job in a browser that runs no script: plain pages and forms, from the timer to the payment."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, SignIn, quiet_context
from tests.browser.office import NARRATIVE, Office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def plain(chromium: Browser, office: Office) -> Iterator[Page]:
    with quiet_context(chromium, office.address, **DESK, java_script_enabled=False) as context:
        yield context.new_page()


def test_work_becomes_money_without_a_script(plain: Page, sign_in: SignIn, office: Office):
    sign_in(plain, office.email)
    find_the_matter(plain)
    record(plain, office)
    bill(plain)
    pay(plain)
    assert office.findings() == []


def find_the_matter(page: Page) -> None:
    """What the palette does with script is a page without."""
    page.get_by_role("button", name="Search or do").click()
    page.get_by_role("searchbox", name="Search").fill("berth")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.locator("#results a").filter(has_text="Berth allocation dispute").first.click()
    expect(page.get_by_role("heading", name="Berth allocation dispute")).to_be_visible()


def record(page: Page, office: Office) -> None:
    page.get_by_role("button", name="Start timer").click()
    bar = page.get_by_role("complementary", name="Timers")
    expect(bar.get_by_role("button", name=re.compile("Pause .*Berth"))).to_be_visible()
    office.add_earlier_stretch(minutes=31)
    bar.get_by_role("link", name=re.compile("Berth allocation dispute")).click()
    page.get_by_role("main").get_by_label("Narrative").fill(NARRATIVE)
    page.get_by_role("main").get_by_role("button", name="Stop and record", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("0.60 h recorded")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Time", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=NARRATIVE)).to_contain_text("360.00")


def bill(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Pre-bills").click()
    page.get_by_role("link", name="New pre-bills").first.click()
    page.get_by_label(re.compile("Berth allocation dispute")).check()
    page.get_by_role("button", name="Make pre-bills").click()
    expect(page.locator("#rail")).to_contain_text("360.00")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Issue…").click()
    page.get_by_role("button", name="Issue for $360.00").click()
    expect(page.get_by_role("heading", name="INV-")).to_be_visible()


def pay(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Payments").click()
    page.get_by_role("link", name="Record payment").first.click()
    page.get_by_role("main").get_by_role("row").get_by_role("link", name=re.compile("Castellane")).click()
    page.get_by_label("Amount USD").fill("360.00")
    page.get_by_label(re.compile("INV-")).fill("360.00")
    page.get_by_role("button", name="Record payment").click()
    expect(page.locator("#toasts")).to_contain_text("Payment recorded")
