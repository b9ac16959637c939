"""How quick the phone timer is, in Debian's Chromium at phone size before gunicorn on this machine.

    python -m benchmarks.phone [--events 10000] [--matters 2000] [--keys 20]

`first load`: bytes over the wire of everything that the first visit fetches. `cold start`: a browser that was just opened, without a
network, from asking for the page until the timer can be pressed. `key press`: while typing in the search over all matters kept on the
phone, from the key until the answer is painted. `backlog`: events kept offline, from the moment the network is back until all are sent.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from benchmarks.working_folder import working_folder
from lexapp.cli.migrate import migrate
from lexapp.database import transaction
from lexapp.models import Firm, Matter
from tests.browser.conftest import CHROMIUM, FLAGS, PHONE
from tests.browser.court import KEEP, all_sent, found_court, open_timer, ready
from tests.factories import NOW, OPENED, PASSWORD
from tests.live import WebServer

MOST_BYTES, MOST_START_MS, MOST_KEY_MS, MOST_BACKLOG_S = 100_000, 1_000, 100, 30
WORDS = "castellane port authority 19"
FETCHED = "performance.getEntries().reduce((sum, one) => sum + (one.transferSize ?? 0), 0)"
WATCH_KEYS = """() => {
  window.painted = [];
  addEventListener("keydown", (event) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => window.painted.push(performance.now() - event.timeStamp);
    after.port2.postMessage(0);
  }), true);
}"""


def found(session: Session, matters: int) -> str:
    """A firm with many matters, which lets phones keep them; the e-mail address of somebody who records time."""
    world, matter_id, email = found_court(session)
    first = session.get_one(Matter, matter_id)
    common = {"firm_id": first.firm_id, "client_id": first.client_id, "status": "open", "opened_on": OPENED, "created_at": NOW}
    rows = [common | {"number": f"2025-{n:05}", "name": f"Castellane Port Authority, berth {n}"} for n in range(matters)]
    with transaction(session, world.firm_id):
        session.get_one(Firm, world.firm_id).phone_matters_offline = True
        session.execute(insert(Matter), rows)
    return email


def open_browser(playwright, folder: Path, address: str) -> BrowserContext:  # type: ignore[no-untyped-def]
    return playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=FLAGS, base_url=address, **PHONE)


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in?next=/phone")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/phone")


def first_load(context: BrowserContext) -> None:
    page = context.pages[0]
    open_timer(page)
    ready(page)
    fetched = page.evaluate(FETCHED)
    print(f"  first load: {fetched / 1000:.0f} kB over the wire (aim: at most {MOST_BYTES / 1000:.0f} kB)")


def cold_start(playwright, folder: Path, address: str) -> None:  # type: ignore[no-untyped-def]
    times = []
    for _ in range(5):
        context = open_browser(playwright, folder, address)
        context.set_offline(True)
        began = time.perf_counter()
        open_timer(context.pages[0])
        times.append((time.perf_counter() - began) * 1000)
        context.close()
    print(f"  cold start without a network: {statistics.median(times):.0f} ms (aim: at most {MOST_START_MS} ms)")


def key_press(page: Page, keys: int) -> None:
    open_timer(page)
    expect(page.locator("body")).to_have_attribute("data-person", "known")
    all_sent(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="New timer").click()
    page.locator("#now .pocket-pick").click()
    field = page.locator("#matter-search")
    page.evaluate(WATCH_KEYS)
    field.press_sequentially((WORDS * 9)[:keys], delay=60)
    expect(page.locator(".pocket-choice").first).to_be_visible()
    times = sorted(page.evaluate("window.painted"))
    kept = page.evaluate("document.querySelectorAll('.pocket-choice').length")
    middle, slowest = statistics.median(times), times[-1]
    print(f"  key press to paint, {kept} shown: median {middle:.0f} ms, slowest {slowest:.0f} ms (aim: at most {MOST_KEY_MS} ms)")
    page.keyboard.press("Escape")


def backlog(page: Page, events: int) -> None:
    page.evaluate(KEEP, {"count": events, "poison": -1})
    expect(page.locator("body")).to_have_attribute("data-unsent", str(events + 1), timeout=120_000)
    began = time.perf_counter()
    page.context.set_offline(False)
    expect(page.locator("body")).to_have_attribute("data-unsent", "0", timeout=600_000)
    print(f"  backlog of {events:,} events: {time.perf_counter() - began:.1f} s until all are sent (aim: at most {MOST_BACKLOG_S} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--matters", type=int, default=2_000)
    parser.add_argument("--keys", type=int, default=20)
    options = parser.parse_args()
    with working_folder() as name, sync_playwright() as playwright:
        folder = Path(name)
        url = f"sqlite:///{folder / 'bench.sqlite3'}"
        migrate(url)
        engine = create_engine(url)
        with Session(engine, autoflush=False) as session:
            email = found(session, options.matters)
        engine.dispose()
        server = WebServer({"PATH": os.environ["PATH"], "DATABASE_URL": url, "DATA_FOLDER": name})
        try:
            measure(playwright, folder / "profile", server.address, email, options)
        finally:
            server.close()


def measure(playwright, folder: Path, address: str, email: str, options: argparse.Namespace) -> None:  # type: ignore[no-untyped-def]
    context = open_browser(playwright, folder, address)
    first_load(context)
    context.close()
    cold_start(playwright, folder, address)
    context = open_browser(playwright, folder, address)
    page = context.pages[0]
    sign_in(page, email)
    key_press(page, options.keys)
    backlog(page, options.events)
    context.close()


if __name__ == "__main__":
    main()
