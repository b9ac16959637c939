"""Every page passes axe: WCAG 2.2 A and AA and axe's own good practice, at a desk and on a phone, in the light and in the dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESK, quiet_context
from tests.databases import SqliteDatabase
from tests.live import WebServer
from tests.web.pages import pages_asked_for, readable_addresses
from tests.web.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
PARTS = 4
"""Pages are dealt out to so many tests, so that several workers share them."""
# In the dark nothing but the colours is another: there the rules about colours are asked again, and the others are not.
LOOKS = [("light", 1440, True), ("dark", 1440, False), ("dark", 390, False), ("light", 390, True)]
BESIDE_CONTRAST = {True: {"rules": {"color-contrast": {"enabled": False}}}, False: {"runOnly": ["link-in-text-block"]}}
EXAMINE = Path(__file__).with_name("examine.js").read_text()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A firm that has something of everything. On SQLite: what a page looks like does not depend on the engine."""
    made = Town(SqliteDatabase.in_memory_disk(), tmp_path_factory.mktemp("town"))
    yield made
    made.close()


@dataclass
class Inspector:
    """The owner's browser, and the texts whose contrast was found good in it, by look."""

    page: Page
    passed: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    looks: list[tuple[str, int, bool]] = field(default_factory=lambda: [*LOOKS])

    def examine(self, path: str) -> list[str]:
        """What axe finds on a page in any look."""
        self.page.goto(path)
        self.page.evaluate(AXE)
        found: dict[str, None] = {}
        for scheme, width, is_whole in self.looks:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            self.page.set_viewport_size({"width": width, "height": 900})
            passed = self.passed.setdefault((scheme, width), set())
            told = self.page.evaluate(EXAMINE, [BESIDE_CONTRAST[is_whole], " ".join(passed)])
            passed.update(told["passed"].split())
            found.update({f"{scheme}, {width} pixels: {finding}": None for finding in told["wrong"]})
        self.looks.reverse()  # the next page opens in the look that this one was left in
        return list(found)


@pytest.fixture(scope="module")
def inspector(town: Town, chromium: Browser) -> Iterator[Inspector]:
    """One server and one page serve all pages."""
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": town.database.url, "DATA_FOLDER": str(town.settings.data_folder), "DEMO": "true"}
    server = WebServer({**environ, "SECRET_KEY": town.settings.secret_key})
    try:
        with quiet_context(chromium, server.address, **DESK) as context:
            context.add_cookies([{"name": "lexapp", "value": town.owner.kept, "url": server.address}])
            yield Inspector(context.new_page())
    finally:
        server.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_passes_axe(town: Town, inspector: Inspector, part: int):
    addresses = [*readable_addresses(town, most=1), *pages_asked_for(town)]
    found = [f"{path}: {finding}" for path in addresses[part::PARTS] if is_page(town, path) for finding in inspector.examine(path)]
    assert not found, "\n".join(found)


def test_the_page_of_components_passes_axe(inspector: Inspector):
    found = inspector.examine("/components")
    assert not found, "\n".join(found)


def is_page(town: Town, path: str) -> bool:
    """Whether a whole page answers there: no file, no fragment, no redirection."""
    answer = town.owner.get(path)
    return answer.mimetype == "text/html" and not answer.location and answer.get_data(as_text=True).lstrip()[:9].lower() == "<!doctype"
