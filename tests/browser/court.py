"""A lawyer in court with the phone timer, and what can be seen of it from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext, CDPSession, Page, Request, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lexapp.domain.permissions import Role
from lexapp.models import TimeEntry, User
from lexapp.services.firms import link_timekeeper
from tests.factories import World, make_matter, make_member, make_rate, make_world

if TYPE_CHECKING:
    from tests.browser.conftest import SignIn

PATIENT = 30_000
LONG_AGO = datetime(2026, 1, 5, 15, tzinfo=UTC)
"""When the firm was set up: what its owner did then is not taken for a sign of life while a timer ran."""
KEPT_FILES = """async () => {
  const [name] = await caches.keys();
  return (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname);
}"""
DUMP = """async () => {
  const base = await new Promise((done) => { const r = indexedDB.open("lexapp-phone"); r.onsuccess = () => done(r.result); });
  const text = [];
  for (const name of base.objectStoreNames) {
    const asked = base.transaction(name).objectStore(name).getAll();
    const rows = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
    const plain = (key, value) => value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value;
    for (const row of rows) text.push(JSON.stringify(row, plain));
  }
  base.close();
  return text.join("\\n");
}"""
KEEP = """async ({count, poison}) => {
  const base = document.querySelector("script[type=module]").src.replace("main.js", "");
  const [{ Store }, { makeEvent }] = await Promise.all([import(`${base}store.js`), import(`${base}queue.js`)]);
  const store = await Store.open();
  const person = await store.current();
  const clock = () => ({ wall: Date.now(), monotonic: 1, page: "test", ahead: person.ahead, offset: 0 });
  const said = (place) => ({ narrative: place === poison ? "a\\u0000b" : `Entry ${place}`, recorded_seconds: 360 });
  const made = Array.from({ length: count }, (_, place) =>
    makeEvent({ person, clock: clock(), timer: crypto.randomUUID(), type: "quick_entry", said: said(place) }));
  await store.keep(person, made);
  store.base.close();
  new BroadcastChannel("lexapp-phone").postMessage("kept");
}"""


@dataclass
class Court:
    """A lawyer with the timer in hand, what their phone has posted, and what the office has recorded."""

    page: Page
    session: Session
    world: World
    email: str
    matter_id: int
    posted: list[dict[str, Any]] = field(default_factory=list)

    def entries(self) -> list[TimeEntry]:
        self.session.rollback()
        found = list(self.session.scalars(select(TimeEntry).where(TimeEntry.timer_id.is_not(None))))
        self.session.expunge_all()
        self.session.rollback()
        return found

    def listen(self, page: Page) -> None:
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.url.endswith("/timer/sync"):
            self.posted.append(request.post_data_json)

    def sent_ids(self) -> list[str]:
        return [event["id"] for post in self.posted for event in post["events"]]

    def keep(self, count: int, poison: int = -1) -> None:
        """Quick entries, kept as the timer keeps them."""
        self.page.evaluate(KEEP, {"count": count, "poison": poison})
        expect_unsent(self.page, count)


def open_timer(page: Page) -> None:
    page.goto("/phone")
    expect(page.locator("html")).to_have_attribute("data-script", "on")


def all_sent(page: Page) -> None:
    expect(page.locator("#today")).to_contain_text("all sent", timeout=PATIENT)


def knows_that_its_clock_is_ahead(page: Page) -> None:
    """The phone has compared its clock with the server's, and found it hours ahead."""
    page.wait_for_function(f'({DUMP})().then((text) => /"ahead":\\d{{7}}/.test(text))', timeout=PATIENT)


def expect_unsent(page: Page, count: int) -> None:
    expect(page.locator("body")).to_have_attribute("data-unsent", str(count), timeout=PATIENT)


def run_for_a_moment(page: Page) -> None:
    expect(page.locator("#now [data-runs]")).to_have_text(re.compile(r"0:00:(0[2-9]|[1-5]\d)|0:0[1-9]:"))


def quick(page: Page, note: str) -> None:
    page.get_by_role("button", name="Quick entry").click()
    page.locator("#quick-note").fill(note)
    page.get_by_role("button", name="Record 0.1 h").click()
    expect(page.locator("#sheet")).to_be_hidden()


def ready(page: Page) -> None:
    """The service worker has the shell, and the page is its own."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def found_court(session: Session) -> tuple[World, int, str]:
    """A firm whose owner records time, and a matter at 600.00 an hour."""
    world = make_world(session, now=LONG_AGO)
    link_timekeeper(session, actor=world.owner, membership_id=world.owner.membership_id, timekeeper_id=world.partner.id, now=LONG_AGO)
    matter = make_matter(session, world.owner, name="Berth allocation dispute")
    make_rate(session, world.owner, "matter", 60_000, matter_id=matter.id)
    found = world, matter.id, session.get_one(User, world.owner.user_id).email
    session.rollback()
    return found


def colleague_of(court: Court) -> str:
    """The e-mail address of another timekeeper of the firm."""
    made = make_member(court.session, court.world.owner, Role.TIMEKEEPER, court.world.associate.id)
    email = court.session.get_one(User, made.user_id).email
    court.session.rollback()
    return email


def sign_in_again(page: Page, sign_in: SignIn, email: str) -> None:
    page.context.clear_cookies()
    sign_in(page, email)
    open_timer(page)


def browser_itself(context: BrowserContext) -> CDPSession:
    """What Chromium lets its own tools do to the first page of a context."""
    return context.new_cdp_session(context.pages[0])
