"""The state of a list, kept in its address: search, filters, order, page.

An address is not a form: what cannot be (an unknown column, page -1) falls back to what the list shows without it, and is never an error.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from flask import g, request
from flask_login import current_user

from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.web.paths import LARGEST_ID

PER_PAGE = 50
LARGEST_PAGE = 100_000
MOST_FILTERS = 20


def asked_text(name: str = "q", *, longest: int = 100) -> str:
    """What is searched for: printable, trimmed, cut to `longest`."""
    text = unicodedata.normalize("NFC", request.args.get(name, ""))[:longest]
    return " ".join("".join(" " if unicodedata.category(one)[0] == "C" else one for one in text).split())


def asked_choice(name: str, allowed: Collection[str], default: str = "") -> str:
    """One of a few."""
    found = request.args.get(name, default)
    return found if found in allowed else default


def asked_id(name: str) -> int | None:
    """The id of a record, or None."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID else None


def asked_day(name: str) -> date | None:
    """A day as addresses of ours write it (2026-11-19), or None."""
    text = request.args.get(name, "")
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-19") else None
    except ValueError:
        return None


def asked_payment() -> dict[str, Any]:
    """The amount and the purpose that a link has filled in a form of money with, in the firm's currency; nothing that cannot be read."""
    text = asked_text("amount", longest=40)
    try:
        found: dict[str, Any] = {"amount": Money.parse(text, str(current_user.currency), positive=True)} if text else {}
    except Refused:
        found = {}
    purpose = asked_text("purpose", longest=200)
    return found | ({"purpose": purpose} if purpose else {})


@dataclass(frozen=True, slots=True)
class Order:
    """The column that a list is sorted by; `?sort=-name` is descending. Columns are names of a list's own, never of the database."""

    column: str
    descending: bool

    def heading(self, label: str, classes: str, column: str) -> tuple[str, str, str, str | None]:
        """A sortable column for the `table` macro; pressing the present one turns it round."""
        mine = column == self.column
        turned = f"-{column}" if mine and not self.descending else column
        direction = ("descending" if self.descending else "ascending") if mine else None
        return label, classes, address(sort=turned, page=None), direction


def asked_order(columns: Collection[str], default: str) -> Order:
    """The order asked for, if the list knows the column; `default` may begin with a minus."""
    text = request.args.get("sort", default)
    if text.removeprefix("-") not in columns:
        text = default
    return Order(text.removeprefix("-"), text.startswith("-"))


def asked_page() -> int:
    """The page asked for, from 1."""
    text = request.args.get("page", "1")
    return min(max(int(text), 1), LARGEST_PAGE) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def address(**changes: Any) -> str:
    """The present address with these values instead; None takes one out."""
    kept = dict(islice(request.args.items(), MOST_FILTERS))
    query = urlencode({name: value for name, value in (kept | changes).items() if value not in (None, "")})
    path = g.get("list_path", request.path)
    return f"{path}?{query}" if query else path


def list_stands_at(path: str) -> None:
    """The list shown with this answer has another address than the request, as after a write: its links lead there."""
    g.list_path = path


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is shown: for a query `limit` and `offset`, for the `pages` macro the rest."""

    number: int
    total: int
    size: int = PER_PAGE

    @property
    def limit(self) -> int:
        return self.size

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def label(self) -> str:
        first, last = self.offset + 1, min(self.offset + self.size, self.total)
        return f"{first:,}–{last:,} of {self.total:,}" if self.total > self.size else ""

    @property
    def earlier(self) -> str | None:
        return address(page=self.number - 1 if self.number > 2 else None) if self.number > 1 else None

    @property
    def later(self) -> str | None:
        return address(page=self.number + 1) if self.offset + self.size < self.total else None


def page_of(total: int, *, size: int = PER_PAGE) -> Page:
    """The page asked for, or the last one there is."""
    last = max((total + size - 1) // size, 1)
    return Page(min(asked_page(), last), total, size)


def search_words(text: str, *, most: int = 6) -> Sequence[str]:
    """The words that all have to be found."""
    return text.lower().split()[:most]
