"""What scripts add to the pages: each behaviour once, on the page of components, under the strict policy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from lexapp.models import User
from tests.browser.conftest import SignIn
from tests.factories import make_world

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"DEMO": "true"}


@pytest.fixture
def page(at_desk: Page, session: Session) -> Page:
    make_world(session)
    session.rollback()
    at_desk.goto("/components")
    return at_desk


def record(page: Page) -> None:
    page.locator("#sample-fields").get_by_role("button", name="Record").click()


def test_a_record_is_found_by_a_few_letters_and_the_keyboard(page: Page):
    matter = page.get_by_role("combobox", name="Matter").first
    matter.click()
    expect(page.locator("#sample-matter_id-list").get_by_role("option")).to_have_count(4)
    expect(matter).to_have_attribute("aria-expanded", "true")
    matter.fill("hal")
    matter.press("Enter")  # sooner than the list for these letters can be there
    expect(matter).to_have_value(re.compile("^Halvorsen Dairy"))
    assert page.locator("#sample-fields select[name=matter_id]").input_value() == "3"
    matter.fill("zzz")
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    matter.press("Escape")
    expect(matter).to_have_value(re.compile("^Halvorsen Dairy"))


def test_a_duration_is_read_while_typing(page: Page):
    page.locator("#sample-duration").fill("1h 10m")
    expect(page.locator("[data-reading-of=sample-duration]")).to_have_text("= 1.20, rounded up to 0.1")
    page.locator("#sample-duration").fill("soon")
    expect(page.locator("[data-reading-of=sample-duration]")).to_be_hidden()


def test_an_error_takes_the_focus_and_keeps_what_was_typed_and_the_key(page: Page):
    key = page.locator("#sample-fields input[name=key]").input_value()
    page.locator("#sample-duration").fill("26:00")
    page.locator("#sample-narrative").fill("Draft motion")
    record(page)
    expect(page.locator("#sample-duration-error")).to_be_visible()
    expect(page.locator("#sample-duration")).to_be_focused()
    expect(page.locator("#sample-duration")).to_have_value("26:00")
    expect(page.locator("#sample-narrative")).to_have_value("Draft motion")
    assert page.locator("#sample-fields input[name=key]").input_value() == key


def test_a_write_changes_every_part_says_so_and_can_be_undone(page: Page):
    page.locator("#sample-narrative").fill("Draft motion")
    page.locator("#sample-duration").fill("0:30")
    record(page)
    expect(page.locator("#echo")).to_contain_text("0:30:00 on November 19, 2026")
    toast = page.locator("#toasts").get_by_role("status")
    expect(toast).to_contain_text("Entry recorded")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Put back as it was")


def test_a_form_is_sent_once_however_often_it_is_pressed(page: Page):
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#sample-narrative").fill("Draft motion")
    page.evaluate("const form = document.getElementById('sample-fields'); form.requestSubmit(); form.requestSubmit(); form.requestSubmit()")
    expect(page.locator("#toasts")).to_contain_text("Entry recorded")
    assert len(sent) == 1


def test_a_dangerous_verb_asks_first(page: Page):
    page.get_by_role("button", name="Discard", exact=True).click()
    question = page.get_by_role("dialog", name="Discard?")
    expect(question).to_contain_text("nothing else changes")
    question.get_by_role("button", name="Keep it").click()
    expect(question).to_be_hidden()
    page.get_by_role("button", name="Discard", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.locator("#toasts")).to_contain_text("Put back as it was")


def test_selected_rows_are_counted_and_summed(page: Page):
    page.get_by_label("Select row 2").click()
    page.get_by_label("Select row 4").click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("3 selected")
    expect(page.locator("[data-bulk-sums]")).to_have_text("2.70 h · −$1,236.25")
    page.get_by_label("Select all").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("5 selected")
    page.get_by_label("Select all").click()
    expect(page.locator("[data-bulkbar]")).to_be_hidden()


def test_a_running_clock_ticks_and_a_paused_one_does_not(page: Page):
    running, paused = page.get_by_role("timer").first, page.get_by_role("timer").nth(1)
    before = running.inner_text()
    expect(running).not_to_have_text(before, timeout=3000)
    expect(paused).to_have_text("0:24:40")


def test_a_figure_opens_its_derivation_and_a_dialog_closes_by_escape(page: Page):
    page.get_by_role("button", name="16,152.15").click()
    expect(page.get_by_role("dialog", name="Rate 720.00")).to_contain_text("Matter, class partner")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Void…").click()
    dialog = page.get_by_role("dialog", name="Void INV-2026-0412?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Void…")).to_be_focused()


def test_a_write_that_leads_elsewhere_brings_its_page_its_toast_and_the_way_back(page: Page):
    page.get_by_role("button", name="Go elsewhere").click()
    page.wait_for_url("**/components/form")
    expect(page.locator("#toasts")).to_contain_text("Arrived")
    expect(page).to_have_title("One form · lexapp")
    page.locator("#sample-narrative").fill("Draft motion")
    record(page)
    expect(page.locator("#toasts")).to_contain_text("Entry recorded")
    page.go_back()
    page.wait_for_url("**/components")
    expect(page.get_by_role("button", name="Go elsewhere")).to_be_visible()


def test_a_page_out_of_date_says_so_and_keeps_the_form(page: Page):
    page.context.clear_cookies()
    page.locator("#sample-narrative").fill("Draft motion")
    record(page)
    expect(page.locator("#toasts").get_by_role("alert")).to_contain_text("Copy what you typed")
    expect(page.locator("#sample-narrative")).to_have_value("Draft motion")


def test_keys_open_the_palette_which_finds_places(at_desk: Page, sign_in: SignIn, session: Session):
    email = session.get_one(User, make_world(session).owner.user_id).email
    session.rollback()
    sign_in(at_desk, email)
    at_desk.keyboard.press("Control+k")
    at_desk.keyboard.type("go compo")
    expect(at_desk.get_by_role("option", name="Go to Components")).to_have_attribute("aria-selected", "true")
    at_desk.keyboard.press("Enter")
    at_desk.wait_for_url("**/components")


def test_nothing_is_wider_than_a_phone(on_phone: Page):
    on_phone.goto("/components")
    assert on_phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_under_the_readers_own_colours_what_is_chosen_is_still_seen(page: Page):
    page.emulate_media(forced_colors="active")
    colours = "element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).borderTopWidth]"
    chosen, other = (page.locator(".segment").nth(place).evaluate(colours) for place in (0, 1))
    assert chosen[0] != other[0]
    primary, plain = (page.locator(kind).first.evaluate(colours) for kind in (".button--primary", ".button:not([class*=button--])"))
    assert primary[1] != plain[1]
    edge = "element => getComputedStyle(element).borderTopStyle"
    assert page.locator(".switch").first.evaluate(edge) == "solid"
