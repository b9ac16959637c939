"""From a pre-bill to an invoice with the keyboard: row by row, edited in place, approved, issued, voided."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from lexapp.models import User
from tests.billing import draft_one, lines_of, spend, work_time
from tests.browser.conftest import SignIn
from tests.factories import make_matter, make_world


@pytest.fixture
def bill(session: Session) -> tuple[str, int, list[int]]:
    """The owner's address, a pre-bill of 1,289.50 and its lines."""
    world = make_world(session)
    matter = make_matter(session, world.owner)
    work_time(session, world, matter, 200, 35_000, narrative="Review berth logs")
    work_time(session, world, matter, 100, 30_000, narrative="Draft opposition brief")
    spend(session, world, matter, 28_950)
    made = draft_one(session, world, matter).id
    found = session.get_one(User, world.owner.user_id).email, made, [line.id for line in lines_of(session, made)]
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def test_a_pre_bill_is_reviewed_and_issued_without_a_mouse(at_desk: Page, sign_in: SignIn, bill: tuple[str, int, list[int]]) -> None:
    email, made, lines = bill
    sign_in(at_desk, email)
    at_desk.goto(f"/pre-bills/{made}")
    for key in ("j", "j", "k", "w"):
        at_desk.keyboard.press(key)
    reduction = at_desk.get_by_role("textbox", name="Write-down")
    expect(reduction).to_be_focused()
    reduction.fill("50")
    at_desk.get_by_label("Reason").fill("Block billing")
    at_desk.keyboard.press("Control+Enter")
    expect(at_desk.get_by_text("the nearest write-downs are $49.00")).to_be_visible()
    expect(at_desk.get_by_label("Reason")).to_have_value("Block billing")
    at_desk.get_by_role("textbox", name="Write-down").fill("70")
    at_desk.keyboard.press("Control+Enter")
    expect(at_desk.locator(f"#line-{lines[0]}")).to_contain_text("Block billing")
    expect(at_desk.locator("#rail")).to_contain_text("1,219.50")
    for key in ("j", "h"):
        at_desk.keyboard.press(key)
    expect(at_desk.locator("#rail")).to_contain_text("919.50")
    at_desk.keyboard.press("a")
    expect(at_desk.get_by_role("link", name="Issue…")).to_be_visible()
    at_desk.wait_for_load_state()
    at_desk.keyboard.press("i")
    at_desk.get_by_label("Send by e-mail").uncheck()
    at_desk.get_by_role("button", name="Issue for $919.50").click()
    expect(at_desk.get_by_role("heading", name="INV-")).to_be_visible()
    expect(at_desk.get_by_text("The PDF is being made")).to_be_visible()


def test_an_open_desk_closes_on_escape(at_desk: Page, sign_in: SignIn, bill: tuple[str, int, list[int]]) -> None:
    email, made, lines = bill
    sign_in(at_desk, email)
    at_desk.goto(f"/pre-bills/{made}")
    at_desk.keyboard.press("j")
    at_desk.keyboard.press("e")
    expect(at_desk.get_by_label("Narrative")).to_be_focused()
    at_desk.keyboard.press("Escape")
    expect(at_desk.locator(f"#line-{lines[0]}")).to_be_visible()
    expect(at_desk.get_by_label("Narrative")).to_have_count(0)


def test_approve_loses_nothing_that_is_typed(at_desk: Page, sign_in: SignIn, bill: tuple[str, int, list[int]]) -> None:
    email, made, lines = bill
    sign_in(at_desk, email)
    at_desk.goto(f"/pre-bills/{made}")
    at_desk.get_by_label("What it is for").fill("For services in October")
    at_desk.locator(f"#line-{lines[0]}").focus()
    at_desk.keyboard.press("w")
    expect(at_desk.get_by_role("textbox", name="Write-down")).to_be_focused()
    at_desk.get_by_role("textbox", name="Write-down").fill("70")
    at_desk.get_by_label("Reason").fill("Block billing")
    at_desk.get_by_role("button", name="Approve").click()
    expect(at_desk.get_by_text("Save or cancel line 1 first.")).to_be_visible()
    expect(at_desk.get_by_label("Narrative")).to_be_focused()
    expect(at_desk.get_by_role("textbox", name="Write-down")).to_have_value("70")
    for form in ("#description-form", f"#line-form-{lines[0]}"):
        expect(at_desk.locator(form)).to_have_attribute("data-draft-kept", "yes")
    at_desk.goto(f"/pre-bills/{made}")
    expect(at_desk.get_by_label("What it is for")).to_have_value("For services in October")
    at_desk.locator(f"#line-{lines[0]}").focus()
    at_desk.keyboard.press("w")
    expect(at_desk.get_by_role("textbox", name="Write-down")).to_have_value("70")
    expect(at_desk.get_by_label("Reason")).to_have_value("Block billing")
    at_desk.get_by_role("button", name="Save line").click()
    expect(at_desk.locator("#rail")).to_contain_text("1,219.50")
    at_desk.get_by_role("button", name="Approve").click()
    expect(at_desk.get_by_role("link", name="Issue…")).to_be_visible()
    expect(at_desk.locator("#description")).to_contain_text("For services in October")
    expect(at_desk.locator("#rail")).to_contain_text("1,219.50")


def test_a_pre_bill_is_edited_on_a_phone(on_phone: Page, sign_in: SignIn, bill: tuple[str, int, list[int]]) -> None:
    email, made, lines = bill
    sign_in(on_phone, email)
    on_phone.goto(f"/pre-bills/{made}")
    assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390
    on_phone.locator(f"#line-{lines[1]}").get_by_role("button", name="Actions for this line").click()
    on_phone.get_by_role("link", name="Edit").click()
    on_phone.get_by_label("Narrative").fill("Draft the brief")
    on_phone.get_by_role("button", name="Save line").click()
    expect(on_phone.locator(f"#line-{lines[1]}")).to_contain_text("Draft the brief")
