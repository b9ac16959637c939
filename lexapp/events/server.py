"""gunicorn around the events application: one process, a thread for each open stream."""

from __future__ import annotations

import os
import signal
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from lexapp.config import Settings
from lexapp.events.application import build


class Events(BaseApplication):  # type: ignore[misc]
    """The application is built in the worker, after the fork: threads do not survive one."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings, self.options = settings, options
        self.app: Flask | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        self.app = build(self.settings, threads=self.options["threads"])
        return self.app

    def end_streams_first(self, worker: Any) -> None:
        """A worker that is told to stop waits for its requests, and a stream has no end of its own."""
        del worker
        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
            usual: Any = signal.getsignal(number)

            def stop(sent: int, at: Any, usual: Any = usual) -> None:
                if self.app is not None:
                    self.app.extensions["hub"].is_closed = True
                usual(sent, at)

            signal.signal(number, stop)


def serve(settings: Settings, *, bind: str, threads: int) -> None:
    """Serve until told to stop."""
    options = {
        "bind": bind,
        "worker_class": "gthread",
        "workers": 1,
        "threads": threads,
        "worker_connections": threads * 4,
        "timeout": 60,
        "graceful_timeout": 3,
        "keepalive": 5,
        "errorlog": "-",
        "loglevel": "warning" if os.environ.get("LOG_FORMAT") == "plain" else "info",
        "proc_name": "lexapp-events",
        "control_socket_disable": True,
    }
    events = Events(settings, options)
    events.cfg.set("post_worker_init", events.end_streams_first)
    events.run()
