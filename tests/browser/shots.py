"""Photograph every kind of page that a link leads to, into var/shots: at a desk and on a phone, in the light and in the dark.

`python -m tests.browser.shots` looks at the demonstration that `make run` made, and makes it first where there is none.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lexapp.cli.migrate import migrate
from lexapp.config import Settings
from lexapp.demo.sign_ins import PASSWORD
from lexapp.queries.sessions import demonstration_sign_ins
from tests.browser.conftest import CHROMIUM, DESK, FLAGS, PHONE
from tests.browser.court_day import Day, Pocket, still, work_the_day
from tests.live import WebServer

LOOKS = {
    "desk": DESK,
    "desk-dark": {**DESK, "color_scheme": "dark"},
    "phone": PHONE,
    "phone-dark": {**PHONE, "color_scheme": "dark"},
}
FILES = re.compile(r"/(document|receipt|statement|ledes|pdf|html|file|attachments/\d+)$|\.(csv|xlsx)$")
"""What is no page: documents and downloads."""
SEED = [["migrate"], ["seed", "--size", "small", "--morning"]]


def main() -> None:
    environ = {**os.environ, "DEMO": "true", "DATA_FOLDER": str(Path("var").absolute())}
    folder = Path(environ["DATA_FOLDER"]) / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    email = owner_of(environ)
    server = WebServer(environ)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            found: dict[str, str] = {}
            for look, options in LOOKS.items():
                photograph(browser, server.address, email, look, options, folder, found)
            photograph_day_in_court(browser, folder)
            browser.close()
    finally:
        server.close()
    print(f"{len(found)} pages in {len(LOOKS)} looks: {folder}")


def owner_of(environ: dict[str, str]) -> str:
    """The e-mail address of the demonstration's owner."""
    settings = Settings.from_environ(environ)
    for step in SEED if not Path(settings.database_url.removeprefix("sqlite:///")).exists() else ():
        subprocess.run([sys.executable, "-m", "lexapp", *step], env=environ, check=True)
    email = first_email(settings)
    if email is None:
        sys.exit("There is no demonstration firm in this database: run `make run` once, then this again.")
    return email


def first_email(settings: Settings) -> str | None:
    engine = create_engine(settings.database_url)
    with Session(engine) as session:
        people = demonstration_sign_ins(session)
    engine.dispose()
    return people[0][1] if people else None


def photograph(
    browser: Browser, address: str, email: str, look: str, options: dict[str, object], folder: Path, found: dict[str, str]
) -> None:
    """Sign in and photograph; `found` are the pages by name, which the first look looks for and the others look at again."""
    context = browser.new_context(base_url=address, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/sign-in")
    page.screenshot(path=folder / f"sign-in-{look}.png")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign in$")).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    for name, path in found.items() or look_around(page):
        page.set_viewport_size(options["viewport"])  # type: ignore[arg-type]
        page.goto(path)
        grow(page)
        page.screenshot(path=folder / f"{name}-{look}.png")
        found[name] = path
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            print(f"{name}, {look}: {width} pixels wider than the screen")
    context.close()


def photograph_day_in_court(browser: Browser, folder: Path) -> None:
    """The phone timer at each stage of a day without a network, in a firm of its own."""

    def photo(page: Page, name: str) -> None:
        still(page)
        page.screenshot(path=folder / f"phone-day-{name}.png")

    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/court.sqlite3"
        migrate(url)
        engine = create_engine(url)
        with Session(engine, autoflush=False) as session:
            day = Day.found(session)
        engine.dispose()
        server = WebServer({"PATH": os.environ["PATH"], "DATABASE_URL": url, "DATA_FOLDER": name})
        try:
            pocket = Pocket.taken_out(browser, Path(name) / "profile", server.address, day, photo)
            work_the_day(pocket)
            pocket.context.close()
        finally:
            server.close()


def grow(page: Page) -> None:
    """Make the window as high as its page: what stands at the foot of the window then covers nothing."""
    height = page.evaluate("Math.max(document.documentElement.scrollHeight, innerHeight)")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(height, 6_000)})  # type: ignore[index]


def look_around(page: Page) -> Iterator[tuple[str, str]]:
    """(name, path) of one page of each shape that links lead to: one matter, one invoice, each list and each form."""
    known: set[str] = set()
    waiting = [*paths(page, "nav[aria-label=Main] a"), page.url]
    while waiting:
        path = urlsplit(waiting.pop(0)).path
        name = re.sub(r"/i/.+", "/client-page", re.sub(r"\d+", "one", path)).strip("/").replace("/", "-") or "start"
        if name in known or FILES.search(path):
            continue
        known.add(name)
        yield name, path
        waiting += paths(page, "main a")
        waiting += page.locator("#link-address").evaluate_all("fields => fields.map(field => field.value)")


def paths(page: Page, selector: str) -> list[str]:
    """Where links lead on this site, in the order of the page."""
    return page.eval_on_selector_all(selector, "links => links.filter(one => one.origin === location.origin).map(one => one.href)")


if __name__ == "__main__":
    main()
