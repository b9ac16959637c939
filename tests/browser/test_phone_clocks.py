"""Clocks that are wrong, that are set, that fold, and that fly: a timer runs for as long as it ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.browser.court import Court, all_sent, browser_itself, expect_unsent, knows_that_its_clock_is_ahead, open_timer, run_for_a_moment
from tests.factories import local_today

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def test_a_phone_with_a_wrong_clock_that_is_set_while_the_timer_runs_records_the_true_time(wired: Court):
    """Two hours ahead, then set to yesterday in the middle of a running timer, without a network."""
    page = wired.page
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=2))
    open_timer(page)
    knows_that_its_clock_is_ahead(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="New timer").click()
    page.locator("#now .pocket-pick").click()
    page.locator(f"[data-matter='{wired.matter_id}']").click()
    run_for_a_moment(page)
    page.clock.set_system_time(datetime.now(UTC) - timedelta(days=1))
    page.get_by_role("button", name="Stop").click()
    expect_unsent(page, 3)
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    all_sent(page)
    (entry,) = wired.entries()
    assert 2 <= (entry.measured_seconds or 0) <= 60
    assert entry.worked_on == local_today()
    first, last = (datetime.fromisoformat(wired.posted[-1]["events"][place]["at"]) for place in (0, -1))
    assert last - first < timedelta(hours=-20), "the raw times are sent as the clock showed them"


def test_the_hour_that_comes_twice_and_a_flight_do_not_change_how_long_it_was(wired: Court):
    """Over the end of daylight saving time, where one o'clock comes twice, and on to Tokyo: the hours that passed, with each offset."""
    page, place = wired.page, browser_itself(wired.page.context)
    place.send("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
    began = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

    away: list[bool] = []

    def then(route: Route) -> None:
        if not away:
            route.fulfill(json={**route.fetch().json(), "now": began.isoformat()})
        elif away[-1]:
            route.abort()
        else:
            route.continue_()

    page.route("**/phone/state*", then)
    page.clock.install(time=began)
    open_timer(page)
    expect(page.locator("body")).to_have_attribute("data-person", "known")
    all_sent(page)
    away.append(True)
    page.context.set_offline(True)
    page.get_by_role("button", name="New timer").click()
    expect(page.locator("#now")).to_contain_text("Running since 1:30 am")
    page.clock.fast_forward("01:00:00")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#resting .duration")).to_contain_text("1:00")
    place.send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    page.clock.fast_forward("02:00:00")
    page.get_by_role("button", name="Resume").click()
    page.clock.fast_forward("00:30:00")
    expect(page.locator("#now [data-runs]")).to_contain_text("1:30")
    away.append(False)
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    all_sent(page)
    assert [event["offset"] for event in wired.posted[-1]["events"]] == [-240, -300, 540]
