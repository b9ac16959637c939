"""Between the phone and an office that fails at one event, speaks another version, or hands out a new page in the middle."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import func, select

from lexapp.models import TimerEventRow
from tests.browser.court import PATIENT, Court, all_sent, expect_unsent, quick, ready
from tests.servers import wait_until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def test_one_event_that_the_office_fails_at_does_not_hold_up_the_others(wired: Court):
    """An event in the middle of 200 makes the server answer 500: the others go through, it stays with its reason, and goes when it can."""
    page = wired.page
    page.context.set_offline(True)
    wired.keep(200)
    poison = page.evaluate("new Promise((done) => { const r = indexedDB.open('lexapp-phone'); r.onsuccess = () => {"
        " const a = r.result.transaction('events').objectStore('events').getAll();"
        " a.onsuccess = () => { done(a.result.sort((x, y) => x.seq - y.seq)[99].id); r.result.close(); }; }; })")  # fmt: skip

    def fail(route: Route) -> None:
        if poison in (route.request.post_data or ""):
            route.fulfill(status=500, content_type="text/html", body="<h1>Something broke</h1>")
        else:
            route.continue_()

    page.route("**/timer/sync", fail)
    page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("Not taken: 1.", timeout=PATIENT)
    expect_unsent(page, 0)
    assert kept_at_the_office(wired) == 199
    page.unroute("**/timer/sync")
    page.locator("#state").get_by_role("button", name="Look").click()
    sheet = page.get_by_role("dialog", name="On this phone")
    expect(sheet).to_contain_text("The office failed at this one")
    sheet.get_by_role("button", name="Send again").click()
    all_sent(page)
    assert kept_at_the_office(wired) == 200


def kept_at_the_office(court: Court) -> int:
    found = court.session.scalar(select(func.count(TimerEventRow.id))) or 0
    court.session.rollback()
    return found


def test_a_page_of_an_older_version_keeps_everything_until_it_is_loaded_anew(wired: Court):
    """The queue of an old page meets a server that no longer speaks its schema."""
    page = wired.page

    def as_last_year(route: Route) -> None:
        route.continue_(post_data=json.dumps({**route.request.post_data_json, "schema": 0}))

    page.route("**/timer/sync", as_last_year)
    quick(page, "Call with the expert")
    expect(page.locator("#state")).to_contain_text("another version than the server. Reload it")
    expect_unsent(page, 1)
    page.unroute("**/timer/sync")
    page.reload()
    all_sent(page)
    expect(page.locator("#today .pocket-row")).to_have_count(1)


def test_a_new_version_of_the_page_waits_until_nothing_is_being_sent(court: Court):
    """A service worker update in the middle of a post: that ends first, then the new shell takes over; each event is sent once."""
    page = court.page
    ready(page)
    held: list[Route] = []
    page.context.route("**/timer/sync", lambda route: held.append(route), times=1)
    quick(page, "Call with the expert")
    expect(page.locator("#state")).to_contain_text("Sending")
    wait_until(lambda: page.title() and held, what="the post of the phone")

    def newer(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"revision": "', '"revision": "newer-'))

    page.context.route("**/phone/worker.js", newer)
    page.evaluate("navigator.serviceWorker.getRegistration('/phone').then((found) => { found.update(); })")
    page.wait_for_function("navigator.serviceWorker.getRegistration('/phone').then((found) => Boolean(found.waiting))")
    held[0].continue_()
    all_sent(page)
    page.wait_for_function("caches.keys().then((names) => names.length === 1 && names[0].includes('newer-'))")
    page.context.set_offline(True)
    page.reload()
    quick(page, "Call back")
    page.context.set_offline(False)
    all_sent(page)
    assert len(court.sent_ids()) == len(set(court.sent_ids())) == 2
