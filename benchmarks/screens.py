"""Open screens as a browser holds them: one stream each, and the page asked for again when a change is told."""

from __future__ import annotations

import json
import os
import random
import selectors
import socket
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

# live.js waits so long before it asks for what changed, and no less than a second between two times.
SOONEST, LATEST, PAUSE = 0.05, 0.3, 1.0


class Screens:
    """Streams of the events process at `port`, one for each cookie. `page` is (port, path) of what a screen asks for again, if it does."""

    def __init__(self, port: int, cookies: list[str], page: tuple[int, str] | None = None) -> None:
        self.arrived: dict[int, list[float]] = defaultdict(list)
        self._page, self._asks_at = page, dict.fromkeys(cookies, 0.0)
        self._streams = selectors.DefaultSelector()
        self._pool, self._kept = ThreadPoolExecutor(8), threading.local()
        self._is_closed = False
        for cookie in cookies:
            self._streams.register(_stream(port, cookie), selectors.EVENT_READ, cookie)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        self._is_closed = True
        self._reader.join()
        self._pool.shutdown()
        for key in list(self._streams.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._streams.close()

    def _read(self) -> None:
        while not self._is_closed:
            for key, _ in self._streams.select(0.2):
                told = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                if not told:
                    raise ConnectionError("a stream ended")
                self._hear(key.data, told)

    def _hear(self, cookie: str, told: bytes) -> None:
        at = time.time()
        for line in told.split(b"\n"):
            if line.startswith(b"data: "):
                for hint in json.loads(line[6:]):
                    self.arrived[hint["of"]].append(at)
                self._ask_soon(cookie)

    def _ask_soon(self, cookie: str) -> None:
        now = time.monotonic()
        if self._page and self._asks_at[cookie] <= now:
            wait = max(0.0, self._asks_at[cookie] + PAUSE - now) + random.uniform(SOONEST, LATEST)
            self._asks_at[cookie] = now + wait
            timer = threading.Timer(wait, lambda: self._is_closed or self._pool.submit(self._ask, cookie))
            timer.daemon = True
            timer.start()

    def _ask(self, cookie: str) -> None:
        assert self._page
        port, path = self._page
        if not hasattr(self._kept, "connection"):
            self._kept.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._kept.connection.request("GET", path, headers={"Cookie": cookie})
        assert len(self._kept.connection.getresponse().read()) > 0


def _stream(port: int, cookie: str) -> socket.socket:
    """An open stream, once its head has come."""
    stream = socket.create_connection(("127.0.0.1", port), timeout=30)
    stream.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    head = b""
    while b": open\n" not in head:
        head += stream.recv(4096)
        assert head.startswith(b"HTTP/1.1 200"), head
    return stream


def processor_seconds(pid: int) -> float:
    """What a process and its children have used of a processor so far."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(own[11]) + int(own[12])) / os.sysconf("SC_CLK_TCK") + sum(processor_seconds(int(child)) for child in children)
