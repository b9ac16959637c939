"""Debian's Chromium, at a desk and on a phone, looking at a real server. Whatever a page complains about in its console fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright
from sqlalchemy.orm import Session

from tests.browser.court import PATIENT, Court, all_sent, found_court, open_timer
from tests.browser.office import Office, open_office
from tests.factories import PASSWORD, TIME_ZONE
from tests.live import WebServer
from tests.servers import MailSink, RedisServer

WHOLE_CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM = shutil.which("chromium-headless-shell") or WHOLE_CHROMIUM
"""The same browser; without windows that nobody sees it opens a page in a third of the time."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AT_HOME = {**os.environ, "TZ": TIME_ZONE}  # where the firm is, so that both call the same day today
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}

SignIn = Callable[[Page, str], None]
OpenCourt = Callable[..., Court]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=AT_HOME) as browser:
        yield browser


@pytest.fixture(scope="session")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """For what the browser without windows does not have."""
    with playwright.chromium.launch(executable_path=WHOLE_CHROMIUM, args=FLAGS, env=AT_HOME) as browser:
        yield browser


@contextmanager
def quiet_context(chromium: Browser, address: str, **options: object) -> Iterator[BrowserContext]:
    """A browser of one's own; leaving it fails when a page threw an error or broke the content security policy."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    context = chromium.new_context(base_url=address, **options)  # type: ignore[arg-type]
    context.on("console", hear)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    try:
        yield context
    finally:
        context.close()
    assert complaints == []


@pytest.fixture
def at_desk(chromium: Browser, web_server: WebServer) -> Iterator[Page]:
    with ExitStack() as stack:
        yield stack.enter_context(quiet_context(chromium, web_server.address, **DESK)).new_page()


@pytest.fixture
def on_phone(chromium: Browser, web_server: WebServer) -> Iterator[Page]:
    with ExitStack() as stack:
        yield stack.enter_context(quiet_context(chromium, web_server.address, **PHONE)).new_page()


@pytest.fixture
def sign_in() -> SignIn:
    """Sign in through the form: `sign_in(page, email)`."""

    def fill(page: Page, email: str) -> None:
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    return fill


@pytest.fixture
def office(session: Session, environ: dict[str, str], redis_server: RedisServer, mail_sink: MailSink, tmp_path: Path) -> Iterator[Office]:
    with open_office(session, environ | {"REDIS_URL": redis_server.url}, mail_sink, tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(chromium: Browser, office: Office) -> Iterator[Page]:
    with quiet_context(chromium, office.address, **DESK) as context:
        yield context.new_page()


@pytest.fixture
def phone(chromium: Browser, office: Office) -> Iterator[Page]:
    with quiet_context(chromium, office.address, **PHONE) as context:
        yield context.new_page()


@pytest.fixture
def open_court(chromium: Browser, web_server: WebServer, session: Session, sign_in: SignIn) -> Iterator[OpenCourt]:
    with ExitStack() as stack:

        def build(**options: object) -> Court:
            world, matter_id, email = found_court(session)
            page = stack.enter_context(quiet_context(chromium, web_server.address, **PHONE, **options)).new_page()
            court = Court(page, session, world, email, matter_id)
            court.listen(page)
            sign_in(page, email)
            open_timer(page)
            expect(page.locator("body")).to_have_attribute("data-person", "known", timeout=PATIENT)
            all_sent(page)
            return court

        yield build


@pytest.fixture
def court(open_court: OpenCourt) -> Court:
    return open_court()


@pytest.fixture
def wired(open_court: OpenCourt) -> Court:
    """Without a service worker, whose requests could not be tampered with."""
    return open_court(service_workers="block")
