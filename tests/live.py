"""The application served as in production, in processes of its own, for tests that need real requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from tests.nursery import start_program
from tests.servers import free_port, stop, wait_until


class WebServer:
    """gunicorn with threads on a free loopback port; `environ` names the database, as the fixture of that name does."""

    def __init__(self, environ: Mapping[str, str], *, workers: int = 1, threads: int = 8) -> None:
        self.port = free_port()
        folder = Path(environ["DATA_FOLDER"])
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"web-{self.port}.log"
        options = f"--worker-class gthread --workers {workers} --threads {threads} --bind 127.0.0.1:{self.port} --graceful-timeout 2"
        with self.log.open("wb") as log:
            words = [*options.split(), "--no-control-socket", "wsgi:app"]
            self.process = start_program("gunicorn", *words, environ={**environ, "BASE_URL": self.address}, output=log)
        wait_until(self._answers, what="the web server", seconds=60)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        stop(self.process)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the web server stopped while starting:\n{self.log.read_text()}")
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
        except (ConnectionError, TimeoutError):  # a worker that is still being started on a busy machine
            return False
        else:
            return True
        finally:
            connection.close()


class EventsServer:
    """`lexapp events` on a free loopback port; `threads` less sixteen is how many screens it takes. Its pages are at `base_url`."""

    def __init__(self, environ: Mapping[str, str], *, threads: int = 32, port: int | None = None, base_url: str | None = None) -> None:
        self.port = port or free_port()
        self._connections: list[HTTPConnection] = []
        self._answers_given: list[HTTPResponse] = []
        folder = Path(environ["DATA_FOLDER"])
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"events-{self.port}.log"
        words = ["events", "--bind", f"127.0.0.1:{self.port}", "--threads", str(threads)]
        given = {**environ, "BASE_URL": base_url or environ.get("BASE_URL", "http://127.0.0.1:5000")}
        with self.log.open("wb") as log:
            self.process = start_program("lexapp", *words, environ=given, output=log)
        wait_until(self._answers, what="the events process", seconds=60)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self, cookie: str, path: str = "/events") -> HTTPResponse:
        """A request that is not read to its end: a stream goes on."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        self._connections.append(connection)
        connection.request("GET", path, headers={"Accept": "text/event-stream", "Cookie": cookie})
        answer = connection.getresponse()
        self._answers_given.append(answer)
        return answer

    def health(self) -> dict[str, Any]:
        """What the process says of itself."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", "/health")
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found

    def hang_up(self, answer: HTTPResponse) -> None:
        """As a browser does whose page goes away."""
        at = self._answers_given.index(answer)
        answer.close()
        self._connections[at].close()

    def close(self) -> None:
        stop(self.process)
        for one in (*self._answers_given, *self._connections):
            one.close()

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the events process stopped while starting:\n{self.log.read_text()}")
        try:
            return self.health()["status"] == "alive"
        except (ConnectionError, TimeoutError):
            return False
