"""The main job by keyboard alone, and its first half on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SignIn
from tests.browser.office import NARRATIVE, PATIENT, Office
from tests.factories import PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_main_job_without_a_mouse(desk: Page, office: Office):
    sign_in_by_keys(desk, office.email)
    record_by_keys(desk, office)
    deposit_by_keys(desk)
    bill_by_keys(desk)
    expect(desk.locator("#invoice-state")).to_contain_text(".pdf", timeout=PATIENT)
    assert "360.00" in str(office.mail().get_body(("plain",)))
    pay_by_keys(desk)
    apply_by_keys(desk)
    assert office.findings() == []


def go(page: Page, words: str, heading: str | re.Pattern[str]) -> None:
    """Through the palette, as somebody does who knows the name of the place."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or do")).to_be_focused()
    page.keyboard.type(f"go to {words}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=heading, level=1, exact=True)).to_be_visible()
    scripts_have_run(page)


def scripts_have_run(page: Page) -> None:
    """What a page says can be seen before the scripts that read its keys have run."""
    page.wait_for_load_state()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as everybody can who sees where the focus is."""
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}")


def sign_in_by_keys(page: Page, email: str) -> None:
    page.goto("/sign-in")
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type(email)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def record_by_keys(page: Page, office: Office) -> None:
    """A timer that ran before, opened from the bar and recorded."""
    page.keyboard.press("n")
    expect(page.get_by_role("combobox", name="Matter")).to_be_focused()
    page.keyboard.type("berth")
    page.keyboard.press("Enter")
    bar = page.get_by_role("complementary", name="Timers")
    expect(bar.get_by_role("button", name="Pause Castellane")).to_be_visible()
    office.add_earlier_stretch(minutes=31)
    tab_to(page, bar.get_by_role("link", name="Berth allocation dispute"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Timer").get_by_label("Narrative")).to_be_focused()
    page.keyboard.type(NARRATIVE)
    tab_to(page, page.get_by_role("button", name="Stop and record", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("0.60 h recorded")
    go(page, "time", "Time")
    expect(page.get_by_role("row").filter(has_text=NARRATIVE)).to_contain_text("360.00")


def deposit_by_keys(page: Page) -> None:
    go(page, "trust", re.compile("IOLTA"))
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="Deposit to trust")).to_be_visible()
    tab_to(page, page.get_by_role("combobox", name="Matter"))
    page.keyboard.type("berth")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Matter")).to_have_value(re.compile("Berth"))
    tab_to(page, page.get_by_label("Amount"))
    page.keyboard.type("1,000.00")
    tab_to(page, page.get_by_label("From"))
    page.keyboard.type("Castellane Shipping")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Deposit recorded")


def bill_by_keys(page: Page) -> None:
    """One pre-bill opens at once; approved and issued by letters."""
    go(page, "pre-bills", "Pre-bills")
    page.keyboard.press("b")
    tab_to(page, page.get_by_label(re.compile("Berth allocation dispute")))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Make pre-bills"))
    page.keyboard.press("Enter")
    expect(page.locator("#rail")).to_contain_text("360.00")
    scripts_have_run(page)
    page.keyboard.press("a")
    expect(page.get_by_role("link", name="Issue…")).to_be_visible()
    scripts_have_run(page)
    page.keyboard.press("i")
    tab_to(page, page.get_by_role("button", name="Issue for $360.00"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="INV-")).to_be_visible()


def pay_by_keys(page: Page) -> None:
    go(page, "payments", "Payments")
    page.keyboard.press("p")
    expect(page.get_by_role("combobox", name="Payer")).to_be_focused()
    page.keyboard.type("castellane")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Payer")).to_have_value(re.compile("Castellane"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Amount USD")).to_be_focused()
    page.keyboard.type("100")
    tab_to(page, page.get_by_role("button", name="Fill boxes, oldest first"))
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("INV-"))).to_have_value("100.00")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Payment recorded")


def apply_by_keys(page: Page) -> None:
    go(page, "trust", re.compile("IOLTA"))
    tab_to(page, page.get_by_role("row").filter(has_text="Berth allocation dispute").get_by_role("link"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Berth allocation dispute")).to_be_visible()
    scripts_have_run(page)
    page.keyboard.press("i")
    expect(page.get_by_label("Amount")).to_have_value("260.00")
    tab_to(page, page.get_by_label("Amount"))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("row").filter(has_text="INV-")).to_contain_text("740.00")
    tab_to(page, page.get_by_role("main").get_by_role("link", name="INV-"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_text("Paid", exact=True).first).to_be_visible()


def test_a_lawyer_with_a_phone_times_records_and_looks_at_the_pre_bill(phone: Page, sign_in: SignIn, office: Office):
    sign_in(phone, office.email)
    fits(phone)
    phone.get_by_role("link", name="New timer").tap()
    phone.get_by_role("combobox", name="Matter").fill("berth")
    phone.get_by_role("option", name=re.compile("Berth")).tap()
    bar = phone.get_by_role("complementary", name="Timers")
    expect(bar.get_by_role("button", name="Pause Castellane")).to_be_visible()
    fits(phone)
    office.add_earlier_stretch(minutes=31)
    bar.get_by_text("Berth allocation dispute").tap()
    phone.get_by_role("dialog", name="Timer").get_by_label("Narrative").fill(NARRATIVE)
    phone.get_by_role("button", name="Stop and record", exact=True).tap()
    expect(phone.locator("#toasts")).to_contain_text("0.60 h recorded")
    phone.get_by_role("navigation", name="Main").get_by_role("link", name="Time", exact=True).tap()
    expect(phone.get_by_role("row").filter(has_text=NARRATIVE)).to_contain_text("360.00")
    fits(phone)
    phone.get_by_role("navigation", name="Main").get_by_role("button", name="More").tap()
    phone.locator("#more").get_by_role("link", name="Pre-bills").tap()
    phone.get_by_role("link", name="New pre-bills").first.tap()
    fits(phone)
    phone.get_by_label(re.compile("Berth allocation dispute")).check()
    phone.get_by_role("button", name="Make pre-bills").tap()
    expect(phone.locator("#rail")).to_contain_text("360.00")
    expect(phone.get_by_role("row").filter(has_text=NARRATIVE)).to_be_visible()
    fits(phone)


def fits(page: Page) -> None:
    """Nothing reaches beyond the screen."""
    page.wait_for_function("document.readyState === 'complete' && document.documentElement.scrollWidth <= 390")
