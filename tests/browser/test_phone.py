"""The phone timer in Debian's Chromium at phone size: offline, cut off, sent twice, signed out.

Nothing is lost and nothing counts twice.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import SignIn
from tests.browser.court import (
    DUMP,
    PATIENT,
    Court,
    all_sent,
    colleague_of,
    expect_unsent,
    open_timer,
    quick,
    ready,
    run_for_a_moment,
    sign_in_again,
)

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def test_a_day_in_court_without_a_network_becomes_one_priced_entry(court: Court):
    page = court.page
    ready(page)
    page.context.set_offline(True)
    expect(page.locator("#state")).to_contain_text("No network")
    page.get_by_role("button", name="New timer").click()
    page.get_by_label("Note").fill("Hallway talk about the continuance")
    expect(page.locator("#saved")).to_contain_text("saved")
    expect_unsent(page, 2)
    page.locator("#now .pocket-pick").click()
    page.locator(f"[data-matter='{court.matter_id}']").click()
    run_for_a_moment(page)
    page.get_by_role("button", name="Stop").click()
    expect_unsent(page, 4)
    page.reload()
    expect_unsent(page, 4)
    expect(page.locator("#today")).to_contain_text("Hallway talk about the continuance")
    assert court.entries() == []
    page.context.set_offline(False)
    all_sent(page)
    expect(page.locator("#today .badge--done")).to_have_count(1)
    (entry,) = court.entries()
    assert (entry.matter_id, entry.narrative) == (court.matter_id, "Hallway talk about the continuance")
    assert (entry.quantity_hundredths, entry.amount_minor) == (10, 6_000)
    assert entry.measured_seconds >= 2


def test_a_timer_runs_on_through_a_reload_and_a_pause_does_not_count(court: Court):
    page = court.page
    ready(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="New timer").click()
    run_for_a_moment(page)
    page.reload()
    expect(page.locator("#now")).to_contain_text("Running since")
    page.get_by_role("button", name="Pause").click()
    paused = page.locator("#resting .duration").inner_text()
    page.get_by_role("button", name="New timer").click()
    run_for_a_moment(page)
    assert page.locator("#resting .duration").inner_text() == paused
    page.context.set_offline(False)
    all_sent(page)
    expect(page.locator("#resting .pocket-row")).to_have_count(1)


def test_a_reply_that_is_lost_after_the_commit_counts_once(wired: Court):
    page = wired.page
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/timer/sync", lose, times=1)
    quick(page, "Call with the expert")
    expect(page.locator("#state")).to_contain_text("Unsent: 1. No network")
    assert lost == [200]
    page.evaluate("dispatchEvent(new Event('online'))")
    all_sent(page)
    assert len(wired.sent_ids()) == 2
    assert len(set(wired.sent_ids())) == 1
    expect(page.locator("#today .pocket-row")).to_have_count(1)


def test_two_tabs_send_every_event_once(wired: Court):
    page, other = wired.page, wired.page.context.new_page()
    wired.listen(other)
    open_timer(other)
    all_sent(other)
    page.context.set_offline(True)
    for number in range(3):
        quick(page, f"Call {number}")
    expect_unsent(other, 3)
    page.context.set_offline(False)
    all_sent(page)
    all_sent(other)
    assert sorted(wired.sent_ids()) == sorted(set(wired.sent_ids()))
    assert len(wired.sent_ids()) == 3


def test_an_ended_session_in_the_middle_keeps_what_was_not_acknowledged(wired: Court, sign_in: SignIn):
    page = wired.page
    page.context.set_offline(True)
    wired.keep(250)

    def end_after_the_first(route: Route) -> None:
        if len(wired.posted) > 1:
            page.context.clear_cookies()
        route.continue_(headers=None if len(wired.posted) == 1 else {**route.request.headers, "cookie": ""})

    page.route("**/timer/sync", end_after_the_first)
    page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("Sign in", timeout=PATIENT)
    expect_unsent(page, 50)
    page.unroute("**/timer/sync")
    sign_in(page, wired.email)
    open_timer(page)
    all_sent(page)
    assert len(set(wired.sent_ids())) == 250
    expect(page.locator("#today .badge", has_text="Needs matter").first).to_be_visible()


def test_the_page_of_a_guest_network_acknowledges_nothing(wired: Court):
    page = wired.page
    portal = {"status": 200, "content_type": "text/html", "body": "<html>Accept the terms of the court's network</html>"}
    page.route("**/timer/sync", lambda route: route.fulfill(**portal))
    quick(page, "Call with the expert")
    expect(page.locator("#state")).to_contain_text("Unsent: 1. No network")
    page.unroute("**/timer/sync")
    page.route("**/phone/state*", lambda route: route.fulfill(**portal))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#state")).to_contain_text("Unsent: 1. No network")
    page.unroute("**/phone/state*")
    page.evaluate("dispatchEvent(new Event('online'))")
    all_sent(page)
    expect(page.locator("#today .pocket-row")).to_have_count(1)


def test_one_bad_event_stops_none_of_the_others_and_stays_until_its_owner_decides(wired: Court):
    page = wired.page
    page.context.set_offline(True)
    wired.keep(20, poison=9)
    page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("Not taken: 1.", timeout=PATIENT)
    expect_unsent(page, 0)
    expect(page.locator("#today .pocket-row")).to_have_count(20)
    page.locator("#state").get_by_role("button", name="Look").click()
    sheet = page.get_by_role("dialog", name="On this phone")
    expect(sheet).to_contain_text("The narrative holds what cannot be kept.")
    with page.expect_download() as download:
        sheet.get_by_role("button", name="Export as a file").click()
    assert "Entry 8" not in download.value.path().read_text()
    sheet.get_by_role("button", name="Remove", exact=True).click()
    sheet.get_by_role("button", name="Really remove").click()
    expect(sheet).to_contain_text("All sent")
    assert wired.entries() == []


def test_what_is_unsent_at_sign_out_is_kept_for_its_owner_alone(wired: Court, sign_in: SignIn):
    page = wired.page
    secret = "Privileged talk with Halvorsen"
    page.context.set_offline(True)
    quick(page, secret)
    page.get_by_role("button", name="You and this phone").click()
    page.get_by_role("button", name="Sign out").click()
    warning = page.get_by_role("dialog", name="Sign out?")
    expect(warning).to_contain_text("1 not sent")
    warning.get_by_role("button", name="Sign out").click()
    expect(page.locator("#state")).to_contain_text("Somebody else’s: 1.")
    assert secret not in page.inner_text("body")
    assert secret not in page.evaluate(DUMP)
    with page.expect_response("**/sign-out"):
        page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("Sign in")
    sign_in(page, colleague_of(wired))
    open_timer(page)
    all_sent(page)
    expect(page.locator("#state")).to_contain_text("Somebody else’s: 1.")
    assert wired.sent_ids() == []
    sign_in_again(page, sign_in, wired.email)
    expect(page.locator("#today")).to_contain_text(secret, timeout=PATIENT)
    all_sent(page)
    assert len(wired.sent_ids()) == 1


def test_who_signed_out_without_a_network_is_signed_out_by_whatever_page_comes_first(wired: Court, sign_in: SignIn):
    page = wired.page
    page.context.set_offline(True)
    page.get_by_role("button", name="You and this phone").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("body")).to_have_attribute("data-person", "")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/today")
    page.wait_for_url("**/sign-in**")
    page.goto("/time")
    page.wait_for_url("**/sign-in**")
    sign_in(page, wired.email)
    page.goto("/time")
    expect(page.get_by_role("heading", name="Time", exact=True)).to_be_visible()


def test_signing_out_at_the_desk_sends_what_the_timer_keeps_and_leaves_nothing(wired: Court):
    page = wired.page
    page.context.set_offline(True)
    wired.keep(1)
    page.context.set_offline(False)
    page.goto("/time")
    page.get_by_role("button", name="More").click()
    page.locator("#more").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in?next=/phone")
    assert len(set(wired.sent_ids())) == 1
    page.wait_for_function(f"""async () => !(await ({DUMP})()).includes('"person":')""")  # what is deleted is gone a moment later


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=[pytest.mark.faults, pytest.mark.year, pytest.mark.timeout(900)])])
def test_a_backlog_of_thousands_goes_out_in_order(wired: Court, count: int):
    page = wired.page
    page.context.set_offline(True)
    wired.keep(count)
    page.context.set_offline(False)
    expect(page.locator("#today")).to_contain_text("all sent", timeout=count * 60)
    sequences = [event["seq"] for post in wired.posted for event in post["events"]]
    assert sequences == list(range(1, count + 1))


def test_the_first_load_is_small_and_the_next_needs_no_network(court: Court):
    page = court.page
    fetched = page.evaluate("performance.getEntries().reduce((sum, one) => sum + (one.transferSize ?? 0), 0)")
    assert 0 < fetched <= 100_000, fetched
    ready(page)
    page.context.set_offline(True)
    page.goto("/phone?do=quick")
    expect(page.get_by_role("dialog", name="Quick entry")).to_be_visible()
    kept = page.evaluate(
        "caches.keys().then(async names => (await (await caches.open(names[0])).keys()).map(one => new URL(one.url).pathname))"
    )
    assert [path for path in kept if path != "/phone" and not path.startswith("/static/")] == []
