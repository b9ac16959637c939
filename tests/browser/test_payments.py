"""A check that pays several invoices: the sums live while somebody types, and the boxes fill themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from lexapp.models import User
from tests.billing import charge_fixed_fee, issue
from tests.browser.conftest import SignIn
from tests.discounted import seed_discounts
from tests.factories import TODAY, make_client, make_matter, make_world
from tests.issued_invoices import make_invoice

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def email(session: Session) -> str:
    """The owner of a firm in which one payer owes 300.00 since 60 days and 500.00 since 10."""
    world = make_world(session)
    matter = make_matter(session, world.owner)
    for days, minor in ((60, 300_00), (10, 500_00)):
        make_invoice(session, world, (matter, minor), issued_on=TODAY - timedelta(days=days))
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def test_a_payment_is_spread_over_invoices_and_recorded(at_desk: Page, sign_in: SignIn, email: str):
    page = at_desk
    sign_in(page, email)
    page.goto("/payments/new")
    page.get_by_role("link", name="Castellane").click()
    page.get_by_label("Amount", exact=False).first.fill("400")
    page.get_by_role("button", name="Fill boxes").click()
    first, second = page.locator("[data-box]").all()
    expect(first).to_have_value("300.00")
    expect(second).to_have_value("100.00")
    first.fill("350")
    expect(page.locator("[data-standing=left]")).to_have_text("($50.00)")
    expect(page.get_by_text("More is applied than there is")).to_be_visible()
    second.press("Enter")
    expect(page.get_by_text("owes $300.00")).to_be_visible()
    page.get_by_role("button", name="Fill boxes").click()
    page.get_by_role("button", name="Record payment").click()
    page.wait_for_url("**/payments/1")
    expect(page.get_by_role("heading", name="Payment 1")).to_be_visible()


def test_the_boxes_fit_on_a_phone(on_phone: Page, sign_in: SignIn, email: str):
    sign_in(on_phone, email)
    for path in ("/payments", "/payments/new", "/payments/new?payer_id=1", "/trust", "/journal", "/journal/accounts"):
        on_phone.goto(path)
        assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_tick_puts_what_settles_an_invoice_early_into_its_box(session: Session, at_desk: Page, sign_in: SignIn):
    world = make_world(session)
    client = make_client(session, world.owner)
    seed_discounts(session, world.owner, client)
    matter = make_matter(session, world.owner, client)
    charge_fixed_fee(session, world, matter, 500_00)
    (invoice,) = issue(session, world, matter)
    page, email = at_desk, session.get_one(User, world.owner.user_id).email
    path = f"/payments/new?invoice_id={invoice.id}"
    session.rollback()
    sign_in(page, email)
    page.goto(path)
    tick, box, amount = page.get_by_label("Keeps $10.00"), page.locator("[data-box]"), page.locator("#payment-amount")
    expect(box).to_have_value("500.00")
    tick.check()
    expect(box).to_have_value("490.00")
    expect(amount).to_have_value("490.00")
    tick.uncheck()
    expect(box).to_have_value("500.00")
    expect(amount).to_have_value("500.00")
    tick.check()
    page.get_by_role("button", name="Record payment").click()
    page.wait_for_url("**/payments/1")
    expect(page.get_by_text("Discount for early payment").first).to_be_visible()
