"""The phone asks whether a timer was forgotten, proposes and explains, and takes the answer without a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from lexapp.database import today_in
from lexapp.models import TimerEventRow
from lexapp.services.time_entries import Work, record_time
from lexapp.services.timers import TimerNote, start_timer
from tests.browser.court import Court, all_sent, expect_unsent, open_timer, ready
from tests.factories import TIME_ZONE

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def forget(court: Court, *, seen_after: timedelta | None) -> None:
    """A timer of five hours ago, and a letter that was recorded so long after its start; the letter first: open screens hear of both."""
    me, now = replace(court.world.owner, timekeeper_id=court.world.partner.id), datetime.now(UTC)
    if seen_after is not None:
        at = now - timedelta(hours=5) + seen_after
        work = Work(court.matter_id, court.world.partner.id, today_in(TIME_ZONE, at), 600, "Letter")
        record_time(court.session, actor=me, work=work, now=at)
    start_timer(court.session, actor=me, note=TimerNote(court.matter_id, "Motion hearing"), now=now - timedelta(hours=5))
    court.session.rollback()


def asked(court: Court) -> Locator:
    open_timer(court.page)
    expect(court.page.locator("#state")).to_contain_text("Still running?")
    return court.page.get_by_role("dialog", name="Still running?")


def kinds(court: Court) -> list[str]:
    court.session.rollback()
    return list(court.session.scalars(select(TimerEventRow.kind).order_by(TimerEventRow.id)))


def test_the_proposal_is_taken_in_flight_mode_and_what_came_after_it_is_off(court: Court):
    forget(court, seen_after=timedelta(hours=1))
    page, dialog = court.page, asked(court)
    ready(page)
    page.context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="Answer").click()
    expect(dialog).to_contain_text("The last thing known of you before the longest silence: you saved a time entry at")
    expect(dialog).to_contain_text("1:00 recorded, 4:00 taken off")
    dialog.get_by_label("Or it ended at another time").fill("2099-01-01T10:00")
    dialog.get_by_role("button", name="Stop then").click()
    expect(dialog.get_by_role("alert")).to_have_text("That time has not come yet. Write an earlier one.")
    dialog.get_by_role("button", name="Stop it at").click()
    expect(page.locator("#state")).not_to_contain_text("Still running?")
    expect_unsent(page, 2)
    expect(page.locator("#today .duration").first).to_have_text("1.0h")
    page.context.set_offline(False)
    all_sent(page)
    (entry,) = court.entries()
    assert abs(entry.recorded_seconds - 3600) <= 2
    assert entry.measured_seconds is not None
    assert entry.measured_seconds >= 5 * 3600
    assert kinds(court) == ["start", "trim", "stop"]


def test_a_timer_that_was_not_forgotten_runs_on_and_asks_no_more(court: Court):
    forget(court, seen_after=None)
    page, dialog = court.page, asked(court)
    page.get_by_role("button", name="Answer").click()
    expect(dialog).to_contain_text("Nothing else is known of you here since then.")
    dialog.get_by_role("button", name="Keep it running").click()
    expect(page.locator("#state")).not_to_contain_text("Still running?")
    all_sent(page)
    expect(page.locator("#now")).to_contain_text("Running since")
    assert (kinds(court), court.entries()) == (["start", "keep"], [])


STOP_AT = """async (moments) => {
  const base = document.querySelector("script[type=module]").src.replace("main.js", "");
  const { makeEvent, happenedAt } = await import(`${base}queue.js`);
  return moments.map(([wall, ahead, at]) => {
    const clock = { wall, monotonic: 1, page: "test", ahead, offset: 0 };
    const event = makeEvent({ person: {}, clock, timer: "t", type: "trim", said: (now) => ({ since_seconds: (now - at) / 1000 }) });
    return happenedAt(event) - event.said.since_seconds * 1000;
  });
}"""


def test_what_is_taken_off_is_counted_from_the_moment_that_is_kept(court: Court):
    hour = 1_764_000_000_000
    moments = [(hour + 999, 0, hour - 60_000), (hour + 1, 1_500, hour - 60_000), (hour + 400, -700, hour - 1_000)]
    assert court.page.evaluate(STOP_AT, moments) == [at for _, _, at in moments]


def test_an_answer_pressed_twice_is_given_once(court: Court):
    forget(court, seen_after=None)
    page, dialog = court.page, asked(court)
    page.get_by_role("button", name="Answer").click()
    dialog.get_by_role("button", name="Keep it running").evaluate("(button) => { button.click(); button.click(); }")
    expect(page.locator("#state")).not_to_contain_text("Still running?")
    all_sent(page)
    assert kinds(court) == ["start", "keep"]
