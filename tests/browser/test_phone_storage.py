"""What the phone keeps: with no room left, after the browser was killed, after its storage was wiped, and for an office that lost it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import CHROMIUM, FLAGS, PHONE, SignIn
from tests.browser.court import (
    Court,
    all_sent,
    browser_itself,
    expect_unsent,
    found_court,
    open_timer,
    quick,
    ready,
    run_for_a_moment,
)
from tests.browser.court_day import kill
from tests.databases import Database
from tests.live import WebServer

FULL = """() => {
  window.put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => { throw new DOMException("The disk is full.", "QuotaExceededError"); };
}"""

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def test_a_phone_without_room_says_so_and_the_text_stays(court: Court):
    """Quota exceeded on write: the error is seen, the text is still on the screen, and is kept once there is room."""
    page = court.page
    page.context.set_offline(True)
    page.get_by_role("button", name="New timer").click()
    expect_unsent(page, 1)
    page.evaluate(FULL)
    page.get_by_label("Note").fill("Argument on the motion to compel")
    expect(page.get_by_role("alert")).to_contain_text("no room left")
    expect(page.get_by_label("Note")).to_have_value("Argument on the motion to compel")
    expect_unsent(page, 1)
    page.evaluate("() => { IDBObjectStore.prototype.put = window.put; }")
    page.get_by_label("Note").blur()
    expect_unsent(page, 2)


def open_profile(chromium: Browser, folder: Path, address: str) -> BrowserContext:
    return chromium.browser_type.launch_persistent_context(folder, executable_path=CHROMIUM, args=FLAGS, base_url=address, **PHONE)


def test_a_browser_that_was_killed_has_forgotten_nothing(
    chromium: Browser, web_server: WebServer, session: Session, sign_in: SignIn, tmp_path: Path
):
    """Started and written offline, killed, opened again without a network: the timer runs on, and becomes one entry."""
    world, matter_id, email = found_court(session)
    first = open_profile(chromium, tmp_path, web_server.address)
    page = first.pages[0]
    sign_in(page, email)
    open_timer(page)
    all_sent(page)
    ready(page)
    first.set_offline(True)
    page.get_by_role("button", name="New timer").click()
    page.get_by_label("Note").fill("Bail hearing")
    expect_unsent(page, 2)
    page.locator("#now .pocket-pick").click()
    page.locator(f"[data-matter='{matter_id}']").click()
    expect_unsent(page, 3)
    kill(tmp_path)
    again = open_profile(chromium, tmp_path, web_server.address)
    court = Court(again.pages[0], session, world, email, matter_id)
    again.set_offline(True)
    court.page.goto("/phone")
    expect_unsent(court.page, 3)
    expect(court.page.get_by_label("Note")).to_have_value("Bail hearing")
    run_for_a_moment(court.page)
    court.page.get_by_role("button", name="Stop").click()
    again.set_offline(False)
    expect(court.page.locator("#state")).to_contain_text("Sign in to send")
    sign_in(court.page, email)
    open_timer(court.page)
    all_sent(court.page)
    assert [entry.narrative for entry in court.entries()] == ["Bail hearing"]
    again.close()


def test_a_phone_whose_storage_was_wiped_goes_on_with_what_the_office_knows(court: Court, sign_in: SignIn):
    """A week unused, and the browser wiped cookies and storage: as another device, with the timer still running; nothing is doubled."""
    page = court.page
    page.get_by_role("button", name="New timer").click()
    with page.expect_request(lambda sent: "Reading the file" in (sent.post_data or "")):
        page.get_by_label("Note").fill("Reading the file")
    all_sent(page)
    origin = page.evaluate("location.origin")
    page.goto("about:blank")
    browser_itself(page.context).send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    sign_in(page, court.email)
    open_timer(page)
    expect(page.get_by_label("Note")).to_have_value("Reading the file")
    page.locator("#now .pocket-pick").click()
    page.locator(f"[data-matter='{court.matter_id}']").click()
    run_for_a_moment(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#today .badge--done")).to_have_count(1)
    all_sent(page)
    assert len({post["device"] for post in court.posted}) == 2
    assert [entry.narrative for entry in court.entries()] == ["Reading the file"]


def copy(source: str, target: str) -> None:
    """One SQLite database over another, also while a server has it open."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def test_an_office_restored_from_a_backup_gets_what_it_lost_once_more(wired: Court, database: Database, tmp_path: Path):
    """What was acknowledged is kept encrypted for thirty days: the restored server hears of it again, and only of that."""
    page, live, backup = wired.page, database.url.removeprefix("sqlite:///"), str(tmp_path / "backup")
    quick(page, "Before the backup")
    all_sent(page)
    before = set(wired.sent_ids())
    copy(live, backup)
    quick(page, "After the backup")
    all_sent(page)
    quick(page, "Long after the backup")
    all_sent(page)
    copy(backup, live)
    wired.posted.clear()
    page.reload()
    expect(page.get_by_role("status").filter(has_text="The office has lost")).to_contain_text("2")
    all_sent(page)
    expect(page.locator("#today .pocket-row")).to_have_count(3)
    assert len(wired.sent_ids()) == 2
    assert not before & set(wired.sent_ids())
