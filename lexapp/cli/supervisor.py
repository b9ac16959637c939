"""Child processes that live and die together: their output under their names, one exit ends all, nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

SECONDS_TO_FINISH = 5.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Ended:
    """A child is gone; `status` as a shell would tell it."""

    name: str
    status: int


@dataclass(frozen=True, slots=True)
class AskedToStop:
    """Somebody pressed Ctrl-C or sent a stop signal."""

    status: int = 0


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[str]
    is_foundation: bool


class Supervisor:
    """Starts children in process groups of their own. Foundations (Redis) are stopped after the children that lean on them."""

    def __init__(self) -> None:
        self.events: SimpleQueue[Ended | AskedToStop] = SimpleQueue()
        self.children: list[Child] = []

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str], *, is_foundation: bool = False) -> None:
        process = subprocess.Popen(  # noqa: S603 - commands are written in this package
            [*_dying_with_us(), *command],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.children.append(Child(name, process, is_foundation))
        for work in (self._show_output, self._report_end):
            threading.Thread(target=work, args=(name, process), daemon=True).start()

    def run(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Ended | AskedToStop | None:
        """Run one command to its end. None when it went well; otherwise what happened instead."""
        self.start(name, command, environ)
        event = self.events.get()
        return None if event == Ended(name, 0) else event

    def wait_until(self, ready: Callable[[], bool]) -> Ended | AskedToStop | None:
        """None as soon as `ready` says so; otherwise what happened first."""
        while not ready():
            with contextlib.suppress(Empty):
                return self.events.get(timeout=0.05)
        return None

    def wait(self) -> Ended | AskedToStop:
        """Block until a child ends or somebody asks to stop."""
        return self.events.get()

    def stop(self) -> None:
        """End every child and its own children, at the latest by force."""
        for is_foundation in (False, True):
            wave = [child for child in self.children if child.is_foundation is is_foundation]
            for child in wave:
                _signal_group(child, signal.SIGTERM)
            deadline = time.monotonic() + SECONDS_TO_FINISH
            for child in wave:
                _wait(child, deadline)
                _signal_group(child, signal.SIGKILL)

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Turn stop signals into events; whatever happens inside, leave no child behind."""
        before = {number: signal.signal(number, lambda *_: self.events.put(AskedToStop())) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _show_output(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                print(f"{name:>9} | {line}", end="", flush=True)

    def _report_end(self, name: str, process: subprocess.Popen[str]) -> None:
        status = process.wait()
        self.events.put(Ended(name, status if status >= 0 else 128 - status))


def _dying_with_us() -> list[str]:
    """A prefix with which the kernel ends the child should this process be killed outright."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _signal_group(child: Child, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def _wait(child: Child, deadline: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.process.wait(max(0.0, deadline - time.monotonic()))
