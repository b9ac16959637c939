"""Rendered fragments kept in memory under everything that they show: never stale, seldom rendered twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from secrets import token_hex
from threading import Lock
from typing import Any

from flask import Flask, current_app, g, render_template
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

MOST_BYTES = 32 * 1024 * 1024
# Begins what stands for a fresh string. Nobody knows it, so that no text that somebody wrote is taken for one.
_MARK = f"\ue000{token_hex(8)}:"


class Shelf:
    """What was rendered, the latest used last; the others go when there is too much. Safe among threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: OrderedDict[Hashable, str] = OrderedDict()
        self._bytes, self._most, self._lock = 0, most_bytes, Lock()

    def get(self, key: Hashable) -> str | None:
        with self._lock:
            html = self._kept.get(key)
            if html is not None:
                self._kept.move_to_end(key)
            return html

    def put(self, key: Hashable, html: str) -> None:
        with self._lock:
            self._bytes += len(html) - len(self._kept.pop(key, ""))
            self._kept[key] = html
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def shelved(template: str, *, fresh: Sequence[str] = (), also: Callable[[], Mapping[str, Any]] = dict, **values: Any) -> Markup:
    """The template with these values, which are all that it may show beside who is signed in and the day.

    `values` are hashable, or a dictionary of hashables. `fresh` are strings in the page that differ every time, as the CSRF token always
    does. `also` makes more for the template when it is rendered, no part of the key: what it shows of that must follow from `values`.
    """
    key = (template, _reader(), *((name, _hashable(value)) for name, value in values.items()))
    token = g.get("csrf_token") or generate_csrf()
    if not all((token, *fresh)):
        raise ValueError("A fresh string is empty: it would be found between any two letters.")
    marks = [(f"{_MARK}{place}\ue001", text) for place, text in enumerate((token, *fresh))]
    shelf: Shelf = current_app.extensions["shelf"]
    html = shelf.get(key)
    if html is None:
        html = render_template(template, **values, **also())
        for mark, text in marks:
            html = html.replace(text, mark)
        shelf.put(key, html)
    if _MARK in html:
        for mark, text in marks:
            html = html.replace(mark, text)
    return Markup(html)  # noqa: S704 - rendered by Jinja just now or before; what is put in again is a token of our own making


def _hashable(value: Any) -> Hashable:
    return tuple(sorted(value.items())) if isinstance(value, dict) else value


def _reader() -> Hashable:
    """What every template may show of the person, the firm and the day."""
    found: Hashable = g.get("reader")
    if found is None:
        who: Any = current_user._get_current_object()
        found = (who.actor, who.name, who.firm_name, who.currency, who.time_zone, who.locale, who.several_firms, date.today())  # noqa: DTZ011
        g.reader = found
    return found


def init_app(app: Flask) -> None:
    """Give the templates this function, and the application a shelf."""
    app.extensions["shelf"] = Shelf()
    app.jinja_env.globals["shelved"] = shelved
