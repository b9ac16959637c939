"""From an invitation to a sign-in with a one-time code, and the end of a session, with the worker that mails."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, SignIn, quiet_context
from tests.browser.office import Office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PASSWORD = "velvet canyon onion 19"
EMAIL = "nia@example.test"


def test_somebody_invited_joins_signs_in_with_a_code_and_ends_a_session(desk: Page, sign_in: SignIn, office: Office, chromium: Browser):
    sign_in(desk, office.email)
    invite(desk)
    address = link_in(office)
    with quiet_context(chromium, office.address, **PHONE) as context:
        phone = context.new_page()
        join(phone, address)
        app = set_up_codes(phone)
        with quiet_context(chromium, office.address, **DESK) as second:
            elsewhere = second.new_page()
            sign_in_with_code(elsewhere, app)
            end_the_other_session(elsewhere)
        phone.goto("/matters")
        expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


def invite(page: Page) -> None:
    page.goto("/people")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("Name").fill("Nia New")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Role").select_option("billing_manager")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("#toasts")).to_contain_text("is on its way")
    expect(page.locator("#invitations")).to_contain_text("Waits")


def link_in(office: Office) -> str:
    body = office.mail().get_body(("plain",))
    assert body is not None
    found = re.search(r"^https?://\S+/invitation/\S+", body.get_content(), re.MULTILINE)
    assert found, body.get_content()
    return found[0]


def join(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text("You are invited as billing manager")).to_be_visible()
    page.get_by_label("Password").fill("Password1234!")
    page.get_by_role("button", name="Join the firm").click()
    expect(page.get_by_text("first that somebody would guess")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join the firm").click()
    expect(page.locator("#toasts")).to_contain_text("Welcome to")


def set_up_codes(page: Page) -> pyotp.TOTP:
    page.goto("/account/codes")
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    key = "".join(page.locator("code").first.inner_text().split())
    app = pyotp.TOTP(key)
    page.get_by_label("Code of the app").fill(app.now())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Turn on one-time codes").click()
    expect(page.get_by_role("list", name="Recovery codes").locator("li")).to_have_count(10)
    return app


def sign_in_with_code(page: Page, app: pyotp.TOTP) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    field = page.get_by_label("One-time code")
    expect(field).to_be_focused()
    field.fill(app.at(int(time.time()) + 30))  # the one before is used up; a clock may be half a minute ahead
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def end_the_other_session(page: Page) -> None:
    page.goto("/sessions")
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_have_count(1)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator("#toasts")).to_contain_text("Signed out in 1 other browser")
