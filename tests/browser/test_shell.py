"""The shell: palette, keys, undo, focus and titles, as somebody meets them who never takes the hands off the keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import SignIn
from tests.browser.office import found_firm

pytestmark = [pytest.mark.parametrize("engine", ["sqlite"]), pytest.mark.timeout(180)]


@pytest.fixture
def page(at_desk: Page, sign_in: SignIn, session: Session) -> Page:
    sign_in(at_desk, found_firm(session)[2])
    at_desk.goto("/clients")
    return at_desk


def marked(page: Page) -> str:
    return page.locator("#palette [aria-selected=true]").inner_text()


def test_letters_typed_at_once_are_all_there(page: Page):
    page.evaluate(
        """() => {
            const pressed = (key, more) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
            const press = (key, on, more) => on.dispatchEvent(pressed(key, more));
            press("k", document.body, { ctrlKey: true });
            const input = document.activeElement;
            input.value += "go to time";
            input.dispatchEvent(new InputEvent("input", { bubbles: true }));
            press("Enter", input);
        }"""
    )
    page.wait_for_url("**/time")


def test_enter_waits_for_the_answer_to_what_was_typed(page: Page):
    waiting: list[Route] = []
    page.route(re.compile(r"/search\?q=berth$"), lambda route: waiting.append(route))
    page.keyboard.press("Control+k")
    with page.expect_request(re.compile(r"/search\?q=berth$")):
        page.keyboard.type("berth")
    expect(page.locator("#palette [aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    waiting[0].continue_()
    expect(page.get_by_role("heading", name="Berth allocation dispute")).to_be_visible()


def test_records_that_arrive_move_no_mark(page: Page):
    waiting: list[Route] = []
    page.route(re.compile(r"/search\?q=time$"), lambda route: waiting.append(route))
    page.keyboard.press("Control+k")
    with page.expect_request(re.compile(r"/search\?q=time$")):
        page.keyboard.type("time")
    expect(page.locator("#palette [aria-selected=true]")).to_have_count(1)
    before = marked(page)
    late = '<a role="option" class="menu-item" id="late" href="/matters">Time share</a>'
    waiting[0].fulfill(body=f'<div role="group" aria-label="Matters">{late}</div>')
    expect(page.locator("#late")).to_be_visible()
    assert marked(page) == before


def test_a_matter_looked_at_comes_first_and_work_on_it_starts_from_the_palette(page: Page):
    page.keyboard.press("Control+k")
    page.keyboard.type("berth")
    expect(page.locator("#palette [data-records] mark").first).to_have_text(re.compile("berth", re.IGNORECASE))
    with page.expect_response("**/visit"):
        page.keyboard.press("Enter")
    page.goto("/clients")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [data-records] [role=option]").first).to_contain_text("Berth allocation dispute")
    page.keyboard.type("berth")
    page.get_by_role("option", name="Start timer on Berth allocation dispute").click()
    expect(page.get_by_role("complementary", name="Timers").get_by_role("button", name=re.compile("Pause .*Berth"))).to_be_visible()
    expect(page).to_have_url(re.compile("/clients$"))


def test_two_letters_lead_to_a_place_and_nothing_fires_while_typing(page: Page):
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/matters")
    expect(page).to_have_title(re.compile("^Matters"))
    page.locator("main").get_by_role("searchbox").first.focus()
    page.keyboard.type("gtn?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).to_have_url(re.compile("/matters"))


def test_the_sheet_says_what_this_page_can_do_and_letters_can_rest(page: Page):
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("New client")
    expect(sheet).to_contain_text("Go to")
    with page.expect_response("**/keys"):
        sheet.get_by_role("switch", name="Single-letter keys").click()
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-letters", "off")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or do")).to_be_focused()


def test_j_and_k_walk_a_list_and_enter_opens(page: Page):
    first, second = page.locator("main tbody tr").nth(0), page.locator("main tbody tr").nth(1)
    page.keyboard.press("j")
    expect(first.locator("a").first).to_be_focused()
    page.keyboard.press("j")
    expect(second.locator("a").first).to_be_focused()
    page.keyboard.press("k")
    expect(first.locator("a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/clients/\d+"))


def test_what_was_recorded_is_taken_back_by_one_key(page: Page):
    page.goto("/time/new")
    form = page.get_by_role("main")
    form.get_by_role("combobox", name="Matter").fill("berth")
    form.get_by_role("combobox", name="Matter").press("Enter")
    expect(form.get_by_role("combobox", name="Matter")).to_have_value(re.compile("Berth"))
    page.locator("#new-recorded_seconds").fill("0:30")
    form.get_by_label("Narrative").fill("Review berth logs")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Time recorded")
    page.wait_for_url("**/time")
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Time discarded")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/time")
    expect(page.get_by_role("row").filter(has_text="Review berth logs")).to_have_count(0)


def test_what_is_typed_after_a_timer_has_started_is_no_shortcut(page: Page):
    page.goto("/time")
    page.keyboard.press("n")
    starting = page.get_by_role("dialog", name="New timer").get_by_role("combobox", name="Matter")
    expect(starting).to_be_focused()
    starting.fill("berth")
    expect(page.get_by_role("dialog", name="New timer").get_by_role("option").first).to_contain_text("Berth")
    starting.press("Enter")
    bar = page.get_by_role("complementary", name="Timers")
    expect(bar.get_by_role("button", name=re.compile("Pause .*Berth"))).to_be_visible()
    page.keyboard.type("new terms gm p n")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).to_have_url(re.compile("/time$"))
    expect(bar.get_by_role("button", name=re.compile("Pause .*Berth"))).to_be_visible()


def test_a_page_that_a_form_leads_to_begins_at_its_top(page: Page):
    page.goto("/clients/new")
    page.set_viewport_size({"width": 1440, "height": 300})
    page.get_by_label("Name", exact=True).first.fill("Top & Sons")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Top & Sons", level=1)).to_be_visible()
    page.wait_for_function("scrollY === 0")


def test_a_button_that_swaps_its_surroundings_keeps_focus_and_place(page: Page):
    page.goto("/time")
    page.set_viewport_size({"width": 1440, "height": 420})
    page.keyboard.press("n")
    starting = page.get_by_role("dialog", name="New timer").get_by_role("combobox", name="Matter")
    expect(starting).to_be_focused()
    starting.fill("berth")
    starting.press("Enter")
    bar = page.get_by_role("complementary", name="Timers")
    expect(bar.get_by_role("button", name=re.compile("Pause .*Berth"))).to_be_visible()
    page.evaluate("scrollTo(0, 80)")
    place = page.evaluate("scrollY")
    bar.get_by_role("button", name=re.compile("Pause .*Berth")).press("Enter")
    expect(bar.get_by_role("button", name=re.compile("Resume .*Berth"))).to_be_focused()
    assert page.evaluate("scrollY") == place


def test_a_filter_that_swaps_its_list_keeps_the_focus_where_it_was(page: Page):
    field = page.locator("main").get_by_role("searchbox").first
    field.focus()
    with page.expect_response(re.compile(r"/clients\?.*q=halv")):
        page.keyboard.type("halv")
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(field).to_be_focused()
    expect(field).to_have_value("halv")
