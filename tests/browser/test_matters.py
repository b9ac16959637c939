"""Finding and opening matters by keyboard, at a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from lexapp.models import User
from tests.browser.conftest import SignIn
from tests.factories import make_client, make_matter, make_world


@pytest.fixture
def email(session: Session) -> str:
    world = make_world(session)
    make_matter(session, world.owner)
    make_matter(session, world.owner, make_client(session, world.owner, "Halvorsen Dairy Cooperative"), "Water rights")
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def test_a_matter_is_found_while_typing_and_the_address_keeps_the_search(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto("/matters")
    at_desk.keyboard.press("/")
    at_desk.keyboard.type("dairy")
    expect(at_desk.get_by_text("Port Authority claims")).to_have_count(0)
    expect(at_desk.get_by_role("link", name="Water rights")).to_be_visible()
    at_desk.wait_for_url("**/matters?**q=dairy**")
    at_desk.reload()
    expect(at_desk.get_by_text("Port Authority claims")).to_have_count(0)


def test_a_matter_is_opened_without_the_mouse(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto("/matters")
    at_desk.keyboard.press("m")
    at_desk.wait_for_url("**/matters/new")
    at_desk.get_by_role("combobox", name="Client").focus()
    at_desk.keyboard.type("halv")
    expect(at_desk.get_by_role("option", name="Halvorsen Dairy Cooperative")).to_be_visible()
    at_desk.keyboard.press("Enter")
    at_desk.get_by_label("Name", exact=True).focus()
    at_desk.keyboard.type("Easements")
    at_desk.keyboard.press("Enter")
    expect(at_desk.get_by_role("heading", name="Easements")).to_be_visible()
    expect(at_desk.get_by_text("Halvorsen Dairy Cooperative").first).to_be_visible()


def test_an_error_stands_beside_its_field_and_the_client_stays_picked(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    at_desk.goto("/matters/new")
    at_desk.get_by_role("combobox", name="Client").fill("halv")
    at_desk.get_by_role("option", name="Halvorsen Dairy Cooperative").click()
    at_desk.get_by_role("button", name="Open matter").click()
    expect(at_desk.get_by_text("Write what the matter is about.")).to_be_visible()
    expect(at_desk.get_by_role("combobox", name="Client")).to_have_value("Halvorsen Dairy Cooperative")


@pytest.mark.parametrize("path", ["/matters", "/clients", "/rates", "/timekeepers", "/settings", "/settings/bank-accounts", "/matters/new"])
def test_nothing_is_wider_than_a_phone(on_phone: Page, sign_in: SignIn, email: str, path: str):
    sign_in(on_phone, email)
    on_phone.goto(path)
    assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390
