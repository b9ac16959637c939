"""Presses on the phone that come twice: each keeps one event, and the second lands on nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.court import Court, all_sent, expect_unsent, quick, run_for_a_moment

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
TWICE = "(button) => { button.click(); button.click(); }"
# The second tap of two: a moment after the sheet has closed, on what lies there by then.
TAP_AFTER_CLOSING = """([x, y]) => {
  window.tapped = new Promise((done) => document.getElementById("sheet").addEventListener("close", () => setTimeout(() => {
    const under = document.elementFromPoint(x, y)?.closest("button");
    under?.click();
    done(under?.id ?? "");
  }, 100), { once: true }));
}"""


def middle(page: Page, name: str) -> list[float]:
    box = page.get_by_role("button", name=name).bounding_box()
    assert box is not None
    return [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]


def kinds(court: Court) -> list[str]:
    """What reached the office, each event once, in order."""
    court.page.context.set_offline(False)
    all_sent(court.page)
    return list({event["id"]: event["type"] for post in court.posted for event in post["events"]}.values())


def test_record_pressed_twice_without_a_network_keeps_one_entry(wired: Court):
    page = wired.page
    page.context.set_offline(True)
    page.get_by_role("button", name="Quick entry").click()
    page.get_by_role("button", name="0.5", exact=True).click()
    page.locator("#quick-note").fill("Call with the expert")
    page.get_by_role("button", name="Record 0.5 h").dblclick()
    expect(page.locator("#sheet")).to_be_hidden()
    page.get_by_role("button", name="Quick entry").click()
    page.get_by_role("button", name="Record 0.1 h").evaluate(TWICE)
    expect(page.locator("#sheet")).to_be_hidden()
    expect_unsent(page, 2)
    assert kinds(wired) == ["quick_entry", "quick_entry"]
    expect(page.locator("#today .pocket-row")).to_have_count(2)


def test_the_second_tap_on_record_starts_no_timer_beneath_it(wired: Court):
    page = wired.page
    page.evaluate(TAP_AFTER_CLOSING, middle(page, "New timer"))
    quick(page, "Call with the expert")
    assert page.evaluate("window.tapped") == ""
    assert kinds(wired) == ["quick_entry"]
    page.get_by_role("button", name="New timer").click()
    expect(page.locator("#now")).to_contain_text("Running since")


def test_start_new_timer_and_stop_act_once_on_two_presses(wired: Court):
    page = wired.page
    page.context.set_offline(True)
    page.get_by_role("button", name="Start", exact=True).dblclick()
    expect_unsent(page, 1)
    page.get_by_role("button", name="New timer").dblclick()
    expect_unsent(page, 3)
    run_for_a_moment(page)
    page.locator("#now").get_by_role("button", name="Stop").dblclick()
    expect_unsent(page, 4)
    assert kinds(wired) == ["start", "pause", "start", "stop"]
