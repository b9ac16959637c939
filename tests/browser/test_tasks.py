"""A fee that is due by a task, at a browser: agreed, the task done with a press, billed, on the invoice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import Invoice, MatterTask, User
from lexapp.queries.verification import verify
from tests.browser.conftest import SignIn
from tests.factories import World, make_matter, make_world

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def email(session: Session, world: World) -> str:
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()
    return found


@pytest.fixture
def matter_id(session: Session, world: World) -> int:
    found = make_matter(session, world.owner).id
    session.rollback()
    return found


def write_a_task(page: Page, matter_id: int) -> None:
    """With the keyboard alone, twice: the line is ready for the next one."""
    page.goto(f"/matters/{matter_id}/tasks")
    line = page.get_by_role("textbox", name="Task")
    page.keyboard.press("a")
    expect(line).to_be_focused()
    for name in ("Answer filed", "Discovery plan sent"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=name)).to_be_visible()
        expect(line).to_have_value("")
        expect(line).to_be_focused()


def agree_by_task(page: Page, matter_id: int) -> None:
    page.goto(f"/matters/{matter_id}/fee-agreement/new")
    page.get_by_role("button", name="Take out term 1").click()
    expect(page.get_by_role("region", name="Term 1")).to_have_count(0)
    page.get_by_role("button", name="Milestones", exact=True).click()
    first = page.get_by_role("group", name="Milestone 1")
    first.get_by_label("Milestone", exact=True).fill("Answer")
    first.get_by_label("Amount or %").fill("2,500")
    first.get_by_label("Due", exact=True).select_option("task")
    first.get_by_label("Day or task").fill("answer filed")
    page.get_by_role("button", name="Agree fees").click()
    expect(page.get_by_text("due when this is done: answer filed")).to_be_visible()


def test_a_fee_is_due_when_its_task_is_done_and_stands_on_the_invoice(
    at_desk: Page, sign_in: SignIn, session: Session, world: World, matter_id: int, email: str
) -> None:
    sign_in(at_desk, email)
    write_a_task(at_desk, matter_id)
    agree_by_task(at_desk, matter_id)
    at_desk.get_by_role("link", name="answer filed").click()
    at_desk.get_by_role("button", name="Done: Answer filed").click()
    expect(at_desk.get_by_text("The fee that was due by it waits to be billed.")).to_be_visible()
    at_desk.goto(f"/matters/{matter_id}/fee-agreement")
    at_desk.get_by_role("button", name="Bill now").click()
    expect(at_desk.get_by_role("button", name="Approve")).to_be_visible()
    pre_bill = at_desk.url
    at_desk.goto(f"/matters/{matter_id}/tasks")
    at_desk.get_by_role("button", name="Not done after all: Answer filed").click()
    expect(at_desk.get_by_role("alert")).to_contain_text("the fee is on a pre-bill. Take it off there first")
    at_desk.goto(pre_bill)
    at_desk.get_by_role("button", name="Approve").click()
    at_desk.get_by_role("link", name="Issue…").click()
    at_desk.get_by_role("button", name="Issue for").click()
    expect(at_desk.get_by_role("heading", name="INV-")).to_be_visible()
    [invoice] = session.scalars(select(Invoice))
    assert invoice.total_minor == 2_500_00
    assert sorted(task.done_at is not None for task in session.scalars(select(MatterTask))) == [False, True]
    session.rollback()
    assert verify(session, world.firm_id) == []
