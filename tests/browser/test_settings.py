"""Settings in Chromium: the page that is shown while one types, and names that are too long for a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Firm, User
from tests.browser.conftest import SignIn
from tests.factories import make_world
from tests.web.test_settings import PARTS

LONG = "W" * 120 + " مكتب النور للمحاماة 👩‍⚖️ " + "x" * 50


@pytest.fixture
def email(session: Session) -> str:
    world = make_world(session, LONG)
    with transaction(session, world.firm_id):
        session.get_one(Firm, world.firm_id).mail_subject = "x" * 200
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def test_the_invoice_is_shown_while_its_words_are_typed_and_nothing_is_saved(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto("/settings/invoices")
    sheet = at_desk.frame_locator("iframe[name=invoice-preview]")
    expect(sheet.get_by_role("heading", name="Invoice INV-")).to_be_visible()
    at_desk.get_by_label("Introduction").press_sequentially("We thank you.")
    expect(sheet.get_by_text("We thank you.")).to_be_visible()
    expect(at_desk.get_by_label("Introduction")).to_be_focused()
    at_desk.get_by_label("Layout").select_option("ledger")
    expect(sheet.locator("link[href='ledger.css']")).to_be_attached()
    at_desk.get_by_role("button", name="Save").click()
    expect(at_desk.locator("#toasts")).to_contain_text("Settings saved")
    expect(at_desk.get_by_label("Introduction")).to_have_value("We thank you.")


def test_no_page_of_the_settings_is_wider_than_a_phone(on_phone: Page, sign_in: SignIn, email: str):
    sign_in(on_phone, email)
    for path in (*PARTS, "/settings/taxes", "/settings/taxes/new", "/settings/practice-areas", "/settings/mail", "/today"):
        on_phone.goto(path)
        expect(on_phone.get_by_role("heading", level=1)).to_be_visible()
        assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390, path
    on_phone.goto("/settings/mail")
    expect(on_phone.get_by_role("navigation", name="Settings").get_by_role("link", name="Mail")).to_be_in_viewport()
