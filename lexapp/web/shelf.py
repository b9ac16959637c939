"""Rendered fragments kept in memory under everything that they show: never stale, seldom rendered twice."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from secrets import token_hex
from threading import Lock
from typing import Any

from flask import Flask, current_app, g, render_template
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from lexapp.web.dates import today_in_zone

MOST_BYTES = 32 * 1024 * 1024
# Begins what stands for a fresh string. Nobody knows it, so that no text that somebody wrote is taken for one.
_MARK = f"\ue000{token_hex(8)}:"
_A_MARK = re.compile(f"{_MARK}(\\d+)\ue001")


class Kept:
    """A rendered fragment between its marks: text, number of a mark, text, … ."""

    __slots__ = ("pieces", "size", "was_used")

    def __init__(self, html: str) -> None:
        self.pieces, self.size, self.was_used = _A_MARK.split(html), len(html), False

    def with_texts(self, texts: Sequence[str]) -> str:
        """The fragment with a text for each mark."""
        if len(self.pieces) == 1:
            return self.pieces[0]
        return "".join([texts[int(piece)] if place % 2 else piece for place, piece in enumerate(self.pieces)])


class Shelf:
    """What was rendered; what was not used since it was last looked at goes when there is too much. Safe among threads.

    Keys are long, so each request hashes one once: an order of last use would have to find it again.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes, self._most, self._lock = 0, most_bytes, Lock()

    def get(self, key: Hashable) -> Kept | None:
        found = self._kept.get(key)
        if found is not None:
            found.was_used = True
        return found

    def put(self, key: Hashable, html: str) -> Kept:
        made = Kept(html)
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = made
            self._bytes += made.size - (before.size if before else 0)
            while self._bytes > self._most:
                self._drop_one()
        return made

    def _drop_one(self) -> None:
        """The oldest goes, unless it was used: then it is as good as new once more."""
        key, oldest = self._kept.popitem(last=False)
        if oldest.was_used:
            oldest.was_used = False
            self._kept[key] = oldest
        else:
            self._bytes -= oldest.size


def shelved(template: str, *, fresh: Sequence[str] = (), also: Callable[[], Mapping[str, Any]] = dict, **values: Any) -> Markup:
    """The template with these values, which are all that it may show beside who is signed in and the day.

    `values` are hashable, or a dictionary of hashables. `fresh` are strings in the page that differ every time, as the CSRF token always
    does. `also` makes more for the template when it is rendered, no part of the key: what it shows of that must follow from `values`.
    """
    key = (template, _reader(), *[(name, tuple(sorted(value.items())) if type(value) is dict else value) for name, value in values.items()])
    texts = (g.get("csrf_token") or generate_csrf(), *fresh)
    if not all(texts):
        raise ValueError("A fresh string is empty: it would be found between any two letters.")
    shelf: Shelf = current_app.extensions["shelf"]
    kept = shelf.get(key) or shelf.put(key, _marked(render_template(template, **values, **also()), texts))
    return Markup(kept.with_texts(texts))  # noqa: S704 - rendered by Jinja just now or before; what is put in again is a token of our own making


def _marked(html: str, texts: Sequence[str]) -> str:
    for place, text in enumerate(texts):
        html = html.replace(text, f"{_MARK}{place}\ue001")
    return html


def _reader() -> str:
    """What every template may show of the person, the firm and the day, as one text: its hash is reckoned once."""
    found: str | None = g.get("reader")
    if found is None:
        who: Any = current_user._get_current_object()
        named = (who.name, who.firm_name, who.currency, who.time_zone, who.locale, who.several_firms, today_in_zone(who.time_zone))
        g.reader = found = repr((who.actor, *named))
    return found


def init_app(app: Flask) -> None:
    """Give the templates this function, and the application a shelf."""
    app.extensions["shelf"] = Shelf()
    app.jinja_env.globals["shelved"] = shelved
