"""What somebody typed is never lost: it survives a reload, the end of the session, a refused form and a lost network."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Draft, UserSession
from tests.browser.conftest import SignIn
from tests.browser.office import found_firm
from tests.factories import PASSWORD
from tests.servers import wait_until

pytestmark = [pytest.mark.parametrize("engine", ["sqlite"]), pytest.mark.timeout(180)]
KEPT = "form[data-draft-kept]"
LINE = "[data-draft-line]"
NARRATIVE = "Review berth logs, second part"


@pytest.fixture
def email(session: Session) -> str:
    return found_firm(session)[2]


@pytest.fixture
def page(at_desk: Page, sign_in: SignIn, email: str) -> Page:
    sign_in(at_desk, email)
    return at_desk


def write(page: Page, text: str = NARRATIVE) -> Locator:
    page.goto("/time/new")
    field = page.get_by_role("main").get_by_label("Narrative")
    field.fill(text)
    return field


def write_and_keep(page: Page) -> None:
    write(page)
    expect(page.locator(KEPT)).to_be_visible(timeout=15_000)


def narrative(page: Page) -> Locator:
    return page.get_by_role("main").get_by_label("Narrative")


def drafts(session: Session) -> int:
    session.rollback()
    found = session.scalar(select(func.count()).select_from(Draft)) or 0
    session.rollback()
    return found


def end_sessions(session: Session) -> None:
    with transaction(session):
        session.execute(update(UserSession).values(ended_at=datetime.now(UTC)))


def sign_in_again(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_it_comes_back_after_a_reload_and_can_be_discarded(page: Page):
    page.goto("/time/new")
    matter = page.get_by_role("main").get_by_role("combobox", name="Matter")
    matter.fill("berth")
    matter.press("Enter")
    expect(matter).to_have_value("Castellane Shipping · Berth allocation dispute")
    narrative(page).fill(NARRATIVE)
    expect(page.locator(KEPT)).to_be_visible(timeout=15_000)
    page.reload()
    expect(narrative(page)).to_have_value(NARRATIVE)
    expect(matter).to_have_value("Castellane Shipping · Berth allocation dispute")
    expect(page.locator(LINE)).to_contain_text("Unsaved text of")
    with page.expect_response("**/drafts/removal"):
        page.get_by_role("button", name="Discard").click()
    expect(narrative(page)).to_have_value("")
    expect(page.locator(LINE)).to_be_hidden()
    page.reload()
    expect(narrative(page)).to_have_value("")
    expect(page.locator(LINE)).to_have_count(0)


def test_leaving_the_page_keeps_the_last_letters(page: Page, session: Session):
    write(page)
    page.goto("/today")
    wait_until(lambda: drafts(session), what="the text of the page that was left")
    page.goto("/time/new")
    expect(narrative(page)).to_have_value(NARRATIVE)


def test_what_was_recorded_does_not_come_back(page: Page):
    write_and_keep(page)
    matter = page.get_by_role("main").get_by_role("combobox", name="Matter")
    matter.fill("berth")
    matter.press("Enter")
    expect(matter).to_have_value("Castellane Shipping · Berth allocation dispute")
    page.locator("#new-recorded_seconds").fill("0:30")
    page.get_by_role("button", name="Record time").click()
    expect(page.locator("#toasts")).to_contain_text("Time recorded")
    page.goto("/time/new")
    expect(narrative(page)).to_have_value("")
    expect(page.locator(LINE)).to_have_count(0)


def test_a_refused_form_keeps_its_text_over_a_reload(page: Page):
    write(page)
    page.get_by_role("button", name="Record time").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    expect(narrative(page)).to_have_value(NARRATIVE)
    expect(page.locator(KEPT)).to_be_visible(timeout=15_000)
    page.reload()
    expect(narrative(page)).to_have_value(NARRATIVE)


def test_signing_in_again_leads_back_to_the_form_with_its_text(page: Page, session: Session, email: str):
    write_and_keep(page)
    end_sessions(session)
    page.reload()
    page.wait_for_url("**/sign-in?next=**")
    sign_in_again(page, email)
    page.wait_for_url("**/time/new")
    expect(narrative(page)).to_have_value(NARRATIVE)


def test_an_open_page_outlives_its_session(page: Page, session: Session, email: str):
    """The form is sent, nothing is lost, the page goes on where it was once its person is signed in again in another tab."""
    write(page)
    end_sessions(session)
    page.get_by_role("button", name="Record time").click()
    expect(page.locator("#signed-out")).to_be_visible()
    expect(narrative(page)).to_have_value(NARRATIVE)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    sign_in_again(opened.value, email)
    opened.value.wait_for_url(lambda url: "/sign-in" not in url)
    opened.value.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#signed-out")).to_be_hidden()
    page.get_by_role("button", name="Record time").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    expect(narrative(page)).to_have_value(NARRATIVE)


def test_without_a_network_the_page_says_so_and_keeps_the_text_later(page: Page):
    page.goto("/time/new")
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_be_visible()
    narrative(page).fill(NARRATIVE)
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator(KEPT)).to_be_visible(timeout=15_000)
    page.reload()
    expect(narrative(page)).to_have_value(NARRATIVE)


def test_the_text_of_one_person_is_not_shown_to_the_next_at_the_same_browser(page: Page, session: Session, email: str):
    write_and_keep(page)
    end_sessions(session)
    with transaction(session):
        session.execute(update(UserSession).values(expires_at=datetime.now(UTC)))
    page.context.clear_cookies()
    other = found_firm(session)[2]
    page.goto("/sign-in")
    sign_in_again(page, other)
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto("/time/new")
    expect(narrative(page)).to_have_value("")
