"""Somebody who has never seen it: from an installation without a firm to an invoice that is paid, by what the screens say alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.database import scope_to_firm
from lexapp.models import Firm
from lexapp.queries.verification import verify
from tests.browser.conftest import DESK, PHONE, quiet_context
from tests.browser.office import PATIENT, text_of
from tests.documents.test_logos import picture
from tests.jobs.processes import Process
from tests.live import WebServer
from tests.servers import MailSink, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SECRET = "harbor lantern tenth quill"


@pytest.fixture
def empty(environ: dict[str, str], mail_sink: MailSink, tmp_path: Path) -> Iterator[str]:
    """The address of an installation without a firm: web server and worker."""
    server = WebServer(environ)
    worker = Process("worker", {**environ, "BASE_URL": server.address, "MAIL_URL": mail_sink.url}, tmp_path)
    try:
        worker.wait_until_it_says("ready")
        yield server.address
    finally:
        worker.stop()
        server.close()


def test_from_the_set_up_to_a_paid_invoice_and_a_colleague(
    chromium: Browser, empty: str, session: Session, mail_sink: MailSink, tmp_path: Path
):
    with quiet_context(chromium, empty, **DESK) as context:
        page = context.new_page()
        set_up(page, tmp_path)
        add_a_client(page)
        open_a_matter(page)
        record_time(page)
        open_an_account(page)
        number = bill(page)
        read_pdf(page, number, tmp_path)
        get_paid(page, number)
        invite(page)
    join(chromium, empty, mail_sink)
    firm_id = session.scalars(select(Firm.id)).one()
    scope_to_firm(session, firm_id)
    assert verify(session, firm_id) == []


def set_up(page: Page, folder: Path) -> None:
    """Whatever is asked for leads to the one page that there is."""
    page.goto("/invoices")
    expect(page.get_by_role("heading", name="Your firm")).to_be_visible()
    (folder / "logo.png").write_bytes(picture())
    page.get_by_label("Name of the firm").fill("Brannock Voss LLP")
    page.get_by_label("Logo").set_input_files(folder / "logo.png")
    page.get_by_label("Your name").fill("Marguerite Voss")
    page.get_by_label("E-mail").fill("m.voss@brannockvoss.test")
    page.get_by_label("Password", exact=True).fill(SECRET)
    page.get_by_label("Password once more").fill(SECRET)
    page.get_by_label("Your rate").fill("350.00")
    page.get_by_role("button", name="Set up the firm").click()
    expect(page.locator("#toasts")).to_contain_text("Brannock Voss LLP is ready")
    expect(page.get_by_role("heading", name="From nothing to the first invoice")).to_be_visible()


def home(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="From nothing to the first invoice")).to_be_visible()


def add_a_client(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Add the first client").click()
    page.get_by_label("Name").fill("Halvorsen Dairy Cooperative")
    page.get_by_label("E-mail").fill("ap@halvorsen.test")
    page.get_by_role("button", name="Add client").click()
    expect(page.get_by_role("heading", name="Halvorsen Dairy Cooperative")).to_be_visible()


def open_a_matter(page: Page) -> None:
    home(page)
    page.get_by_role("main").get_by_role("link", name="Open a matter").click()
    page.get_by_role("combobox", name="Client").fill("halv")
    page.get_by_role("option", name=re.compile("Halvorsen")).click()
    page.get_by_label("Name", exact=True).fill("Milk quota appeal")
    page.get_by_role("button", name="Open matter").click()
    expect(page.get_by_role("heading", name=re.compile("Milk quota appeal"))).to_be_visible()


def record_time(page: Page) -> None:
    home(page)
    page.get_by_role("main").get_by_role("link", name="Record time").click()
    page.get_by_role("combobox", name="Matter").fill("milk")
    page.get_by_role("option", name=re.compile("Milk quota")).click()
    page.get_by_role("main").get_by_label("Time", exact=True).fill("1h 12m")
    page.get_by_role("main").get_by_label("Narrative").fill("Draft the notice of appeal")
    page.get_by_role("button", name=re.compile("^Record time")).click()
    expect(page.locator("#toasts")).to_contain_text("recorded")
    page.goto("/time")
    row = page.get_by_role("row").filter(has_text="Draft the notice of appeal")
    expect(row).to_contain_text("1.20")
    expect(row).to_contain_text("420.00")


def open_an_account(page: Page) -> None:
    home(page)
    page.get_by_role("main").get_by_role("link", name="Open the operating account").click()
    page.get_by_label("Name", exact=True).fill("Operating")
    page.get_by_role("button", name="Open account").click()
    expect(page.get_by_role("row").filter(has_text="Operating").first).to_be_visible()


def bill(page: Page) -> str:
    """Draft, approve, issue; the number of the invoice."""
    home(page)
    page.get_by_role("main").get_by_role("link", name="Send the first invoice").click()
    page.get_by_label(re.compile("Milk quota appeal")).check()
    page.get_by_role("button", name="Make pre-bills").click()
    expect(page.locator("#rail")).to_contain_text("420.00")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Issue…").click()
    page.get_by_role("button", name="Issue for $420.00").click()
    heading = page.get_by_role("heading", name="INV-")
    expect(heading).to_be_visible()
    return heading.inner_text().split()[0]


def read_pdf(page: Page, number: str, folder: Path) -> None:
    link = page.locator("#invoice-state").get_by_role("link", name=re.compile(r"\.pdf"))
    expect(link).to_be_visible(timeout=PATIENT)
    (folder / "invoice.pdf").write_bytes(page.request.get(link.get_attribute("href") or "").body())
    text = text_of(folder / "invoice.pdf")
    assert number in text
    assert "Brannock Voss LLP" in text


def get_paid(page: Page, number: str) -> None:
    page.reload()
    page.get_by_role("link", name="Record payment").click()
    page.get_by_label("Amount USD").fill("420.00")
    page.get_by_role("button", name="Fill boxes, oldest first").click()
    expect(page.get_by_label(re.compile(number))).to_have_value("420.00")
    page.get_by_role("button", name="Record payment").click()
    expect(page.locator("#toasts")).to_contain_text("Payment recorded")
    page.goto("/invoices?state=all")
    expect(page.get_by_role("main")).to_contain_text("Paid")


def invite(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="People").click()
    page.get_by_role("link", name="Invite").click()
    page.get_by_role("main").get_by_label("Name", exact=True).fill("Ines Achterberg")
    page.get_by_label("E-mail").fill("ines@brannockvoss.test")
    page.get_by_label("Role").select_option("billing_manager")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("main")).to_contain_text("ines@brannockvoss.test")


def join(chromium: Browser, address: str, mail_sink: MailSink) -> None:
    """By the link of the mail, in a browser that knows nobody."""

    def invitations() -> list[EmailMessage]:
        return [message for message in mail_sink.messages if "ines@" in str(message["To"])]

    wait_until(invitations, what="the invitation", seconds=60)
    part = invitations()[0].get_body(("plain",))
    found = re.search(r"https?://\S+/invitation/\S+", part.get_content() if part else "")
    assert found is not None, part
    with quiet_context(chromium, address, **DESK) as context:
        page = context.new_page()
        page.goto(found[0])
        expect(page.get_by_role("heading", name="Join Brannock Voss LLP")).to_be_visible()
        page.get_by_label("Password").fill("quiet marble ferry orchard")
        page.get_by_role("button", name="Join the firm").click()
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        expect(page.get_by_text("Ines Achterberg").first).to_be_visible()


def test_the_set_up_needs_no_script_and_fits_a_phone(chromium: Browser, empty: str):
    with quiet_context(chromium, empty, **PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Name of the firm").fill("مكتب النور للمحاماة")
        page.get_by_role("button", name="Set up the firm").click()
        expect(page.get_by_text("Write your name.")).to_be_visible()
        expect(page.get_by_label("Name of the firm")).to_have_value("مكتب النور للمحاماة")
        page.get_by_label("Your name").fill("أحمد النور")
        page.get_by_label("E-mail").fill("a@alnoor.test")
        page.get_by_label("Password", exact=True).fill(SECRET)
        page.get_by_label("Password once more").fill(SECRET)
        page.get_by_label("Currency").select_option("KWD")
        page.get_by_label("Time zone").select_option("Asia/Kuwait")
        page.get_by_role("button", name="Set up the firm").click()
        expect(page.get_by_role("heading", name="From nothing to the first invoice")).to_be_visible()
        width = page.locator("html").bounding_box()
        assert width is not None
        assert width["width"] <= 390
