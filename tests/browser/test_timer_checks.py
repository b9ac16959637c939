"""What the desk asks about timers: idle minutes on return, once however many tabs are open, and a timer that was forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lexapp.models import Firm, TimerEventRow, User
from lexapp.services.firms import link_timekeeper
from lexapp.services.timers import TimerNote, start_timer
from tests.browser.conftest import SignIn
from tests.factories import NOW, World, make_matter, make_world

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
ASKED = "You were away"


@pytest.fixture
def email(session: Session) -> str:
    """A lawyer whose timer has run for five hours."""
    world: World = make_world(session)
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=NOW)
    matter = make_matter(session, world.owner)
    actor = type(world.owner)(**{**_facts(world.owner), "timekeeper_id": world.partner.id})
    start_timer(session, actor=actor, note=TimerNote(matter.id, "Harbor master"), now=datetime.now(UTC) - timedelta(hours=5))
    session.execute(update(Firm).values(idle_after_seconds=900))
    session.commit()
    found = session.get_one(User, world.owner.user_id).email
    session.rollback()
    return found


def _facts(actor: object) -> dict[str, object]:
    return {name: getattr(actor, name) for name in actor.__dataclass_fields__}  # type: ignore[attr-defined]


def go_away(*pages: Page) -> None:
    for page in pages:
        page.clock.fast_forward(1_800_000)


def kinds(session: Session) -> list[str]:
    found = list(session.scalars(select(TimerEventRow.kind).order_by(TimerEventRow.id)))
    session.rollback()
    return found


def test_on_return_one_tab_asks_what_the_idle_minutes_were(at_desk: Page, sign_in: SignIn, session: Session, email: str):
    sign_in(at_desk, email)
    other = at_desk.context.new_page()
    for page in (at_desk, other):
        page.clock.install()
        page.goto("/time")
        expect(page.locator("#timer-bar .is-running")).to_be_visible()
    at_desk.bring_to_front()
    at_desk.mouse.move(200, 200)
    go_away(at_desk, other)
    at_desk.mouse.move(300, 300)
    dialog = at_desk.get_by_role("dialog", name=ASKED)
    expect(dialog).to_contain_text("No key and no pointer moved in lexapp")
    other.mouse.move(300, 300)
    other.keyboard.press("Shift")
    expect(other.get_by_role("dialog", name=ASKED)).to_have_count(0)
    dialog.get_by_label("Take them off", exact=True).check()
    dialog.get_by_role("button", name="Do it").click()
    expect(at_desk.locator("#toasts")).to_contain_text("Minutes taken off")
    expect(dialog).to_have_count(0)
    assert kinds(session) == ["start", "trim"]


def test_a_forgotten_timer_is_stopped_from_the_bar_at_a_time_of_ones_own(at_desk: Page, sign_in: SignIn, session: Session, email: str):
    sign_in(at_desk, email)
    at_desk.goto("/time")
    at_desk.locator("#timer-bar").get_by_text("Still running?").click()
    dialog = at_desk.get_by_role("dialog", name="Still running?")
    dialog.get_by_label("Stop it at another time").check()
    dialog.get_by_label("Another time", exact=True).fill("tomorrow 9:00")
    dialog.get_by_role("button", name="Do it").click()
    expect(dialog).to_contain_text("has not come yet")
    dialog.get_by_label("Keep it running").check()
    dialog.get_by_role("button", name="Do it").click()
    expect(at_desk.locator("#toasts")).to_contain_text("runs on")
    expect(at_desk.locator("#timer-bar").get_by_text("Still running?")).to_have_count(0)
    assert kinds(session) == ["start", "keep"]
