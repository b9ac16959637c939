"""The application served as in production, in processes of its own, for tests that need real requests."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path

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
