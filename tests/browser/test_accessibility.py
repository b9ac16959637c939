"""Every page passes axe: WCAG 2.2 A and AA and axe's own good practice, at a desk and on a phone, in the light and in the dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files

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
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# In the dark nothing but the colours is another: there the rules about colours are asked again, and the others are not.
LOOKS = [("light", 1440, []), ("dark", 1440, COLOUR_RULES), ("dark", 390, COLOUR_RULES), ("light", 390, [])]
# Colours that are on their way from one look to the next are judged where they arrive.
RUN = """async (rules) => {
  document.getAnimations().forEach((one) => one.finish());
  const asked = {resultTypes: ["violations"], preload: {assets: ["media"]}};
  const found = await axe.run(document, {...asked, ...(rules.length ? {runOnly: rules} : {})});
  const about = (node) => `${node.html.slice(0, 200)} (${node.failureSummary.split("\\n").slice(1, 3).join(" ").trim()})`;
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${about(node)}`));
}"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A firm that has something of everything. On SQLite: what a page looks like does not depend on the engine."""
    made = Town(SqliteDatabase.in_memory_disk(), tmp_path_factory.mktemp("town"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def owner_page(town: Town, chromium: Browser) -> Iterator[Page]:
    """The owner's browser; one server and one page serve all pages."""
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": town.database.url, "DATA_FOLDER": str(town.settings.data_folder), "DEMO": "true"}
    server = WebServer({**environ, "SECRET_KEY": town.settings.secret_key})
    try:
        with quiet_context(chromium, server.address, **DESK) as context:
            context.add_cookies([{"name": "lexapp", "value": town.owner.kept, "url": server.address}])
            yield context.new_page()
    finally:
        server.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_passes_axe(town: Town, owner_page: Page, part: int):
    addresses = [*readable_addresses(town, most=1), *pages_asked_for(town)]
    found = [f"{path}: {finding}" for path in addresses[part::PARTS] if is_page(town, path) for finding in examine(owner_page, path)]
    assert not found, "\n".join(found)


def test_the_page_of_components_passes_axe(owner_page: Page):
    found = examine(owner_page, "/components")
    assert not found, "\n".join(found)


def is_page(town: Town, path: str) -> bool:
    """Whether a whole page answers there: no file, no fragment, no redirection."""
    answer = town.owner.get(path)
    return answer.mimetype == "text/html" and not answer.location and answer.get_data(as_text=True).lstrip()[:9].lower() == "<!doctype"


def examine(page: Page, path: str) -> list[str]:
    """What axe finds on a page in any look."""
    page.goto(path)
    page.evaluate(AXE)
    found: dict[str, None] = {}
    for scheme, width, rules in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        found.update({f"{scheme}, {width} pixels: {finding}": None for finding in page.evaluate(RUN, rules)})
    return list(found)
