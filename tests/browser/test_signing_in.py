"""The first screen, at a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from lexapp.models import User
from tests.browser.conftest import SignIn
from tests.factories import make_world


@pytest.fixture
def email(session: Session) -> str:
    world = make_world(session)
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def test_somebody_signs_in_at_a_desk(at_desk: Page, sign_in: SignIn, email: str):
    sign_in(at_desk, email)
    assert at_desk.get_by_role("navigation", name="Main").is_visible()


def test_somebody_signs_in_on_a_phone(on_phone: Page, sign_in: SignIn, email: str):
    sign_in(on_phone, email)
    assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_wrong_password_is_told_and_the_address_stays(at_desk: Page, email: str):
    at_desk.goto("/sign-in")
    at_desk.get_by_label("E-mail").fill(email)
    at_desk.get_by_label("Password").fill("not the password")
    at_desk.get_by_role("button", name="Sign in").click()
    at_desk.get_by_text("do not match").wait_for()
    assert at_desk.get_by_label("E-mail").input_value() == email
