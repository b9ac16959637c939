"""Many people at once: real requests from threads that start together, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

from tests.live import WebServer
from tests.web.visitor import Visitor

PATIENCE_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and where it leads."""

    status: int
    location: str
    text: str


def headers_of(visitor: Visitor) -> dict[str, str]:
    """The cookie and the CSRF token of somebody who is signed in, for requests over the network."""
    token = visitor.csrf_token()
    name = visitor.app.config["SESSION_COOKIE_NAME"]
    cookie: Any = visitor.client.get_cookie(name)
    form = "application/x-www-form-urlencoded"
    return {"Cookie": f"{name}={cookie.value}", "X-CSRFToken": token, "Content-Type": form}


def post_at_once(server: WebServer, headers: Mapping[str, str], requests: Sequence[tuple[str, Mapping[str, str]]]) -> list[Answer]:
    """Send every form to its path, all at the same moment; the answers in the order of the requests."""
    gate = Barrier(len(requests))

    def send(path: str, form: Mapping[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
        connection.connect()
        gate.wait()
        connection.request("POST", path, urlencode(form), dict(headers))
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, answer.headers.get("Location", ""), text)

    with ThreadPoolExecutor(len(requests)) as crowd:
        return list(crowd.map(lambda request: send(*request), requests))
