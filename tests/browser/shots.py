"""Photograph every place of the side index, and the first record of each list, into var/shots: at a desk, in the dark, on a phone.

`python -m tests.browser.shots` looks at the demonstration that `make run` made.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from lexapp.config import Settings
from lexapp.demo.sign_ins import PASSWORD
from lexapp.queries.sessions import demonstration_sign_ins
from tests.browser.conftest import CHROMIUM, DESK, FLAGS, PHONE
from tests.live import WebServer

LOOKS = {"desk": DESK, "desk-dark": {**DESK, "color_scheme": "dark"}, "phone": PHONE}


def main() -> None:
    environ = {**os.environ, "DEMO": "true", "DATA_FOLDER": str(Path("var").absolute())}
    email = first_email(Settings.from_environ(environ))
    if email is None:
        sys.exit("There is no demonstration firm to photograph: run `make run` once, then this again.")
    folder = Path(environ["DATA_FOLDER"]) / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    server = WebServer(environ)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for look, options in LOOKS.items():
                photograph(browser, server.address, email, look, options, folder)
            browser.close()
    finally:
        server.close()


def first_email(settings: Settings) -> str | None:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    engine = create_engine(settings.database_url)
    with Session(engine) as session:
        people = demonstration_sign_ins(session)
    engine.dispose()
    return people[0][1] if people else None


def photograph(browser: Browser, address: str, email: str, look: str, options: dict[str, object], folder: Path) -> None:
    page = browser.new_context(base_url=address, **options).new_page()  # type: ignore[arg-type]
    page.goto("/sign-in")
    page.screenshot(path=folder / f"sign-in-{look}.png")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign in$")).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    for path in sorted(places(page)):
        page.goto(path)
        name = path.strip("/").replace("/", "-") or "start"
        page.screenshot(path=folder / f"{name}-{look}.png")
        record = first_record(page, path)
        if record:
            page.goto(record)
            page.screenshot(path=folder / f"{name}-one-{look}.png", full_page=True)
    page.context.close()


def places(page: Page) -> set[str]:
    """Where the side index leads."""
    return paths(page, "nav[aria-label=Main] a")


def first_record(page: Page, path: str) -> str | None:
    """The first link of the page's main part that leads to one record of this list."""
    inside = sorted(found for found in paths(page, "main a") if re.fullmatch(rf"{re.escape(path)}/\d+", found))
    return inside[0] if inside else None


def paths(page: Page, selector: str) -> set[str]:
    addresses = page.eval_on_selector_all(selector, "links => links.map(link => link.href)")
    return {urlsplit(address).path for address in addresses}


if __name__ == "__main__":
    main()
