"""The renderer: what a document may load, how large it may be, and that the same input is the same file."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from pypdf import PdfReader

from lexapp.integrations.pdf import Limits, PdfLimitError, render_pdf, warm_up
from lexapp.integrations.pdf_resources import DOCUMENTS
from lexapp.integrations.storage import StorageError
from tests.documents.reading import attachments_of, info_of, text_of

ISSUED = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)
LINKS = "".join(f'<link rel="stylesheet" href="{name}.css"/>' for name in ("fonts-eb-garamond", "base", "chambers"))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20">{}</svg>'
IMPORTS = "import datetime, hashlib, os, sys\nfrom lexapp.integrations.pdf import render_pdf, shared_fonts, warm_up\n"
RENDER = "render_pdf({!r}, created_at=datetime.datetime(2026, 11, 2, 15, 30, tzinfo=datetime.UTC))"


def page(body: str, head: str = LINKS) -> str:
    return f'<html lang="en-US"><head><title>Invoice 1</title>{head}</head><body>{body}</body></html>'


def in_another_process(script: str) -> bytes:
    command = [sys.executable, "-c", IMPORTS + script]
    return subprocess.run(command, capture_output=True, check=True, cwd=DOCUMENTS.parents[2]).stdout


class Canary:
    """A listening socket that counts whoever calls."""

    def __init__(self) -> None:
        self.hits = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.hits += 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 0\r\n\r\n")
            connection.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.socket.close()


def test_the_canary_would_notice(canary: Canary) -> None:
    port = int(canary.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as caller:
        assert caller.recv(8) == b"HTTP/1.1"
    assert canary.hits == 1


@pytest.mark.parametrize(
    "body",
    [
        '<img src="{0}/a.png" alt="x"/>',
        "<style>@import url({0}/a.css); p {{ background: url({0}/b.png) }}</style><p>x</p>",
        "<style>@font-face {{ font-family: X; src: url({0}/x.ttf) }} p {{ font-family: X }}</style><p>x</p>",
        '<object data="{0}/a.svg"></object><embed src="{0}/b.svg"/><iframe src="{0}/c"></iframe>',
        '<a rel="attachment" href="{0}/secret">x</a>',
        '<img alt="x" src="data:image/svg+xml,' + quote(SVG.format('<image href="CANARY/a.png"/>')) + '"/>',
        '<ul style="list-style-image: url({0}/a.png)"><li>x</li></ul>',
        '<base href="{0}/"/><img src="a.png" alt="x"/>',
    ],
)
def test_nothing_is_fetched_from_the_network(canary: Canary, body: str) -> None:
    pdf = render_pdf(page(body.format(canary.url).replace("CANARY", canary.url)), created_at=ISSUED)
    assert canary.hits == 0
    assert b"/EmbeddedFile" not in pdf


def test_links_in_the_head_attach_and_import_nothing(canary: Canary) -> None:
    head = LINKS + f'<link rel="attachment" href="file:///etc/passwd"/><link rel="attachment" href="{canary.url}/a"/>'
    pdf = render_pdf(page("<p>x</p>", head), created_at=ISSUED)
    assert canary.hits == 0
    assert attachments_of(pdf) == {}


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "file:///etc/hostname", "../../config.py", "fonts/../../../config.py", "file://localhost/etc/passwd"]
)
def test_no_file_outside_the_static_folder_is_read(address: str, tmp_path: Path) -> None:
    trace = tmp_path / "secret.svg"
    trace.write_text(SVG.format('<text y="15">SECRET</text>'))
    body = f'<img src="{address}" alt=""/><img src="{trace.as_uri()}" alt=""/><a rel="attachment" href="{address}">a</a>'
    pdf = render_pdf(page(body), created_at=ISSUED)
    assert "SECRET" not in text_of(pdf)
    assert "root:" not in text_of(pdf)
    assert attachments_of(pdf) == {}


@pytest.mark.parametrize("name", ["../base.css", "http://127.0.0.1/x.css", "missing.css", "fonts/x.css", "/etc/passwd"])
def test_only_our_own_stylesheets_are_linked(name: str) -> None:
    with pytest.raises(ValueError, match="no document stylesheet"):
        render_pdf(page("<p>x</p>", f'<link rel="stylesheet" href="{name}"/>'), created_at=ISSUED)


def test_a_stored_logo_is_read_by_its_hash_only() -> None:
    asked: list[str] = []

    def read(digest: str) -> bytes:
        asked.append(digest)
        return SVG.format('<text y="15">CREST</text>').encode()

    digest = hashlib.sha256(b"logo").hexdigest()
    body = f'<img src="logo:{digest}" alt="crest"/><img src="logo:../../etc/passwd" alt=""/>'
    assert "CREST" in text_of(render_pdf(page(body), created_at=ISSUED, read_logo=read))
    assert asked == [digest]


def test_a_logo_that_cannot_be_read_stops_the_document_instead_of_leaving_it_out() -> None:
    def missing(digest: str) -> bytes:
        raise StorageError(f"File {digest} of firm 7 is missing.")

    body = f'<p>Firm</p><img src="logo:{hashlib.sha256(b"logo").hexdigest()}" alt="crest"/>'
    with pytest.raises(StorageError, match="missing"):
        render_pdf(page(body), created_at=ISSUED, read_logo=missing)
    without = text_of(render_pdf(page(body), created_at=ISSUED))
    assert "Firm" in without
    assert "crest" not in without


def test_the_file_is_tagged_titled_dated_and_free_of_scripts() -> None:
    pdf = render_pdf(page("<h1>Invoice 1</h1><p>Total due 1,234.50</p>"), created_at=ISSUED.astimezone(timezone(timedelta(hours=-5))))
    info = info_of(pdf)
    assert "Title:           Invoice 1" in info
    assert "Tagged:          yes" in info
    assert "JavaScript:      no" in info
    assert PdfReader(BytesIO(pdf)).metadata["/CreationDate"] == "D:20261102153000Z"
    assert PdfReader(BytesIO(pdf)).root_object["/Lang"] == "en-US"


def test_the_same_page_is_the_same_file_in_another_process() -> None:
    html = page("<h1>Invoice 1</h1><p>Stępień, 1,234.50, <i>italic</i> and <b>bold</b></p>")
    here = {hashlib.sha256(render_pdf(html, created_at=ISSUED)).hexdigest() for _ in range(3)}
    there = in_another_process(f"print(hashlib.sha256({RENDER.format(html)}).hexdigest())")
    assert here == {there.decode().strip()}


def test_a_forked_child_does_not_take_the_fonts_away() -> None:
    warm_up()
    html = page("<p>Bold <b>figures</b></p>")
    before = render_pdf(html, created_at=ISSUED)
    child = "if (child := os.fork()) == 0: sys.exit(0)\nos.waitpid(child, 0)\nassert shared_fonts()._folder.exists()\n"
    after = in_another_process(f"warm_up()\n{child}sys.stdout.buffer.write({RENDER.format(html)})")
    assert after == before


@pytest.mark.parametrize("hidden", ["\x00", "\x0b", "\x1b", "\ufffe", "\ud800", "\x7f"])
def test_characters_that_cannot_be_printed_do_not_break_the_page(hidden: str) -> None:
    assert "before" in text_of(render_pdf(page(f"<p>before{hidden}after</p>"), created_at=ISSUED))


def test_markup_that_is_not_well_formed_is_refused() -> None:
    with pytest.raises(ValueError, match="not well-formed"):
        render_pdf("<html><head></head><body><p>open</body></html>", created_at=ISSUED)


def test_entities_do_not_expand() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + page("<p>&b;</p>")
    with pytest.raises(ValueError, match="document type"):
        render_pdf(bomb, created_at=ISSUED)


def test_a_document_past_its_limits_is_refused_with_a_reason() -> None:
    rows = "<table><tbody>" + "<tr><td>x</td></tr>" * 300 + "</tbody></table>"
    with pytest.raises(PdfLimitError, match="301 rows, the limit is 300"):
        render_pdf(page(rows.replace("<tbody>", "<tbody><tr><td>y</td></tr>")), created_at=ISSUED, limits=Limits(rows=300))
    with pytest.raises(PdfLimitError, match="more than 3 pages"):
        render_pdf(page(rows), created_at=ISSUED, limits=Limits(pages=3))
    with pytest.raises(PdfLimitError, match="more than 0 seconds"):
        render_pdf(page(rows), created_at=ISSUED, limits=Limits(seconds=0))
    with pytest.raises(PdfLimitError, match="characters, the limit is 12,000,000"):
        render_pdf(page('<img alt="" src="data:image/png;base64,' + "A" * 100_000_000 + '"/>'), created_at=ISSUED)
    assert len(PdfReader(BytesIO(render_pdf(page(rows), created_at=ISSUED))).pages) > 3
