"""How soon a change is on 200 open screens, and what they cost everybody else.

    python -m benchmarks.events [--screens 200] [--changes 30] [--rounds 3] [--seconds 5] [--connections 8]

A seeded firm under gunicorn (two workers of four threads) and `lexapp events` beside it, as `make run` starts them, on this machine.
*Soon*: entries are recorded one after another; from the return of the commit until each screen has read that it happened, and until the
words stand in a page of Chromium. *Cost*: wrk asks for the list of time, in turns without a screen, with all of them, and with all of them
asking for that list again whenever it changed; in every round somebody records an entry every two seconds. All screens belong to people who
may see every entry, and all look at the same list: it cannot be worse.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from playwright.sync_api import sync_playwright
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from benchmarks.pages import OURS, Served
from benchmarks.screens import Screens, processor_seconds
from benchmarks.working_folder import ROOT, working_folder
from lexapp import create_app
from lexapp.config import Settings
from lexapp.domain.permissions import Actor, Role
from lexapp.models import Matter, Membership, Timekeeper, User
from lexapp.services.time_entries import Work, record_time
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.live import EventsServer
from tests.servers import free_port, stop, wait_until
from tests.web.visitor import signed_in

EVERY = 2.0
LIMIT = 2.0
NOTE_WHEN = """() => {
  window.shownAt = {};
  const note = () => [...document.body.textContent.matchAll(/Change number \\d+/g)].forEach(([said]) => (shownAt[said] ??= Date.now()));
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
}"""


class Firm:
    """A seeded firm, somebody in it who records time, and sign-ins of its owner."""

    def __init__(self, environ: dict[str, str]) -> None:
        for step in (["migrate"], ["seed", "--size", "small"]):
            subprocess.run([sys.executable, "-m", "lexapp", *step], cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
        self.app = create_app(Settings.from_environ(environ))
        self.session = Session(create_engine(environ["DATABASE_URL"]), autoflush=False)
        owner = self.session.scalars(select(Membership).where(Membership.role == Role.OWNER).order_by(Membership.id)).first()
        assert owner
        self.owner = Actor(owner.user_id, owner.firm_id, owner.id, Role.OWNER, owner.timekeeper_id, "Owner")
        self.email = self.session.get_one(User, owner.user_id).email
        keepers = select(Timekeeper.id).where(Timekeeper.id != owner.timekeeper_id)
        self.matter_id = self.session.scalars(select(Matter.id).where(Matter.status == "open", ~Matter.is_internal)).all()[0]
        self.timekeeper_id = self.session.scalars(keepers).all()[0]
        self.session.rollback()
        self._number = 0

    def cookies(self, count: int) -> list[str]:
        """As many signed-in browsers."""
        found = []
        for _ in range(count):
            kept = signed_in(self.app, self.session, self.owner).client.get_cookie("lexapp")
            assert kept
            found.append(f"lexapp={kept.value}")
        self.session.rollback()
        return found

    def record(self) -> tuple[int, str, float]:
        """A new entry, what it says, and when its transaction had ended."""
        self._number += 1
        said = f"Change number {self._number}"
        work = Work(self.matter_id, self.timekeeper_id, datetime.now(UTC).date(), 60, said)
        entry_id = record_time(self.session, actor=self.owner, work=work).id
        done = time.time()
        self.session.rollback()
        return entry_id, said, done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("screens", 200), ("changes", 30), ("rounds", 3), ("seconds", 5), ("connections", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("  not run: wrk is not installed (on Debian: apt-get install wrk)")
        return
    with working_folder() as folder, ExitStack() as stack:
        environ = {**os.environ, "DATA_FOLDER": folder, "DEMO": "true", "DATABASE_URL": f"sqlite:///{folder}/firm.sqlite3"}
        port = free_port()
        environ["EVENTS_URL"] = f"http://127.0.0.1:{port}"
        firm = Firm(environ)
        web = Served("wsgi:app", environ, OURS, "/sign-in")
        stack.callback(stop, web.process)
        events = EventsServer(web.environ, threads=options.screens + 32, port=port, base_url=web.environ["BASE_URL"])
        stack.callback(events.close)
        web.sign_in(firm.email)
        cookies = firm.cookies(options.screens)
        how_soon(firm, port, cookies, options.changes, web)
        race(firm, web, events, cookies, options)


# ── how soon ─────────────────────────────────────────────────────────────────────────────────────


def how_soon(firm: Firm, port: int, cookies: list[str], changes: int, web: Served) -> None:
    screens = Screens(port, cookies)
    with watching(web) as shown_at:
        recorded = []
        for _ in range(changes):
            recorded.append(firm.record())
            time.sleep(1.37)  # no multiple of the half second between two looks
        last = recorded[-1][0]
        wait_until(lambda: len(screens.arrived[last]) == len(cookies), what="the last change")
        seen = [shown_at(said) - done for _, said, done in recorded]
    screens.close()
    late = [at - done for id_, _, done in recorded for at in screens.arrived[id_]]
    assert len(late) == changes * len(cookies), "every screen is told of every change, once"
    print(f"{changes} changes on {len(cookies)} screens")
    print(f"  told: {_summary(late)} (limit {LIMIT:.0f} s)")
    print(f"  in a page of Chromium: {_summary(seen)} (limit {LIMIT:.0f} s)")


@contextmanager
def watching(web: Served) -> Iterator[Callable[[str], float]]:
    """A page of Chromium on the list of time; told words, it says when they stood there, in seconds since 1970."""
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": web.environ["BASE_URL"]} for name, value in web.cookies.items()])
        page = context.new_page()
        page.goto(web.environ["BASE_URL"] + OURS)
        page.wait_for_selector("html[data-live=on]", state="attached")
        page.evaluate(NOTE_WHEN)
        yield lambda said: float(page.wait_for_function("said => shownAt[said]", arg=said).json_value()) / 1000


def _summary(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s, latest {max(seconds):.2f} s"


# ── what they cost ───────────────────────────────────────────────────────────────────────────────


@dataclass
class Way:
    """A way to race, and what came of it: requests per second, their 99th percentile in milliseconds, cores that events took."""

    name: str
    is_open: bool = True
    page: tuple[int, str] | None = None
    rates: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)


def race(firm: Firm, web: Served, events: EventsServer, cookies: list[str], options: argparse.Namespace) -> None:
    ways = [Way("no screen", is_open=False), Way("all screens"), Way("all screens, asking again", page=(web.port, OURS))]
    web.drive(options.connections, 1)
    for _ in range(options.rounds):
        for way in ways:
            with ExitStack() as stack:
                if way.is_open:
                    stack.callback(Screens(events.port, cookies, way.page).close)
                stack.enter_context(somebody_at_work(firm))
                before = processor_seconds(events.process.pid)
                rate, late = web.drive(options.connections, options.seconds)
                way.work.append((processor_seconds(events.process.pid) - before) / options.seconds)
            way.rates.append(rate)
            way.late.append(late)
    rounds = f"{options.rounds} rounds of {options.seconds} s in turns"
    print(f"wrk with {options.connections} connections, {rounds}, a new entry every {EVERY:.0f} s")
    for way in ways:
        report(way, without=ways[0])


def report(way: Way, *, without: Way) -> None:
    rate, most = statistics.median(way.rates), statistics.median(without.rates)
    share = f", {rate / most:.0%} of those without" if way.is_open else ""
    work = f"events took {statistics.median(way.work):.1%} of a core"
    print(f"  {way.name}: {rate:,.0f} requests/s, p99 {statistics.median(way.late):.0f} ms{share}; {work}")


@contextmanager
def somebody_at_work(firm: Firm) -> Iterator[None]:
    """An entry every few seconds until the block ends."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(EVERY):
            firm.record()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    main()
