"""Split billing at a browser: from what was agreed to both issued invoices, and the books that follow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import Client, Invoice, Matter, User
from lexapp.queries.verification import verify
from tests.billing import draft, spend, work_time
from tests.browser.conftest import SignIn
from tests.factories import TODAY, World, make_client, make_matter, make_world

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
    """A matter with 100 hours of a partner at 450, 100 of an associate at 300, and a cost; the insurer is a client of the firm."""
    make_client(session, world.owner, "Pemberwick Mutual")
    matter = make_matter(session, world.owner)
    for _ in range(10):
        work_time(session, world, matter, 1_000, 45_000)
        work_time(session, world, matter, 1_000, 30_000, by=world.associate)
    spend(session, world, matter, 2_340_50)
    found = matter.id
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def agree_by_hand(page: Page, matter_id: int) -> None:
    """The insurer pays 80 % of fees up to 50,000, then the client, who pays the rest and the expenses."""
    page.goto(f"/matters/{matter_id}/payers")
    page.get_by_role("link", name="Change who pays").click()
    second = page.get_by_role("group", name="Payer 2")
    second.get_by_role("combobox", name="Payer 2").fill("Pemb")
    page.get_by_role("option", name="Pemberwick Mutual").click()
    second.get_by_label("Of fees").fill("80")
    second.get_by_label("Up to").fill("50,000")
    second.get_by_label("Beyond that pays").select_option("1")
    expect(page.locator("#example")).to_contain_text("18,000.00")
    page.get_by_role("button", name="Save payers").click()
    expect(page.get_by_text("80 % of fees, up to $50,000.00, then Castellane")).to_be_visible()
    page.get_by_role("link", name="Record consent").click()
    page.get_by_label("By", exact=True).fill("R. Okonjo")
    page.get_by_role("button", name="Record consent").click()
    expect(page.get_by_role("link", name="Agreed")).to_be_visible()


def issue_by_hand(page: Page, pre_bill_id: int) -> None:
    page.goto(f"/pre-bills/{pre_bill_id}")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Issue…").click()
    page.get_by_label("Send by e-mail").uncheck()
    page.get_by_role("button", name="Issue for").click()
    expect(page.get_by_role("heading", name="INV-")).to_be_visible()
    expect(page.get_by_role("heading", name="How this work is divided")).to_be_visible()


def test_an_insurer_pays_up_to_the_cap_and_the_client_the_rest(
    at_desk: Page, sign_in: SignIn, session: Session, world: World, matter_id: int, email: str
) -> None:
    sign_in(at_desk, email)
    agree_by_hand(at_desk, matter_id)
    bills = draft(session, world, session.get_one(Matter, matter_id), TODAY)
    session.rollback()
    for pre_bill_id in bills:
        issue_by_hand(at_desk, pre_bill_id)
    query = select(Client.name, Invoice.fees_minor, Invoice.costs_minor).join(Client, Client.id == Invoice.payer_id)
    charged = {name.split()[0]: (fees, costs) for name, fees, costs in session.execute(query)}
    assert charged == {"Pemberwick": (5_000_000, 0), "Castellane": (2_500_000, 2_340_50)}
    assert verify(session, world.firm_id) == []
    session.rollback()


def test_the_pages_fit_on_a_phone(on_phone: Page, sign_in: SignIn, matter_id: int, email: str) -> None:
    sign_in(on_phone, email)
    for path in ("payers", "payers/edit"):
        on_phone.goto(f"/matters/{matter_id}/{path}")
        assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_a_key_adds_to_a_form_has_the_focus_and_so_has_what_was_refused(
    at_desk: Page, sign_in: SignIn, matter_id: int, email: str
) -> None:
    sign_in(at_desk, email)
    at_desk.goto(f"/matters/{matter_id}/payers/edit")
    at_desk.get_by_role("button", name="Add payer").press("Enter")
    expect(at_desk.get_by_role("combobox", name="Payer 3")).to_be_focused()
    at_desk.goto(f"/matters/{matter_id}/fee-agreement/new")
    at_desk.get_by_role("button", name="Cap", exact=True).press("Enter")
    expect(at_desk.get_by_label("At most")).to_be_focused()
    at_desk.get_by_role("button", name="Take out term 2").press("Enter")
    expect(at_desk.get_by_role("group", name="Add a term").get_by_role("button").first).to_be_focused()
    at_desk.goto("/expenses/new")
    at_desk.get_by_label("Price").press("Enter")
    expect(at_desk.get_by_text("Choose a matter: type a few letters of its name.")).to_be_visible()
    expect(at_desk.get_by_role("combobox", name="Matter")).to_be_focused()
