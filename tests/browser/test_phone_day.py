"""A person leaves the desk with the phone in flight mode, works a day in court, and comes back: the day is complete, right and priced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.models import TimeEntry, TimerEventRow
from tests.browser.conftest import SignIn
from tests.browser.court_day import Day, Pocket, still, work_the_day
from tests.live import WebServer

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
PICTURES = os.environ.get("PHONE_DAY_PICTURES", "")


def photograph(page: Page, name: str) -> None:
    if PICTURES:
        still(page)
        page.screenshot(path=Path(PICTURES) / f"phone-day-{name}.png")


def test_a_day_in_court_in_flight_mode_is_complete_right_and_priced_in_the_evening(
    chromium: Browser, web_server: WebServer, session: Session, at_desk: Page, sign_in: SignIn, tmp_path: Path
):
    day = Day.found(session)
    pocket = Pocket.taken_out(chromium, tmp_path, web_server.address, day, photograph)
    work_the_day(pocket)
    pocket.context.close()
    found = session.scalars(select(TimeEntry).order_by(TimeEntry.narrative)).all()
    assert [(one.narrative, one.matter_id, one.quantity_hundredths, one.amount_minor) for one in found] == [
        ("Call with the clerk about the exhibits", day.berths, 30, 18_000),
        ("Hallway talk with opposing counsel about the continuance", day.water, 30, 13_500),
        ("Prepare for the status conference", day.berths, 200, 120_000),
        ("Wait in court, then argue the motion to compel", day.water, 190, 85_500),
    ]
    assert len({one.worked_on for one in found}) == 1
    events = session.scalars(select(TimerEventRow)).all()
    assert {event.outcome for event in events if event.resolved_at is None} == {"applied"}
    session.rollback()
    see_it_at_the_desk(at_desk, sign_in, day)


def see_it_at_the_desk(page: Page, sign_in: SignIn, day: Day) -> None:
    sign_in(page, day.email)
    page.goto("/time")
    main = page.locator("main")
    for said in ("Hallway talk with opposing counsel", "Prepare for the status conference", "1,200.00", "855.00", "135.00", "180.00"):
        expect(main).to_contain_text(said)
    photograph(page, "desk")
