"""Worker and scheduler as processes of their own, as they run in earnest."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.nursery import start_program
from tests.servers import stop, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """One `lexapp` subcommand under way; what it prints goes to a file."""

    def __init__(self, name: str, environ: Mapping[str, str], folder: Path) -> None:
        self.name, self.environ = name, dict(environ)
        self.log = folder / f"{name}.log"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = start_program("lexapp", self.name, environ=self.environ, output=log)

    def wait_until_it_says(self, text: str) -> None:
        wait_until(lambda: text in self.output() or self._check(), what=f"{self.name} ({text})", seconds=60)

    def output(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        """kill -9, without a chance to say goodbye to anybody; its children go with it."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        stop(self.process, signal.SIGTERM, seconds=30)
        return self.process.wait()

    def _check(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.output()}")
        return False
