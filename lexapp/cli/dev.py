"""`lexapp dev`: the demonstration firm (DEMO=false: none yet) with everything it needs, in one terminal, stopped by Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from lexapp.cli.migrate import migrate
from lexapp.cli.private_redis import PrivateRedis
from lexapp.cli.supervisor import AskedToStop, Ended, Supervisor
from lexapp.config import Settings
from lexapp.demo.sign_ins import PASSWORD

LEXAPP = [sys.executable, "-m", "lexapp"]
PORTS_TO_TRY = 100


@click.command()
@click.option("--port", default=5000, show_default=True, envvar="PORT", type=click.IntRange(1, 65535), help="The next free port is taken.")
def command(port: int) -> None:
    """Start web, events, worker, scheduler, Redis and a mail catcher on this machine."""
    development = Development(Supervisor(), os.environ, free_port_from(port))
    folder = development.settings.data_folder
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder / "dev.lock"), development.supervisor.heeding_signals():
        sys.exit(development.run())


class Development:
    """One run: the steps in their order; `run` returns the exit status. With DEMO=false there is no firm at first.

    What the environment names already (a database, a Redis, a mail server) is used; the rest is started here.
    """

    def __init__(self, supervisor: Supervisor, given: Mapping[str, str], port: int) -> None:
        self.supervisor, self.port = supervisor, port
        ways = {"DEMO": "true", "DEVELOPMENT": "true", "PYTHONUNBUFFERED": "1", "LOG_FORMAT": "plain"}
        here = {**ways, "BASE_URL": f"http://127.0.0.1:{port}"}
        self.environ = {**here, **given, "PORT": str(port)}
        self.events_port = None if given.get("EVENTS_URL") else free_port_from(min(port + 1, 65_000))
        if self.events_port:
            self.environ["EVENTS_URL"] = f"http://127.0.0.1:{self.events_port}"
        self.mail_port = None if given.get("MAIL_URL") else free_port_from(1025)
        if self.mail_port:
            self.environ["MAIL_URL"] = f"smtp://127.0.0.1:{self.mail_port}"
        folder = Settings.from_environ(self.environ).data_folder
        self.redis = None if given.get("REDIS_URL") else PrivateRedis(folder / "redis")
        if self.redis and self.redis.program:
            self.environ["REDIS_URL"] = self.redis.url
        self.settings = Settings.from_environ(self.environ)
        self.own_database = None if given.get("DATABASE_URL") else Path(self.settings.database_url.removeprefix("sqlite:///"))

    def run(self) -> int:
        event = self._start_redis() or self.prepare_database() or self._start_application()
        if event is None:
            self._greet()
            event = self.supervisor.wait()
        return self._say_why(event)

    def _start_redis(self) -> Ended | AskedToStop | None:
        if self.redis is None:
            return None
        if self.redis.program is None:
            print("redis-server is not installed: the worker takes jobs straight from the database, one at a time.", flush=True)
            return None
        self.supervisor.start("redis", self.redis.command(), self.environ, is_foundation=True)
        return self.supervisor.wait_until(self.redis.answers)

    def prepare_database(self) -> Ended | AskedToStop | None:
        """Migrate, and where this is the demonstration make its firm, once."""
        unfinished = self.settings.data_folder / "demo.unfinished"
        if self.own_database and unfinished.exists():
            for left in self.own_database.parent.glob(f"{self.own_database.name}*"):
                left.unlink()
        migrate(self.settings.database_owner_url, self.settings.database_url)
        if not self.settings.demo or self.sign_ins():
            return None
        print("Making the demonstration firm, once.", flush=True)
        unfinished.touch()
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        event = self.supervisor.run("seed", [*LEXAPP, "seed", "--size", "small", "--last-day", yesterday, "--morning"], self.environ)
        if event is None:
            unfinished.unlink()
        return event

    def _start_application(self) -> Ended | AskedToStop | None:
        if self.mail_port:
            catcher = [sys.executable, "-m", "lexapp.demo.mail_catcher", str(self.mail_port), str(self.settings.data_folder / "mail")]
            self.supervisor.start("mail", catcher, self.environ, is_foundation=True)
        self.supervisor.start("web", [*LEXAPP, "run", "--port", str(self.port)], self.environ)
        if self.events_port:
            self.supervisor.start("events", [*LEXAPP, "events", "--bind", f"127.0.0.1:{self.events_port}"], self.environ)
        for name in ("worker", "scheduler"):
            self.supervisor.start(name, [*LEXAPP, name], self.environ)
        return self.supervisor.wait_until(self._web_answers)

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def sign_ins(self) -> list[tuple[str, str, str]]:
        """(name, e-mail, role), one for each role; none while there is no firm."""
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session

        from lexapp.queries.sessions import demonstration_sign_ins

        engine = create_engine(self.settings.database_url)
        try:
            with Session(engine) as session:
                return demonstration_sign_ins(session)
        finally:
            engine.dispose()

    def _greet(self) -> None:
        address = self.settings.base_url
        lines = [f"lexapp is at {address} — Ctrl-C stops everything."]
        if self.mail_port:
            lines.append(f"Mail it sends is not delivered; read it at {address}/mail")
        people = self.sign_ins() if self.settings.demo else []
        width = max((len(email) for _, email, _ in people), default=0)
        lines += [f"  {role.replace('_', ' '):<16} {email:<{width}}  {name}" for name, email, role in people]
        lines += [f"Password of everybody: {PASSWORD}"] if people else []
        print("\n" + "\n".join(lines) + "\n", flush=True)

    def _say_why(self, event: Ended | AskedToStop) -> int:
        if isinstance(event, Ended):
            print(f"{event.name} ended with status {event.status}; stopping everything.", file=sys.stderr, flush=True)
            return event.status or 1
        print("Stopping.", flush=True)
        return 0


def free_port_from(first: int) -> int:
    """`first`, or the next loopback port above it that nobody listens on."""
    for port in range(first, min(first + PORTS_TO_TRY, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise click.ClickException(f"No port from {first} to {first + PORTS_TO_TRY - 1} is free; set PORT to another one.")


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Refuse a second start on the same data folder."""
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise click.ClickException(f"lexapp is already running on {path.parent}; stop it first, or set DATA_FOLDER.") from None
        yield
