"""How fast the list of time is over HTTP, signed in, against a bare Flask page with the same fifty rows on the same kind of server.

    python -m benchmarks.pages [--rounds 5] [--seconds 4] [--connections 32]

`ours` is `/time?period=all` of a seeded firm as its owner sees it: session, rights, the fifty newest entries with their sums by day,
filters, quick entry, timer bar, side index. `bare` (benchmarks/bare) reads the same fifty rows from a copy of the same database with one
statement over a connection that stays open, and shows the same eight columns; it asks nobody who they are. Both run under gunicorn with
two gthread workers of four threads; wrk drives them in turns and neither compresses. First it is checked that both show the same entries.
Ours keeps rendered rows in memory under all that they show (lexapp/web/shelf.py), which a visitor who comes back finds there.
Before the race the same two requests are made within this process, and the time of the processor is counted (benchmarks/page_work.py).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
from contextlib import ExitStack
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.page_work import processor_time
from benchmarks.working_folder import ROOT, working_folder
from lexapp.demo.sign_ins import PASSWORD
from tests.servers import die_with_parent, free_port, stop, wait_until

LEAST_RATE, MOST_P99 = 0.5, 2.2
OURS, BARE = "/time?period=all", "/time"
SERVER = "--worker-class gthread --workers 2 --threads 4 --graceful-timeout 2 --no-control-socket"


class Served:
    """One application under gunicorn on a free loopback port."""

    def __init__(self, application: str, environ: dict[str, str], path: str, first: str) -> None:
        self.port, self.path = free_port(), path
        self.cookies: dict[str, str] = {}
        command = [sys.executable, "-m", "gunicorn", *SERVER.split(), "--bind", f"127.0.0.1:{self.port}", application]
        environ = {**environ, "BASE_URL": f"http://127.0.0.1:{self.port}"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.environ = environ
        self.process = subprocess.Popen(command, cwd=ROOT, env=environ, preexec_fn=die_with_parent(), **quiet)
        wait_until(lambda: self._answers(first), what=application)

    def _answers(self, path: str) -> bool:
        try:
            return self.ask("GET", path)[0] == 200
        except ConnectionError:
            return False

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": self.cookie, "Referer": f"http://127.0.0.1:{self.port}{path}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return answer.status, answer.read().decode()

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def sign_in(self, email: str) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.ask("GET", "/sign-in")[1])
        assert token
        status, _ = self.ask("POST", "/sign-in", {"csrf_token": token[1], "email": email, "password": PASSWORD})
        assert status == 303, status

    def entries(self) -> list[str]:
        """The ids of the entries on the page, in their order."""
        status, page = self.ask("GET", self.path)
        assert status == 200, status
        return re.findall(r'<tr[^>]* id="(?:time-)?entry-(\d+)"', page)

    def drive(self, connections: int, seconds: int) -> tuple[float, float]:
        """Requests per second, and the 99th percentile of the waiting time in milliseconds."""
        options = ["-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-H", f"Cookie: {self.cookie}"]
        address = f"http://127.0.0.1:{self.port}{self.path}"
        told = subprocess.run(["wrk", *options, address], check=True, capture_output=True, text=True).stdout
        assert "Non-2xx" not in told, told
        assert "Socket errors" not in told, told
        rate, late = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
        assert rate is not None, told
        assert late is not None, told
        return float(rate[1]), float(late[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[late[2]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("  not run: wrk is not installed (on Debian: apt-get install wrk)")
        return
    with working_folder() as folder, ExitStack() as stack:
        ours, bare = serve(Path(folder), stack)
        shown = ours.entries()
        assert len(shown) == 50, "the page shows fifty entries"
        assert shown == bare.entries(), "both pages show the same ones"
        work = processor_time(bare.environ, ours=OURS, bare=BARE, cookie=ours.cookie)
        print(f"processor time in process: ours {work['ours']:.2f} ms, bare {work['bare']:.2f} ms, {work['ours'] / work['bare']:.1f}x")
        race({"bare": bare, "ours": ours}, options.rounds, options.connections, options.seconds)


def serve(folder: Path, stack: ExitStack) -> tuple[Served, Served]:
    """A seeded firm behind the application with its owner signed in, and a copy of its database behind the bare page."""
    environ = {**os.environ, "DATA_FOLDER": str(folder), "DEMO": "true", "DATABASE_URL": f"sqlite:///{folder / 'ours.sqlite3'}"}
    environ["BARE_DATABASE"] = str(folder / "bare.sqlite3")
    for step in (["migrate"], ["seed", "--size", "small"]):
        subprocess.run([sys.executable, "-m", "lexapp", *step], cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(folder / "ours.sqlite3", folder / "bare.sqlite3")
    connection = sqlite3.connect(folder / "ours.sqlite3")
    (email,) = connection.execute("SELECT email FROM users JOIN memberships ON user_id = users.id WHERE role = 'owner'").fetchone()
    connection.close()
    found = []
    for application, path, first in (("wsgi:app", OURS, "/sign-in"), ("benchmarks.bare.wsgi:app", BARE, BARE)):
        served = Served(application, environ, path, first)
        stack.callback(stop, served.process)
        found.append(served)
    found[0].sign_in(email)
    return found[0], found[1]


def race(sides: dict[str, Served], rounds: int, connections: int, seconds: int) -> None:
    rates: dict[str, list[float]] = {name: [] for name in sides}
    late: dict[str, list[float]] = {name: [] for name in sides}
    for served in sides.values():
        served.drive(connections, 1)
    for _ in range(rounds):
        for name, served in sides.items():
            rate, p99 = served.drive(connections, seconds)
            rates[name].append(rate)
            late[name].append(p99)
    print(f"gunicorn gthread 2 x 4, wrk with {connections} connections, {rounds} rounds of {seconds} s each in turns")
    for name, served in sides.items():
        rate, p99 = statistics.median(rates[name]), statistics.median(late[name])
        size = len(served.ask("GET", served.path)[1].encode()) / 1000
        spread = f"from {min(rates[name]):,.0f} to {max(rates[name]):,.0f}"
        print(f"  {name}: {rate:,.0f} requests/s ({spread}), p99 {p99:.0f} ms, page {size:.0f} kB")
    share = statistics.median(rates["ours"]) / statistics.median(rates["bare"])
    slower = statistics.median(late["ours"]) / statistics.median(late["bare"])
    print(f"  ours: {share:.0%} of the bare page's requests (aim: at least {LEAST_RATE:.0%}), p99 {slower:.1f}x (aim: at most {MOST_P99}x)")


if __name__ == "__main__":
    main()
