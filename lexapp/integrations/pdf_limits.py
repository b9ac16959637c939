"""How large one document may become before the render is stopped with a sentence."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree.ElementTree import Element

_PROGRESS = logging.getLogger("weasyprint.progress")
_PAGE = re.compile(r"Page %d")


class PdfLimitError(Exception):
    """The document passes a limit; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Characters of HTML, table rows, pages, and seconds of layout for one document."""

    characters: int = 12_000_000
    rows: int = 6_000
    pages: int = 300
    seconds: float = 240.0

    def check_size(self, characters: int) -> None:
        """Refuse a page source of more than `characters`, before it is parsed."""
        if characters > self.characters:
            raise PdfLimitError(f"The document has {characters:,} characters, the limit is {self.characters:,}. Bill it in smaller parts.")

    def check_rows(self, root: Element) -> None:
        """Refuse more than `rows` table rows, before they are laid out."""
        rows = sum(1 for _ in root.iter("tr"))
        if rows > self.rows:
            raise PdfLimitError(f"The document has {rows:,} rows, the limit is {self.rows:,}. Bill it in smaller parts.")


class _Watch(logging.Handler):
    """WeasyPrint names each page before it lays it out; that is the one place where a long layout can be stopped."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._thread = threading.get_ident()
        self._end = time.monotonic() + limits.seconds

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self._thread:
            return
        if time.monotonic() > self._end:
            raise PdfLimitError(f"The document took more than {self._limits.seconds:g} seconds. Bill it in smaller parts.")
        if isinstance(record.args, tuple) and _PAGE.search(str(record.msg)) and int(str(record.args[0])) > self._limits.pages:
            raise PdfLimitError(f"The document has more than {self._limits.pages:,} pages. Bill it in smaller parts.")


@contextmanager
def watch_layout(limits: Limits) -> Iterator[None]:
    """Raise `PdfLimitError` out of the layout when it passes the limit of pages or seconds."""
    watch, level, propagate = _Watch(limits), _PROGRESS.level, _PROGRESS.propagate
    _PROGRESS.addHandler(watch)
    _PROGRESS.setLevel(logging.INFO)
    _PROGRESS.propagate = False
    try:
        yield
    finally:
        _PROGRESS.removeHandler(watch)
        _PROGRESS.setLevel(level)
        _PROGRESS.propagate = propagate
