"""A receipt beside an expense: drawn before it is sent, still there after a refusal, refused at once where it is too big."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import ExpenseEntry
from tests.browser.conftest import SignIn
from tests.browser.office import found_firm

pytestmark = [pytest.mark.parametrize("engine", ["sqlite"]), pytest.mark.timeout(180)]


def test_a_chosen_receipt_is_drawn_and_stays_when_another_field_is_refused(
    at_desk: Page, sign_in: SignIn, session: Session, tmp_path: Path
):
    Image.new("RGB", (1200, 1600), "white").save(tmp_path / "receipt.jpg")
    (tmp_path / "film.jpg").write_bytes(b"\xff\xd8\xff" + bytes(16_000_000))
    _, matter_id, email = found_firm(session)
    sign_in(at_desk, email)
    at_desk.goto(f"/expenses/new?matter={matter_id}")
    page = at_desk.get_by_role("main")
    receipt = page.get_by_label("Receipt")
    receipt.set_input_files(tmp_path / "film.jpg")
    expect(page.get_by_text("The file has 16.0 MB. Choose one of at most 15 MB.")).to_be_visible()
    expect(receipt).to_have_value("")
    page.get_by_label("Price").fill("38")
    page.get_by_label("Description").fill("Parking")
    page.get_by_role("button", name="Record expense").click()
    expect(receipt).to_be_focused()
    expect(page.get_by_role("button", name="Record expense")).not_to_have_attribute("aria-busy", "true")
    assert session.scalars(select(ExpenseEntry)).all() == []
    session.rollback()
    page.get_by_role("button", name="Go on without it").click()
    expect(page.get_by_text("The file has 16.0 MB.")).to_be_hidden()
    assert receipt.evaluate("field => field.validity.valid")
    receipt.set_input_files(tmp_path / "film.jpg")
    expect(page.get_by_text("The file has 16.0 MB.")).to_be_visible()
    page.get_by_label("Description").fill("")
    receipt.set_input_files(tmp_path / "receipt.jpg")
    expect(page.get_by_role("img", name="The chosen picture")).to_be_visible()
    page.get_by_label("Price").fill("38")
    page.get_by_role("button", name="Record expense").click()
    expect(page.get_by_text("Write what it was for.")).to_be_visible()
    expect(page.get_by_role("img", name="The chosen picture")).to_be_visible()
    page.get_by_label("Description").fill("Parking")
    page.get_by_role("button", name="Record expense").click()
    expect(at_desk.get_by_text("Expense recorded")).to_be_visible()
    expect(page.get_by_role("link", name="Receipt")).to_be_visible()
    session.rollback()
    assert session.scalars(select(ExpenseEntry.receipt_id)).one()
