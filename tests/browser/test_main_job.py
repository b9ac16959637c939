"""The main job, from a running timer to books that prove themselves, in Chromium and with every process that runs in production."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, SignIn, quiet_context
from tests.browser.office import NARRATIVE, PATIENT, Office, link_in, text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TITLES = ("Earned-fee transfer", "Payment applied", "Payment received", "Invoice issued", "Trust deposit")


def test_work_becomes_money_and_the_books_prove_it(desk: Page, sign_in: SignIn, office: Office, chromium: Browser, tmp_path: Path):
    sign_in(desk, office.email)
    run_a_timer(desk)
    office.add_earlier_stretch(minutes=31)
    stop_into_an_entry(desk)
    deposit_to_trust(desk, office)
    make_pre_bills(desk)
    review(desk)
    number = issue(desk)
    download(desk, number, tmp_path / "invoice.pdf")
    read_mail(office, number)
    see_as_client(chromium, office, number)
    pay_a_part(desk, number)
    pay_the_rest_from_trust(desk, number)
    read_journal(desk)
    assert office.findings() == []


def run_a_timer(page: Page) -> None:
    """Started with two keys and a few letters, it runs on every page and after a reload."""
    page.keyboard.press("n")
    expect(page.get_by_role("combobox", name="Matter")).to_be_focused()
    page.keyboard.type("berth")
    page.keyboard.press("Enter")
    bar = page.get_by_role("complementary", name="Timers")
    expect(bar.get_by_role("button", name="Pause Castellane")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Clients").click()
    expect(page.get_by_role("heading", name="Clients")).to_be_visible()
    expect(bar.get_by_text("Berth allocation dispute")).to_be_visible()
    page.reload()
    expect(bar.get_by_role("button", name="Pause Castellane")).to_be_visible()


def stop_into_an_entry(page: Page) -> None:
    page.reload()
    bar = page.get_by_role("complementary", name="Timers")
    expect(bar.locator(".timer-time")).to_contain_text("31:")
    bar.get_by_text("Berth allocation dispute").click()
    dialog = page.get_by_role("dialog", name="Timer")
    dialog.get_by_label("Narrative").fill(NARRATIVE)
    dialog.get_by_role("button", name="Stop and record").click()
    expect(page.locator("#toasts")).to_contain_text("0.60 h recorded")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Time", exact=True).click()
    row = page.get_by_role("row").filter(has_text=NARRATIVE)
    expect(row).to_contain_text("0.60")
    expect(row).to_contain_text("360.00")
    row.get_by_role("button", name="600.00").click()
    expect(page.get_by_role("dialog", name="Rate $600.00")).to_contain_text("Matter rate")
    page.keyboard.press("Escape")


def deposit_to_trust(page: Page, office: Office) -> None:
    page.goto(f"/trust/deposits/new?matter_id={office.matter_id}")
    page.get_by_label("Amount").fill("1,000.00")
    page.get_by_label("Reference").fill("4711")
    page.get_by_role("button", name="Record deposit").click()
    expect(page.get_by_role("heading", name="Berth allocation dispute")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="4711")).to_contain_text("1,000.00")


def make_pre_bills(page: Page) -> None:
    """Two at once, which is work for the worker."""
    page.goto("/pre-bills")
    page.get_by_role("link", name="New pre-bills").first.click()
    page.get_by_label(re.compile("Berth allocation dispute")).check()
    page.get_by_label(re.compile("Port Authority claims")).check()
    page.get_by_role("button", name="Make pre-bills").click()
    expect(page.get_by_text("2 of 2 made")).to_be_visible(timeout=PATIENT)
    page.get_by_role("link", name="To the pre-bills").click()
    page.get_by_role("link", name=re.compile("Berth allocation dispute")).click()
    expect(page.locator("#rail")).to_contain_text("360.00")


def review(page: Page) -> None:
    """A write-down with its reason, and the approval."""
    line = page.get_by_role("row").filter(has_text=NARRATIVE)
    line.get_by_role("button", name="Actions for this line").click()
    page.get_by_role("link", name="Write down").click()
    page.get_by_role("textbox", name="Write-down").fill("60")
    page.get_by_label("Reason").fill("Courtesy to a new client")
    page.get_by_role("button", name="Save line").click()
    expect(line).to_contain_text("Courtesy to a new client")
    expect(page.locator("#rail")).to_contain_text("300.00")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Issue…").click()


def issue(page: Page) -> str:
    """The number of the invoice."""
    expect(page.get_by_label("Send by e-mail")).to_be_checked()
    page.get_by_role("button", name="Issue for $300.00").click()
    heading = page.get_by_role("heading", name="INV-")
    expect(heading).to_be_visible()
    return heading.inner_text().split()[0]


def download(page: Page, number: str, target: Path) -> None:
    """The PDF comes by itself, as soon as the worker has made it."""
    link = page.locator("#invoice-state").get_by_role("link", name=re.compile(r"\.pdf"))
    expect(link).to_be_visible(timeout=PATIENT)
    answer = page.request.get(link.get_attribute("href") or "")
    assert answer.headers["content-type"] == "application/pdf"
    target.write_bytes(answer.body())
    text = text_of(target)
    assert number in text
    assert "300.00" in text
    assert "Courtesy" not in text, "a write-down is internal"


def read_mail(office: Office, number: str) -> None:
    message = office.mail()
    assert message["Message-ID"]
    assert "ap@castellane.test" in message["To"]
    assert number in message["Subject"]
    assert link_in(message).startswith(f"{office.address}/i/")


def see_as_client(chromium: Browser, office: Office, number: str) -> None:
    """The link of the mail, in a browser that knows nobody."""
    with quiet_context(chromium, office.address, **PHONE) as context:
        page = context.new_page()
        page.goto(link_in(office.mail()))
        expect(page.get_by_role("heading", name="Invoice")).to_be_visible()
        expect(page.get_by_role("region", name="How to pay")).to_contain_text("300.00")
        expect(page.get_by_role("region", name="How to pay")).to_contain_text(number)


def pay_a_part(page: Page, number: str) -> None:
    page.reload()
    page.get_by_role("link", name="Record payment").click()
    page.get_by_label("Amount USD").fill("100.00")
    page.get_by_label("Reference").fill("W-1029")
    page.get_by_label(number).fill("100.00")
    page.get_by_role("button", name="Record payment").click()
    expect(page.locator("#toasts")).to_contain_text("Payment recorded")
    page.get_by_role("main").get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", name=number)).to_be_visible()
    expect(page.locator("#invoice-state")).to_contain_text("200.00")
    expect(page.get_by_role("main")).to_contain_text("Part-paid")


def pay_the_rest_from_trust(page: Page, number: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Trust").click()
    page.get_by_role("row").filter(has_text="Berth allocation dispute").get_by_role("link").click()
    page.get_by_role("link", name="Apply to an invoice").click()
    expect(page.get_by_label("Amount")).to_have_value("200.00")
    page.get_by_role("button", name="Apply to invoice").click()
    expect(page.get_by_role("row").filter(has_text=number)).to_contain_text("800.00")
    page.get_by_role("main").get_by_role("link", name=number).click()
    expect(page.get_by_role("main").get_by_text("Paid", exact=True).first).to_be_visible()
    expect(page.locator("#invoice-state")).to_contain_text("0.00")


def read_journal(page: Page) -> None:
    """Each event of the way stands there once, the newest first."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Journal").click()
    entries = page.locator("#entries .table-group")
    expect(entries).to_have_count(5)
    for at, title in enumerate(TITLES):
        expect(entries.nth(at)).to_contain_text(title)
