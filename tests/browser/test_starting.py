"""Starting a timer on its own page, and how a small screen shows that several run."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from lexapp.models import Firm, User
from lexapp.services.firms import link_timekeeper
from lexapp.services.timers import TimerNote, start_timer
from tests.browser.conftest import SignIn
from tests.factories import NOW, make_matter, make_world

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def email(session: Session) -> str:
    """A lawyer with two timers that run at once."""
    world = make_world(session)
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=NOW)
    matter = make_matter(session, world.owner)
    session.execute(update(Firm).values(timers_at_once=True))
    actor = replace(world.owner, timekeeper_id=world.partner.id)
    for minutes in (9, 4):
        start_timer(session, actor=actor, note=TimerNote(matter.id, "Call"), now=datetime.now(UTC) - timedelta(minutes=minutes))
    session.commit()
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()
    return found


def test_a_matter_is_chosen_and_a_narrative_written_before_the_timer_starts(on_phone: Page, sign_in: SignIn, email: str):
    page = on_phone
    sign_in(page, email)
    page.goto("/timers/new")
    matter = page.get_by_role("combobox", name="Matter")
    matter.fill("port")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("Port Authority")
    matter.press("Enter")
    expect(matter).to_have_value(re.compile("Port Authority claims"))
    page.get_by_label("Narrative").fill("Read the charter")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/today")
    expect(page.locator("#timers")).to_contain_text("Read the charter")
    count = page.get_by_role("link", name="3 timers")
    expect(count).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    count.click()
    expect(page.locator("#timers")).to_be_in_viewport()
