"""A day in court with the phone in flight mode: told once, for its test and for the pictures of the guide."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session

from lexapp.database import transaction
from lexapp.models import Firm, User
from lexapp.services.firms import link_timekeeper
from tests.browser.conftest import CHROMIUM, FLAGS, PHONE
from tests.browser.court import all_sent, expect_unsent, open_timer, ready
from tests.factories import NOW, PASSWORD, make_client, make_matter, make_rate, make_world

EVENING = 18
STILL = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime < Infinity).map((one) => one.finished)).then(() => true)"""
Photo = Callable[[Page, str], None]


@dataclass(frozen=True)
class Day:
    """Who works it, on which matters, and where on earth it is evening now: so the whole day lies behind us."""

    email: str
    berths: int
    water: int
    zone: str

    @classmethod
    def found(cls, session: Session) -> Day:
        world = make_world(session)
        link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=NOW)
        berths = make_matter(session, world.owner, make_client(session, world.owner, "Castellane Shipping"), "Berth allocation dispute").id
        water = make_matter(session, world.owner, make_client(session, world.owner, "Halvorsen"), "Water rights").id
        make_rate(session, world.owner, "matter", 60_000, matter_id=berths)
        make_rate(session, world.owner, "matter", 45_000, matter_id=water)
        zone = zone_of_the_evening(datetime.now(UTC))
        with transaction(session, world.firm_id):
            firm = session.get_one(Firm, world.firm_id)
            firm.time_zone, firm.phone_matters_offline = zone, True
        email = session.get_one(User, world.owner.user_id).email
        session.rollback()
        return cls(email, berths, water, zone)


def zone_of_the_evening(now: datetime) -> str:
    """The zone in which it is between six and seven in the evening. In the names of these zones west is plus."""
    west = (now.hour - EVENING + 12) % 24 - 12
    return f"Etc/GMT{west:+d}"


@dataclass
class Pocket:
    """A phone that can be killed and opened again; `photo` is shown each stage of the day."""

    chromium: Browser
    folder: Path
    address: str
    day: Day
    photo: Photo
    context: BrowserContext
    page: Page

    @classmethod
    def taken_out(cls, chromium: Browser, folder: Path, address: str, day: Day, photo: Photo) -> Pocket:
        context = open_browser(chromium, folder, address, day)
        return cls(chromium, folder, address, day, photo, context, context.pages[0])

    def sign_in(self) -> None:
        page = self.page
        page.goto("/sign-in?next=/phone")
        page.get_by_label("E-mail").fill(self.day.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/phone")
        self.known()

    def known(self) -> None:
        expect(self.page.locator("html")).to_have_attribute("data-script", "on")
        expect(self.page.locator("body")).to_have_attribute("data-person", "known")

    def into_flight_mode(self, at: datetime) -> None:
        """Without a network from here on, and the clock at that time of the day."""
        self.context.set_offline(True)
        self.context.clock.install(time=at)
        open_timer(self.page)
        self.known()

    def later(self, hours: int = 0, minutes: int = 0) -> None:
        self.page.clock.fast_forward(f"{hours:02}:{minutes:02}:00")

    def start(self, note: str, unsent: int) -> None:
        self.page.get_by_role("button", name="New timer").click()
        expect_unsent(self.page, unsent - 1)
        expect(self.page.locator("#now [data-runs]")).to_contain_text("0:00")
        field = self.page.locator("#now #note")
        field.fill(note)
        field.blur()
        expect_unsent(self.page, unsent)

    def choose(self, matter: int, words: str, unsent: int) -> None:
        self.page.locator("#now .pocket-pick").click()
        self.find(matter, words)
        expect_unsent(self.page, unsent)

    def find(self, matter: int, words: str) -> None:
        self.page.locator("#matter-search").fill(words)
        self.page.locator(f"[data-matter='{matter}']").click()

    def label(self, text: str, unsent: int) -> None:
        self.page.locator("#now .pocket-pick").click()
        self.page.locator("#matter-label").fill(text)
        self.page.get_by_role("button", name="Keep label").click()
        expect_unsent(self.page, unsent)

    def press(self, button: str, unsent: int) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
        expect_unsent(self.page, unsent)

    def quick(self, matter: int, words: str, hours: str, note: str, unsent: int) -> None:
        self.page.get_by_role("button", name="Quick entry").click()
        sheet = self.page.locator("#sheet")
        sheet.get_by_role("button", name=hours, exact=True).click()
        sheet.locator(".pocket-pick").click()
        self.find(matter, words)
        sheet.locator("#quick-note").fill(note)
        self.photo(self.page, "quick-entry")
        sheet.get_by_role("button", name=f"Record {hours} h").click()
        expect(sheet).to_be_hidden()
        expect_unsent(self.page, unsent)

    def die_and_open_again(self, at: datetime) -> None:
        """The system kills the browser in the background; later it is opened again, still without a network."""
        kill(self.folder)
        self.context = open_browser(self.chromium, self.folder, self.address, self.day)
        self.page = self.context.pages[0]
        self.into_flight_mode(at)

    def back_at_the_office(self) -> None:
        self.page.clock.set_system_time(datetime.now(UTC))
        self.context.set_offline(False)


def still(page: Page) -> None:
    """Nothing slides in or out any more."""
    page.evaluate(STILL)


def open_browser(chromium: Browser, folder: Path, address: str, day: Day) -> BrowserContext:
    given = {"executable_path": CHROMIUM, "args": FLAGS, "base_url": address, "timezone_id": day.zone}
    return chromium.browser_type.launch_persistent_context(folder, **given, **PHONE)  # type: ignore[arg-type]


def kill(folder: Path) -> None:
    """As the system does with a browser in the background: every process of this profile at once."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and f"--user-data-dir={folder}".encode() in (entry / "cmdline").read_bytes().split(b"\0"):
            os.kill(int(entry.name), signal.SIGKILL)


def work_the_day(pocket: Pocket) -> None:
    """From half past eight to the evening, without a network; in the end everything is with the office but what still needs its matter."""
    day, photo = pocket.day, pocket.photo
    morning = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=EVENING - 8)
    pocket.sign_in()
    all_sent(pocket.page)
    ready(pocket.page)
    pocket.into_flight_mode(morning)
    photo(pocket.page, "flight-mode")
    pocket.start("Prepare for the status conference", 2)
    pocket.choose(day.berths, "berth", 3)
    pocket.later(minutes=40)
    pocket.start("Hallway talk with opposing counsel about the continuance", 6)
    pocket.label("Smith, the lease", 7)
    pocket.later(minutes=16)
    pocket.page.reload()
    pocket.known()
    expect(pocket.page.locator("#now [data-runs]")).to_contain_text("0:16")
    photo(pocket.page, "running")
    pocket.press("Stop", 8)
    pocket.press("Resume Castellane Shipping · Berth allocation dispute", 9)
    pocket.later(hours=1, minutes=15)
    pocket.press("Stop", 10)
    pocket.quick(day.berths, "castell", "0.3", "Call with the clerk about the exhibits", 11)
    pocket.start("Wait in court, then argue the motion to compel", 13)
    pocket.choose(day.water, "water", 14)
    pocket.later(minutes=20)
    pocket.die_and_open_again(morning + timedelta(hours=4))
    expect(pocket.page.locator("#now #note")).to_have_value("Wait in court, then argue the motion to compel")
    photo(pocket.page, "opened-again")
    pocket.press("Stop", 15)
    photo(pocket.page, "day")
    pocket.page.locator("#state").get_by_role("button", name="Look").click()
    photo(pocket.page, "unsent")
    pocket.page.keyboard.press("Escape")
    pocket.back_at_the_office()
    expect(pocket.page.locator("#state")).to_contain_text("Unsent: 15. Sign in to send")
    photo(pocket.page, "sign-in")
    pocket.sign_in()
    all_sent(pocket.page)
    photo(pocket.page, "needs-matter")
    pocket.page.get_by_role("button", name="Smith, the lease").click()
    photo(pocket.page, "timer")
    pocket.page.locator("#sheet .pocket-pick").click()
    photo(pocket.page, "choose-matter")
    pocket.find(day.water, "water")
    expect(pocket.page.locator("#today .badge--done")).to_have_count(4)
    photo(pocket.page, "complete")
