"""Hints under a narrative while it is typed: the guideline quoted, words marked, a code chosen with one press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from lexapp.models import User
from lexapp.services.firms import link_timekeeper
from tests.browser.conftest import SignIn
from tests.factories import NOW, make_guideline, make_matter, make_world

BLOCK = "Draft motion to compel; call client re motion; attention to file"


@pytest.fixture
def place(session: Session) -> tuple[str, int]:
    """The e-mail of a lawyer, and a matter whose client refuses block billing and asks for codes."""
    world = make_world(session)
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=NOW)
    matter = make_matter(session, world.owner)
    quotes = {"blocks": "Each entry holds one task (5.1)."}
    make_guideline(session, world.owner, matter.client_id, blocks_weight="refuse", needs_task_code=True, most_characters=80, quotes=quotes)
    found = session.get_one(User, world.owner.user_id).email, matter.id
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def test_hints_come_while_typing_and_a_code_is_chosen_with_one_press(at_desk: Page, sign_in: SignIn, place: tuple[str, int]):
    email, matter_id = place
    sign_in(at_desk, email)
    at_desk.goto(f"/time/new?matter={matter_id}")
    at_desk.get_by_label("Time", exact=True).fill("1.9")
    narrative = at_desk.locator("#new-narrative")
    narrative.press_sequentially(BLOCK)
    hints = at_desk.locator("#hints-new-narrative")
    expect(hints).to_contain_text("Each entry holds one task (5.1).")
    expect(hints).to_contain_text("64 of 80")
    hints.get_by_role("button", name="“attention to file” is vague").click()
    marked = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert narrative.evaluate(marked) == "attention to file"
    hints.get_by_role("button", name="L350").click()
    expect(at_desk.get_by_label("Task")).to_have_value("L350")
    expect(hints).not_to_contain_text("asks for a task code")
    narrative.fill("Draft motion to compel")
    expect(hints).not_to_contain_text("Block billing")
    at_desk.keyboard.press("Control+Enter")
    at_desk.wait_for_url("**/time?*")
    expect(at_desk.get_by_role("row").filter(has_text="Draft motion to compel")).to_be_visible()
