"""Programs of ours as processes of their own, without the seconds that each would spend on importing what all of them import.

`start_program` is `python -m <module>` with its own environment, output and death. The process is a fork of one that has imported the
application, compiled its templates and read its fonts, and nothing more: it has no connection and no thread.
Tests of how a program starts start it themselves.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from typing import IO, TYPE_CHECKING, Any

from tests.servers import die_with_parent, wait_until

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
LARGEST_REQUEST = 100_000


class Program:
    """A program under way, with the part of `subprocess.Popen` that tests use. `returncode` is minus the signal that ended it."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid, self._status = pid, status
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode if self.returncode is not None else self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self.returncode if self.returncode is not None else self._read(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout: float | None) -> int | None:
        if select([self._status], [], [], timeout)[0]:
            self.returncode = int(os.read(self._status, 20) or b"-9")
            os.close(self._status)
        return self.returncode


def start_program(module: str, *words: str, environ: Mapping[str, str], output: IO[bytes], errors: IO[bytes] | None = None) -> Program:
    """Start `python -m module words...` in the root of the repository; what it prints goes to `output`."""
    ours, its = os.pipe()
    request = json.dumps({"module": module, "words": words, "environ": dict(environ)}).encode()
    line = nursery()
    socket.send_fds(line, [request], [output.fileno(), (errors or output).fileno(), its])
    os.close(its)
    return Program(int(line.recv(100)), ours)


def run_program(module: str, *words: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `python -m module words...` to its end, as `subprocess.run` does."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = start_program(module, *words, environ=environ, output=out, errors=err).wait()
        told = [_text(file) for file in (out, err)]
    return subprocess.CompletedProcess([module, *words], code, *told)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def nursery() -> socket.socket:
    """The line to the process that forks for us; it ends when the line does."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen([sys.executable, "-m", __name__, str(its.fileno())], cwd=ROOT, pass_fds=[its.fileno()])
    its.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours


# ── in the process that forks ────────────────────────────────────────────────────────────────────


def prepare() -> None:
    """What every program of ours imports, compiles and reads."""
    from flask import Flask

    from lexapp.config import Settings
    from lexapp.jobs.worker import preload
    from tests.applications import COMPILED, make_app

    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": COMPILED}
    with tempfile.TemporaryDirectory() as folder:
        application = make_app(Settings.from_environ({"DATA_FOLDER": folder}))
    for name in ("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "lexapp.jobs.scheduler", "lexapp.logs"):
        import_module(name)
    for name in application.jinja_env.list_templates():
        application.jinja_env.get_template(name)
    compress(application)
    preload()
    wait_until(lambda: threading.active_count() == 1, what="the limiter's clock")
    gc.collect()
    gc.freeze()


def compress(application: Flask) -> None:
    """Every static file as a browser asks for it: kept by the process that compresses it, and by its forks."""
    from lexapp.web.assets import FOLDER

    client = application.test_client()
    files = [path for path in FOLDER.rglob("*") if path.is_file() and (path.parent.name != "css" or path.name == "lexapp.css")]
    for path in files:
        for encoding in ("br", "gzip"):
            client.get(f"{application.static_url_path}/{path.relative_to(FOLDER)}", headers={"Accept-Encoding": encoding}).close()


def serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork once for each request, and tell how each fork ended. Returns in every fork what it is to do, and None when the line is cut."""
    waiting: dict[int, int] = {}
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(told)
    while True:
        ready, _, _ = select([line, heard], [], [])
        if heard in ready:
            os.read(heard, 1000)
            bury(waiting)
        if line in ready:
            request, given, _, _ = socket.recv_fds(line, LARGEST_REQUEST, 3)
            if not request:
                return None
            pid = os.fork()
            if pid == 0:
                become(given, [line.detach(), heard, told, *waiting.values()])
                return dict(json.loads(request))
            waiting[pid] = given.pop()
            for each in given:
                os.close(each)
            line.send(str(pid).encode())


def bury(waiting: dict[int, int]) -> None:
    while waiting:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        os.write(waiting[pid], str(os.waitstatus_to_exitcode(status)).encode())
        os.close(waiting.pop(pid))


def become(given: list[int], inherited: list[int]) -> None:
    """A process with its own output, that ends when the one that forked it does."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent()()
    output, errors, status = given
    os.dup2(output, 1)
    os.dup2(errors, 2)
    for each in (output, errors, status, *inherited):
        os.close(each)


def run(module: str, words: list[str], environ: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = [module, *words]
    gc.set_threshold(700, 10, 10)  # as Python starts
    code: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    leave(code)


def leave(code: object) -> None:
    """End as Python does, but for giving back every object of an application that the fork shares with its parent: that takes longest."""
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    prepare()
    if asked := serve(socket.socket(fileno=int(sys.argv[1]))):
        run(**asked)
