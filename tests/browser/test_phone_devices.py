"""Several devices, and an office that went on meanwhile: what clashes is kept, shown with both sides, and decided by its owner."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from lexapp.domain.permissions import Actor
from lexapp.models import Matter, Timer, TimerEventRow
from lexapp.services.matters import change_matter_status
from lexapp.services.timers import stop_timer
from tests import billing
from tests.browser.conftest import OpenCourt, SignIn
from tests.browser.court import PATIENT, Court, all_sent, expect_unsent, open_timer, quick, run_for_a_moment

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
FIFTY_AT_ONCE = """async (post) => {
  const { csrf } = await (await fetch("/phone/state")).json();
  const send = () => fetch("/timer/sync", { method: "POST", body: JSON.stringify(post),
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf } });
  const answers = await Promise.all(Array.from({ length: 50 }, async () => (await send()).json()));
  return answers.flatMap((one) => one.answers.map((answer) => answer.outcome));
}"""
CLONE = """async (device) => {
  const base = await new Promise((done) => { const r = indexedDB.open("lexapp-phone"); r.onsuccess = () => done(r.result); });
  const people = base.transaction("people", "readwrite").objectStore("people");
  const [row] = await new Promise((done) => { const r = people.getAll(); r.onsuccess = () => done(r.result); });
  await new Promise((done) => { people.put({ ...row, device }).onsuccess = done; });
  base.close();
}"""


def at_the_desk(court: Court) -> Actor:
    """The same lawyer, at another device."""
    return replace(court.world.owner, timekeeper_id=court.world.partner.id)


def start_with_matter(court: Court) -> int:
    """A timer that runs, whose start the office knows; its id there."""
    page = court.page
    page.get_by_role("button", name="New timer").click()
    page.locator("#now .pocket-pick").click()
    page.locator(f"[data-matter='{court.matter_id}']").click()
    run_for_a_moment(page)
    all_sent(page)
    return found(court, select(Timer.id))


def found(court: Court, query: Any) -> Any:
    value = court.session.scalars(query).one()
    court.session.rollback()
    return value


def online(page: Page) -> None:
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def decide(page: Page) -> None:
    expect(page.locator("#state")).to_contain_text("To decide: ", timeout=PATIENT)
    page.locator("#state").get_by_role("link", name="Decide").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_one_tap_on_stop_makes_a_saved_and_priced_entry(wired: Court):
    page = wired.page
    start_with_matter(wired)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#today .badge--done")).to_have_text("Sent")
    assert [(entry.matter_id, entry.quantity_hundredths, entry.amount_minor) for entry in wired.entries()] == [(wired.matter_id, 10, 6_000)]


def test_the_laptop_and_the_phone_both_stop_and_the_earlier_stands_until_a_person_says_otherwise(wired: Court):
    page, timer_id = wired.page, start_with_matter(wired)
    page.context.set_offline(True)
    expect(page.locator("#now [data-runs]")).to_have_text(re.compile(r"0:00:(0[5-9]|[1-5]\d)|0:0[1-9]:"))
    stop_timer(wired.session, actor=at_the_desk(wired), timer_id=timer_id, now=datetime.now(UTC) - timedelta(seconds=3))
    page.get_by_role("button", name="Stop").click()
    expect_unsent(page, 1)
    online(page)
    decide(page)
    expect(page.locator("main")).to_contain_text("stopped before, on another device")
    expect(page.locator("main")).to_contain_text("Came later")
    page.get_by_role("button", name="Keep the earlier end").click()
    expect(page.locator("main")).to_contain_text("Nothing to decide")
    assert [entry.quantity_hundredths for entry in wired.entries()] == [10]


def test_a_matter_that_was_closed_meanwhile_keeps_the_time_for_another(wired: Court):
    page = wired.page
    start_with_matter(wired)
    page.context.set_offline(True)
    matter = wired.session.get_one(Matter, wired.matter_id)
    given = {"matter_id": matter.id, "action": "close", "version": matter.version, "anyway": True}
    change_matter_status(wired.session, actor=wired.world.owner, **given)
    page.get_by_role("button", name="Stop").click()
    expect_unsent(page, 1)
    online(page)
    expect(page.locator("#today .badge--wrong")).to_have_text("Look")
    expect(page.locator("#today")).to_contain_text("This matter was closed meanwhile. Your note is safe")
    assert wired.entries() == []


def test_a_stop_that_comes_after_the_entry_was_billed_changes_nothing_until_somebody_decides(wired: Court):
    page, timer_id = wired.page, start_with_matter(wired)
    page.context.set_offline(True)
    page.get_by_role("button", name="Stop").click()
    expect_unsent(page, 1)
    entry = stop_timer(wired.session, actor=at_the_desk(wired), timer_id=timer_id, now=datetime.now(UTC) + timedelta(minutes=20))
    matter = wired.session.get_one(Matter, wired.matter_id)
    billing.draft(wired.session, wired.world, matter, entry.worked_on)
    wired.session.rollback()
    online(page)
    decide(page)
    expect(page.locator("main")).to_contain_text("on a pre-bill or an invoice")
    page.get_by_role("button", name="Keep the entry as it is").click()
    expect(page.locator("main")).not_to_contain_text("on a pre-bill or an invoice")
    assert [one.quantity_hundredths for one in wired.entries()] == [40]


def test_fifty_copies_of_a_post_at_once_record_once(wired: Court):
    page = wired.page
    quick(page, "Call with the expert")
    all_sent(page)
    (post,) = wired.posted
    (event,) = post["events"]
    fresh = {**event, "id": "0198c0de-0000-7000-8000-00000000c0de", "timer": "0198c0de-0000-7000-8000-0000000071e5"}
    fresh |= {"seq": event["seq"] + 1, "said": {"matter_id": wired.matter_id, "recorded_seconds": 360}}
    outcomes = page.evaluate(FIFTY_AT_ONCE, {**post, "events": [fresh]})
    assert sorted(outcomes) == ["applied"] + ["duplicate"] * 49
    assert len(wired.entries()) == 1


def test_a_stop_that_arrives_before_its_start_waits_for_it(wired: Court):
    page = wired.page
    page.context.set_offline(True)
    page.get_by_role("button", name="New timer").click()
    page.locator("#now .pocket-pick").click()
    page.locator("#matter-label").fill("Smith, the lease")
    page.get_by_role("button", name="Keep label").click()
    run_for_a_moment(page)
    page.get_by_role("button", name="Stop").click()
    expect_unsent(page, 3)

    def only_the_stop(route: Route) -> None:
        post = route.request.post_data_json
        route.continue_(post_data=json.dumps({**post, "events": [one for one in post["events"] if one["type"] == "stop"]}))

    page.route("**/timer/sync", only_the_stop, times=1)
    online(page)
    all_sent(page)
    assert [len(post["events"]) for post in wired.posted] == [3, 2], "the two that did not arrive are sent again"
    expect(page.locator("#today")).to_contain_text("Smith, the lease")
    expect(page.locator("#today .badge")).to_have_text("Needs matter")
    assert found(wired, select(func.count(TimerEventRow.id)).where(TimerEventRow.reason == "start_missing")) == 0


def test_two_phones_that_are_copies_of_one_lose_nothing_to_each_other(wired: Court, open_court: OpenCourt, sign_in: SignIn):
    """A phone was cloned: same device, same numbers, other events. Each is known by its own id."""
    page = wired.page
    quick(page, "On the old phone")
    all_sent(page)
    device = wired.posted[0]["device"]
    other = wired.page.context.browser.new_context(base_url=page.url.removesuffix("/phone"), service_workers="block").new_page()
    wired.listen(other)
    sign_in(other, wired.email)
    open_timer(other)
    expect(other.locator("body")).to_have_attribute("data-person", "known")
    all_sent(other)
    other.evaluate(CLONE, device)
    open_timer(other)
    all_sent(other)
    quick(other, "On the new phone")
    all_sent(other)
    quick(page, "On the old phone again")
    all_sent(page)
    other.context.close()
    sent = [(post["device"], event["seq"]) for post in wired.posted for event in post["events"]]
    assert sent == [(device, 1), (device, 1), (device, 2)]
    assert found(wired, select(func.count(func.distinct(TimerEventRow.timer_key)))) == 3
