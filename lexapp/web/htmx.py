"""Pages, fragments and what goes with them: the answer a blueprint gives to a browser with or without htmx.

htmx 4 names its headers differently from the versions the `htmx_flask` package knows, hence `HtmxRequest` here.
"""

import json
import re
from functools import cached_property
from typing import Any

from flask import Flask, Response, flash, g, get_flashed_messages, make_response, redirect, render_template, request
from htmx_flask.requests import HtmxAwareRequest, HtmxHeaders

_ROOT_ID = re.compile(r"\s*<[a-z][^>]*?\sid=\"([^\"]+)\"")
_TOASTS = "toast"


class HtmxRequest(HtmxHeaders):
    """The request headers of htmx 4: true when htmx asked."""

    @cached_property
    def source_id(self) -> str | None:
        """Id of the element that asked, if it has one."""
        return self._headers.get("HX-Source", "").partition("#")[2] or None

    @cached_property
    def target_id(self) -> str | None:
        """Id of the element that will be replaced, if it has one."""
        return self._headers.get("HX-Target", "").partition("#")[2] or None

    @cached_property
    def wants_fragment(self) -> bool:
        """Whether a part is enough: not for boosted links, whole-body swaps and history restores."""
        partial = self._headers.get("HX-Request-Type", "partial") == "partial"
        return bool(self) and partial and not self.boosted and not self.history_restore_request


class Request(HtmxAwareRequest):
    """Flask's request with htmx 4's headers as `request.htmx`."""

    htmx: HtmxRequest

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.htmx = HtmxRequest(self.headers)


def wants_fragment() -> bool:
    """Whether the present request is answered by a fragment."""
    return bool(request.htmx.wants_fragment)


def wants_json() -> bool:
    """Whether a script asked that reads JSON and nothing else."""
    return request.accept_mimetypes.to_header() == "application/json"


def wants_data() -> bool:
    """Whether a script asked that reads JSON, or a stream of it, and no page."""
    return wants_json() or request.accept_mimetypes.to_header() == "text/event-stream"


def render(*, page: str, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """The fragment for an htmx request, the page for everything else."""
    template = fragment if fragment and wants_fragment() else page
    return make_response(render_template(template, **context), status)


def fragments(*templates: str, otherwise: str, status: int = 200, **context: Any) -> Response:
    """After a write: the first fragment for the target, the others for the elements that carry their root's id.

    A browser without htmx is sent to `otherwise` instead.
    """
    if not wants_fragment():
        return redirect_after(otherwise)
    first, *others = [render_template(template, **context) for template in templates]
    return make_response(first + "".join(map(out_of_band, others)), status)


def out_of_band(html: str) -> str:
    """Wrap one rendered fragment so that it replaces the element with the id of its root."""
    found = _ROOT_ID.match(html)
    if not found:
        raise ValueError("a fragment needs one root element with an id: " + html[:80])
    return f'<template hx type="partial" hx-target="#{found[1]}" hx-swap="outerHTML">{html}</template>'


def redirect_after(url: str, *, whole_page: bool = False) -> Response:
    """Send the browser on after a write: HX-Location for htmx, 303 otherwise. `whole_page` also reloads scripts and headers."""
    if not request.htmx:
        return redirect(url, code=303)  # type: ignore[return-value]
    response = make_response("", 204)
    if whole_page:
        response.headers["HX-Redirect"] = url
    else:
        response.headers["HX-Location"] = json.dumps({"path": url})
    return response


def toast(message: str, *, tone: str = "done", undo: str | None = None) -> None:
    """Say what happened, on whatever the browser shows next. `undo` is an address that takes a POST; `tone` is done or wrong."""
    g.setdefault("toasts", []).append({"message": message, "tone": tone, "undo": undo})


def take_toasts() -> list[dict[str, str | None]]:
    """The toasts waiting to be shown, here or from the request before; the layout calls this once."""
    kept = [json.loads(text) for text in get_flashed_messages(category_filter=[_TOASTS])]
    return kept + g.pop("toasts", [])


def _deliver(response: Response) -> Response:
    response.vary.add("HX-Request")
    waiting = g.get("toasts", [])
    if waiting and wants_fragment() and not {"HX-Location", "HX-Redirect"} & set(response.headers.keys()):
        response.headers["HX-Trigger"] = json.dumps({"toast": {"toasts": waiting}})
    else:
        for one in waiting:
            flash(json.dumps(one), _TOASTS)
    return response


def init_app(app: Flask) -> None:
    """Make requests htmx-aware and deliver toasts with every answer."""
    app.request_class = Request
    app.after_request(_deliver)
    app.jinja_env.globals["take_toasts"] = take_toasts
