"""A bookkeeper writes down what an engagement letter says, with keyboard and mouse, in under three minutes; it is then what is billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import Client, Invoice, User
from lexapp.queries.verification import verify
from lexapp.services.expense_entries import Expense, record_expense
from lexapp.services.invoices import issue_invoices
from lexapp.services.pre_bills import approve_pre_bills, draft_pre_bill
from lexapp.services.time_entries import Work, record_time
from tests.browser.conftest import SignIn
from tests.factories import World, local_today, make_client, make_matter, make_member, make_world

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
LETTER = (
    "partner 450, associate 300, insurer pays 80 % of fees up to 50,000 then client, client pays expenses, 10 % off above 100,000 a year"
)
SIGNED = local_today() - timedelta(days=30)


@dataclass
class Hand:
    """A person at the page. `seconds` is what they would need, by the keystroke-level model of Card, Moran and Newell (1980).

    0.28 s a key for an average typist, 1.1 s to point, 0.2 s to press, 0.4 s between mouse and keys, 1.35 s to think before each deed.
    """

    seconds: float = 0.0

    def press(self, what: Locator) -> None:
        self.seconds += 1.35 + 1.1 + 0.2
        what.click()

    def choose(self, what: Locator, **option: str) -> None:
        self.seconds += 1.35 + 2 * (1.1 + 0.2)
        what.select_option(**option)

    def type(self, what: Locator, text: str) -> None:
        self.seconds += 1.35 + 1.1 + 0.2 + 2 * 0.4 + 0.28 * len(text)
        what.fill(text)

    def reads(self, words: str) -> None:
        """Words of the letter, at 200 a minute."""
        self.seconds += len(words.split()) * 0.3


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def matter_id(session: Session, world: World) -> int:
    make_client(session, world.owner, "Pemberwick Mutual")
    found = make_matter(session, world.owner).id
    session.rollback()
    return found


@pytest.fixture
def billing_manager(session: Session, world: World) -> str:
    found = session.get_one(User, make_member(session, world.owner, Role.BILLING_MANAGER).user_id).email
    session.rollback()
    return found


def agree_rates(hand: Hand, page: Page) -> None:
    hand.press(page.get_by_role("link", name="Agree fees"))
    hand.type(page.get_by_label("From"), SIGNED.isoformat())
    hand.type(page.get_by_role("group", name="Rate 1").get_by_label("Rate"), "450")
    hand.type(page.get_by_role("group", name="Rate 2").get_by_label("Rate"), "300")
    hand.press(page.get_by_role("button", name="Agree fees"))
    expect(page.get_by_text("partners at $450.00, associates at $300.00")).to_be_visible()


def agree_payers(hand: Hand, page: Page) -> None:
    hand.press(page.get_by_role("link", name="Payers"))
    hand.press(page.get_by_role("link", name="Change who pays"))
    second = page.get_by_role("group", name="Payer 2")
    hand.type(second.get_by_role("combobox", name="Payer 2"), "Pemb")
    hand.press(page.get_by_role("option", name="Pemberwick Mutual"))
    hand.type(second.get_by_label("Of fees"), "80")
    hand.type(second.get_by_label("Up to"), "50,000")
    hand.choose(second.get_by_label("Beyond that pays"), value="1")
    hand.type(page.get_by_label("From"), SIGNED.isoformat())
    hand.press(page.get_by_role("button", name="Save payers"))
    hand.press(page.get_by_role("link", name="Record consent"))
    hand.type(page.get_by_label("By", exact=True), "R. Okonjo")
    hand.press(page.get_by_role("button", name="Record consent"))
    expect(page.get_by_role("link", name="Agreed")).to_be_visible()


def agree_discount(hand: Hand, page: Page) -> None:
    hand.press(page.get_by_role("main").get_by_role("link", name="Discounts"))
    hand.press(page.get_by_role("link", name="By volume"))
    hand.type(page.get_by_label("Step 1: above"), "100,000")
    hand.type(page.get_by_role("textbox", name="Off").first, "10")
    hand.press(page.get_by_role("button", name="Agree discount"))
    expect(page.get_by_role("main")).to_contain_text("10 %")


def test_a_letter_is_written_down_in_under_three_minutes_and_billed_as_it_says(
    at_desk: Page, sign_in: SignIn, session: Session, world: World, matter_id: int, billing_manager: str
) -> None:
    sign_in(at_desk, billing_manager)
    hand = Hand()
    hand.reads(LETTER)
    at_desk.goto(f"/matters/{matter_id}")
    agree_rates(hand, at_desk)
    hand.press(at_desk.get_by_label("Place").get_by_role("link").last)
    agree_payers(hand, at_desk)
    hand.press(at_desk.get_by_label("Place").get_by_role("link").last)
    hand.press(at_desk.get_by_role("main").get_by_role("link", name="Castellane").first)
    agree_discount(hand, at_desk)
    assert hand.seconds < 180, f"{hand.seconds:.0f} s"
    for person in (world.partner.id, world.associate.id):  # 90,000 and 60,000
        for day in range(20):
            work = Work(matter_id, person, SIGNED + timedelta(days=day), 36_000, "Draft of the motion to compel")
            record_time(session, actor=world.owner, work=work)
    record_expense(session, actor=world.owner, expense=Expense(matter_id, local_today(), 2_340_50, description="Transcript"))
    bills = draft_pre_bill(session, actor=world.owner, matter_id=matter_id, through_on=local_today())
    approve_pre_bills(session, actor=world.owner, pre_bill_ids=bills)
    issue_invoices(session, actor=world.owner, pre_bill_ids=bills, issued_on=local_today(), print_now=False)
    query = select(Client.name, Invoice.fees_minor, Invoice.costs_minor).join(Client, Client.id == Invoice.payer_id)
    charged = {name.split()[0]: (fees, costs) for name, fees, costs in session.execute(query)}
    # 10 % of the 50,000 above 100,000 is taken off: 145,000, of which the insurer pays its cap.
    assert charged == {"Pemberwick": (5_000_000, 0), "Castellane": (9_500_000, 2_340_50)}
    assert verify(session, world.firm_id) == []
    session.rollback()
