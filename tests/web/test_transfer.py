"""What goes over the wire: under 100 kB on a first visit with everything that a page needs, under 20 kB after.

Headers are counted as HTTP/1.1 sends them, in full with every answer.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

import brotli
import pytest

from tests.databases import SqliteDatabase
from tests.web.test_statement_counts import crowd
from tests.web.town import Town
from tests.web.visitor import Visitor

FIRST_VISIT, AFTER = 100_000, 20_000
PAGES = (
    "/today", "/time?period=all", "/matters", "/matters/2", "/matters/2/time", "/matters/2/invoices", "/clients", "/clients/1",
    "/expenses?period=all", "/pre-bills", "/invoices", "/payments", "/trust", "/journal", "/reports", "/rates", "/timekeepers",
    "/settings", "/jobs",
)  # fmt: skip
ZIPPED = {"Accept-Encoding": "gzip, deflate, br"}
OF_THE_SERVER = len("HTTP/1.1 200 OK\r\nDate: Thu, 19 Nov 2026 10:00:00 GMT\r\nServer: gunicorn\r\nConnection: keep-alive\r\n\r\n")

UNZIP: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress, "": bytes}


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """The owner of a firm with fifty rows in every list."""
    town = Town(SqliteDatabase.in_memory_disk(), Path(tmp_path_factory.mktemp("wire")))
    crowd(town.session, town.ours.world)
    yield town.owner
    town.close()


def bytes_of(visitor: Visitor, address: str) -> tuple[int, str]:
    """What an answer takes, and its text."""
    answer = visitor.client.get(address, headers=ZIPPED)
    assert answer.status_code == 200, address
    body = answer.get_data()
    answer.close()
    plain = UNZIP[answer.headers.get("Content-Encoding", "")](body)
    headers = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers)
    return OF_THE_SERVER + headers + len(body), plain.decode(errors="replace")


def asked_for(visitor: Visitor, page: str) -> set[str]:
    """Every file that the browser fetches for a page: sheets, scripts with what they import at once, the text face, drawings."""
    found = {address.partition("#")[0] for address in re.findall(r'(?:href|src|data-sprite)="(/static/[^"]+)"', page)}
    scripts = {address for address in found if address.endswith(".js")}
    while scripts:
        script = scripts.pop()
        text = bytes_of(visitor, script)[1]
        imported = {normpath(join(dirname(script), name)) for name in re.findall(r'(?:from|import)\s*["\'](\.{1,2}/[^"\']+)["\']', text)}
        scripts |= imported - found
        found |= imported
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_light_once_its_files_are_there(owner: Visitor, page: str):
    size, _ = bytes_of(owner, page)
    assert size < AFTER, f"{page} takes {size:,} bytes"


def test_a_first_visit_is_light_with_all_files(owner: Visitor):
    sizes = {}
    for page in ("/today", "/time?period=all", "/matters/2"):
        size, text = bytes_of(owner, page)
        files = {address: bytes_of(owner, address)[0] for address in asked_for(owner, text)}
        assert any(address.endswith(".css") for address in files)
        assert any(address.endswith(".woff2") for address in files)
        assert sum(address.endswith(".js") for address in files) == 2, "htmx and our modules joined"
        sizes[page] = size + sum(files.values())
    assert max(sizes.values()) < FIRST_VISIT, sizes


def test_files_are_kept_for_ever_and_compressed_when_that_is_taken(owner: Visitor):
    address = next(address for address in asked_for(owner, bytes_of(owner, "/today")[1]) if address.endswith("main.js"))
    plain = owner.client.get(address)
    text = plain.get_data()
    plain.close()
    assert "Accept-Encoding" in plain.headers["Vary"]
    for encoding in ("br", "gzip"):
        answer = owner.client.get(address, headers={"Accept-Encoding": encoding})
        assert answer.headers["Content-Encoding"] == encoding
        assert UNZIP[encoding](answer.get_data()) == text
        assert answer.headers["Cache-Control"] == plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert owner.client.get(address.replace("main.js", "missing.js"), headers=ZIPPED).status_code == 404


def test_the_length_of_a_page_tells_nothing_exact_about_what_is_in_it(owner: Visitor):
    asked = [{"Accept-Encoding": encoding} for encoding in ("br", "gzip") for _ in range(9)]
    sizes = {len(owner.client.get("/settings", headers=headers).get_data()) for headers in asked}
    assert len(sizes) > 4
