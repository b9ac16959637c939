"""One payer's part credited at a browser: typed wrong, then right, issued, seen on both invoices, and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import Invoice, User
from lexapp.queries.verification import verify
from tests.billing import charge_fixed_fee, issue, share_matter, work_time
from tests.browser.conftest import SignIn
from tests.factories import World, make_client, make_matter, make_world

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
def invoices(session: Session, world: World) -> tuple[int, int]:
    """The client's invoice and the insurer's, of 1,000.00 at 40 and 60 percent."""
    matter = make_matter(session, world.owner)
    insurer = make_client(session, world.owner, "Pemberwick Mutual")
    share_matter(session, world, matter, {matter.client_id or 0: 4_000, insurer.id: 6_000})
    work_time(session, world, matter)
    charge_fixed_fee(session, world, matter, 400_00)
    made = {invoice.payer_id: invoice.id for invoice in issue(session, world, matter)}
    found = made[matter.client_id or 0], made[insurer.id]
    session.rollback()  # an open read would keep the server from writing to SQLite
    return found


def test_one_payers_part_is_credited_and_taken_back(
    at_desk: Page, session: Session, world: World, email: str, invoices: tuple[int, int], sign_in: SignIn
) -> None:
    page = at_desk
    sign_in(page, email)
    theirs, insured = invoices
    page.goto(f"/invoices/{insured}")
    page.get_by_role("link", name="Credit…").click()
    expect(page.get_by_role("heading", name="Credit INV-")).to_be_visible()
    box = page.get_by_label("Credit of Draft motion to compel")
    box.fill("360.01")
    page.get_by_label("Reason").fill("Second attendance is outside the guidelines")
    page.get_by_role("button", name="Issue credit note").click()
    expect(page.get_by_text("That is more than is left of this line")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Second attendance is outside the guidelines")
    box.fill("110.50")
    expect(page.locator("[data-standing=applied]")).to_contain_text("110.50")
    page.get_by_role("button", name="Issue credit note").click()
    expect(page.get_by_role("heading", name="CN-2026-")).to_be_visible()
    expect(page.get_by_text("Second attendance is outside the guidelines")).to_be_visible()
    page.goto(f"/invoices/{insured}")
    expect(page.get_by_label("Amounts")).to_contain_text("489.50")
    page.goto(f"/invoices/{theirs}")
    expect(page.get_by_label("Amounts")).not_to_contain_text("Credited")
    page.goto(f"/invoices/{insured}")
    page.get_by_label("Credit notes").get_by_role("link").click()
    page.get_by_role("button", name="Void…").click()
    page.get_by_label("Reason").fill("Typed on the wrong line")
    page.get_by_role("button", name="Void credit note").click()
    expect(page.get_by_text("Voided").first).to_be_visible()
    totals = session.scalars(select(Invoice.total_minor).where(Invoice.firm_id == world.firm_id).order_by(Invoice.total_minor)).all()
    assert totals == [400_00, 600_00]
    assert verify(session, world.firm_id) == []
