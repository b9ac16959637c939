"""HTML to PDF by WeasyPrint, with everything that does not change between documents made once per process.

What is shared and why is measured in `benchmarks/pdf.py`: the unpacked fonts and parsed stylesheets, the XML parser
instead of the HTML one (templates are well-formed), and the collector paused during a render.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path
from shutil import rmtree
from xml.etree import ElementTree as ET

import cssselect2
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from lexapp.integrations.documents.themes import PAPERS, THEMES, theme_stylesheets
from lexapp.integrations.pdf_limits import Limits, PdfLimitError, watch_layout
from lexapp.integrations.pdf_resources import DOCUMENTS, DocumentFetcher, ReadLogo

__all__ = ["Limits", "PdfLimitError", "parse_document", "render_pdf", "warm_up"]

PDF_OPTIONS = {"pdf_variant": "pdf/ua-1"}
# What XML 1.0 has no way to carry (https://www.w3.org/TR/xml/#charsets), lone surrogates included.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SharedFonts(FontConfiguration):
    """A font configuration that only the process that made it may delete.

    A forked child that leaves by `sys.exit` would otherwise remove the fonts its parent unpacked.
    """

    def __init__(self) -> None:
        super().__init__()
        self._owner = os.getpid()
        atexit.register(self._remove)

    def _remove(self) -> None:
        if self._folder and self._owner == os.getpid():
            rmtree(self._folder, ignore_errors=True)

    def __del__(self) -> None:
        """Left to the exit of the process that made it."""


class ParsedDocument(HTML):
    """A well-formed document parsed by ElementTree, its stylesheet links replaced by parsed ones."""

    def __init__(self, root: ET.Element, fetcher: DocumentFetcher) -> None:
        self.stylesheets = [joined_stylesheet(*_take_links(root))]
        self.base_url = DOCUMENTS.as_uri() + "/"
        self.url_fetcher = fetcher
        self.media_type = "print"
        self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:  # noqa: ARG002 - WeasyPrint passes it; we have no forms
        return [stylesheet("elements.css")]


def render_pdf(html: str, *, created_at: datetime, read_logo: ReadLogo | None = None, limits: Limits | None = None) -> bytes:
    """The tagged PDF (PDF/UA-1) of a well-formed HTML page; the same arguments give the same bytes.

    `created_at` is the aware instant of issue. `read_logo` answers `logo:<sha256>` addresses; what it raises is raised, and without it
    logos are left out. Raises `PdfLimitError` past a limit and `ValueError` for markup that is not well-formed.
    """
    limits = limits or Limits()
    limits.check_size(len(html))
    with _collector_paused(), watch_layout(limits):
        return _write(parse_document(html, created_at=created_at, read_logo=read_logo), limits)


def _write(document: ParsedDocument, limits: Limits) -> bytes:
    """Apart from `render_pdf`, so that the page tree is let go before the collector looks at it."""
    limits.check_rows(document.etree_element)
    pdf = document.write_pdf(stylesheets=document.stylesheets, font_config=shared_fonts(), **PDF_OPTIONS)
    if document.url_fetcher.failure:
        raise document.url_fetcher.failure
    return bytes(pdf)


def parse_document(html: str, *, created_at: datetime, read_logo: ReadLogo | None = None) -> ParsedDocument:
    """The document tree, dated; characters that XML cannot carry become spaces."""
    if "<!DOCTYPE" in html:
        raise ValueError("A document has no document type: it could declare entities.")
    try:
        root = ET.fromstring(_NOT_XML.sub(" ", html))  # noqa: S314 - our own templates, autoescaped; never foreign XML
    except ET.ParseError as error:
        raise ValueError(f"The document is not well-formed: {error}") from error
    instant = created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = root.find("head")
    if head is None:
        raise ValueError("The document has no head.")
    head.insert(0, ET.Element("meta", {"name": "dcterms.created", "content": instant}))
    if read_logo is None:
        _drop(root, lambda element: element.tag == "img" and element.get("src", "").startswith("logo:"))
    return ParsedDocument(root, DocumentFetcher(read_logo))


def _take_links(root: ET.Element) -> list[str]:
    """The linked stylesheets of ours, in order; every `link` is taken out, so that none can attach or import."""
    names = [link.get("href", "") for link in root.iter("link") if link.get("rel") == "stylesheet"]
    _drop(root, lambda element: element.tag == "link")
    return names


def _drop(root: ET.Element, unwanted: Callable[[ET.Element], bool]) -> None:
    for parent in list(root.iter()):
        for element in [child for child in parent if unwanted(child)]:
            parent.remove(element)


@cache
def shared_fonts() -> FontConfiguration:
    """The one font configuration of this process."""
    return SharedFonts()


@cache
def stylesheet(name: str) -> CSS:
    """A parsed stylesheet of `static/documents`; `ValueError` for a name that is not one of ours."""
    return CSS(filename=stylesheet_path(name), url_fetcher=DocumentFetcher(), font_config=shared_fonts())


def stylesheet_path(name: str) -> Path:
    """Where a stylesheet of ours lies."""
    path = DOCUMENTS / name
    if path.parent != DOCUMENTS or path.suffix != ".css" or not path.is_file():
        raise ValueError(f"There is no document stylesheet {name!r}.")
    return path


@cache
def joined_stylesheet(*names: str) -> CSS:
    """The stylesheets as one, in order: each element is matched once and not once per sheet."""
    text = "\n".join(stylesheet_path(name).read_text() for name in names)
    return CSS(string=text, base_url=DOCUMENTS.as_uri() + "/", url_fetcher=DocumentFetcher(), font_config=shared_fonts())


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A page tree is all live until the render ends; collecting in between finds nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def warm_up() -> None:
    """Load fonts, stylesheets and code paths once, before the worker forks; children share the pages."""
    for theme, paper in product(THEMES, PAPERS):
        links = "".join(f'<link rel="stylesheet" href="{name}"/>' for name in theme_stylesheets(theme, paper))
        render_pdf(_SAMPLE.format(links), created_at=datetime(2000, 1, 1, tzinfo=UTC))
    gc.collect()
    gc.freeze()


_SAMPLE = '<html lang="en"><head><title>Warm-up</title>{}</head><body><p>Warm <b>up</b> <i>1,234.50</i> Ωж上ع⚓</p></body></html>'
