"""A page that the browser wakes when there is a network again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.court import Court, all_sent, browser_itself, quick, ready

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def chromium(whole_chromium: Browser) -> Browser:
    """Only the browser with windows has Background Sync."""
    return whole_chromium


def test_the_worker_wakes_an_open_page_when_the_browser_says_that_the_network_is_back(court: Court):
    """Background Sync, as Chromium does it."""
    page = court.page
    ready(page)
    page.context.set_offline(True)
    quick(page, "Call with the expert")
    page.wait_for_function("navigator.serviceWorker.ready.then((found) => found.sync.getTags()).then((tags) => tags.includes('send'))")
    woken = "navigator.serviceWorker.addEventListener('message', ({ data }) => { window.woken = data; })"
    page.evaluate(woken)
    page.context.set_offline(False)
    browser = browser_itself(page.context)
    registrations: list[str] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(one["registrationId"] for one in told["registrations"] if one["scopeURL"].endswith("/phone")),
    )
    browser.send("ServiceWorker.enable")
    page.wait_for_function("true")
    sync = {"origin": page.evaluate("location.origin"), "registrationId": registrations[-1], "tag": "send", "lastChance": False}
    browser.send("ServiceWorker.dispatchSyncEvent", sync)
    page.wait_for_function("window.woken === 'send'")
    all_sent(page)
    assert len(set(court.sent_ids())) == 1
