"""What a document may load: our own static folder, `data:` addresses, and stored logos by their hash."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from weasyprint.urls import URLFetcher, URLFetcherResponse

DOCUMENTS = Path(__file__).resolve().parent.parent / "static" / "documents"
ReadLogo = Callable[[str], bytes]

_LOGO = re.compile(r"logo:([0-9a-f]{64})")
_TYPES = {".css": "text/css", ".ttf": "font/ttf", ".svg": "image/svg+xml", ".png": "image/png"}


class DocumentFetcher(URLFetcher):
    """Serves nothing from the network and no file outside `static/documents`."""

    def __init__(self, read_logo: ReadLogo | None = None) -> None:
        super().__init__(allowed_protocols=["data"], allow_redirects=False)
        self._read_logo = read_logo
        self.failure: Exception | None = None

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The resource; `ValueError` for everything else, which WeasyPrint leaves out of the page."""
        if logo := _LOGO.fullmatch(url):
            return self._logo(url, logo[1])
        if url.startswith("file:"):
            return _static_file(url)
        return super().fetch(url, headers)

    def _logo(self, url: str, digest: str) -> URLFetcherResponse:
        """WeasyPrint would leave out an image that cannot be read; a document without its logo is not the one that was issued."""
        if self._read_logo is None:
            raise ValueError("This document has no logo.")
        try:
            body = self._read_logo(digest)
        except Exception as error:
            self.failure = error
            raise
        return URLFetcherResponse(url, body, {"Content-Type": image_type(body)})


def image_type(body: bytes) -> str:
    """The image type by the first bytes of the file; what is neither PNG nor JPEG is read as SVG."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/jpeg" if body.startswith(b"\xff\xd8\xff") else "image/svg+xml"


def _static_file(url: str) -> URLFetcherResponse:
    parts = urlsplit(url)
    path = Path(unquote(parts.path)).resolve()
    if parts.netloc or not path.is_relative_to(DOCUMENTS) or path.suffix not in _TYPES:
        raise ValueError(f"A document may not load {url}")
    return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES[path.suffix]})
