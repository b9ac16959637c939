"""The real servers that tests talk to: PostgreSQL, Redis and an SMTP sink, each private, on a unix socket or a free port."""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from redis import Redis

OWNER_ROLE = "lexapp_owner"
APPLICATION_ROLE = "lexapp_app"


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on at this moment, of those that the kernel gives nobody unasked: between
    now and its use none of the many connections of a run can be given it. Not by `random`, which tests in two processes seed alike.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(ready: Callable[[], object], *, what: str, seconds: float = 20) -> None:
    """Return as soon as `ready` answers truthfully; raises TimeoutError naming `what` when it never does."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready within {seconds:.0f} seconds")
        time.sleep(0.02)


def die_with_parent(deathbed_signal: int = signal.SIGKILL) -> Callable[[], None]:
    """A preexec_fn after which the kernel signals the child when the test run itself is killed."""
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(1, deathbed_signal)

    return ask


class Stoppable(Protocol):
    """A child process, or one that somebody else forked for us."""

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, number: int, /) -> None: ...

    def kill(self) -> None: ...


def stop(process: Stoppable, how: int = signal.SIGTERM, seconds: float = 10) -> None:
    """Signal a child and wait for it; kill it when it does not go."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class PostgresCluster:
    """A throw-away PostgreSQL on a unix socket, with an owner role and an application role that owns nothing.

    `durable` keeps fsync on, for tests that pull the plug.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.programs = postgres_programs()
        self.user = unprivileged_user()
        self.folder = Path(tempfile.mkdtemp(prefix="lexapp-pg-", dir="/tmp"))
        if self.user:
            shutil.chown(self.folder, self.user)
        self.durable = durable
        self._initialise()
        self.start()
        self._create_roles()

    def url(self, database: str, role: str = APPLICATION_ROLE) -> str:
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A superuser's connection in autocommit mode."""
        return psycopg.connect(f"host={self.folder} user=postgres dbname={database}", autocommit=True)

    def create_database(self, name: str, template: str = "template0") -> None:
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER {OWNER_ROLE} TEMPLATE "{template}" ENCODING UTF8')

    def drop_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def start(self) -> None:
        self.process = self._start(self.durable)
        wait_until(self._answers, what="PostgreSQL")

    def stop(self) -> None:
        """Away, as after a crash or during an upgrade; `start` brings it back."""
        stop(self.process, signal.SIGINT)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [self.programs / "initdb", f"--pgdata={self.folder}/data", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=self.user,
            group=group_of(self.user),
            extra_groups=[] if self.user else None,
        )

    def _start(self, durable: bool) -> subprocess.Popen[bytes]:
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "120", "timezone": "UTC"}
        if not durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *(f"--{name}={value}" for name, value in options.items())],
                stdout=log,
                stderr=log,
                cwd="/",
                user=self.user,
                group=group_of(self.user),
                extra_groups=[] if self.user else None,
                preexec_fn=die_with_parent(signal.SIGQUIT),
            )

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL stopped while starting:\n{(self.folder / 'log').read_text()}")
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_roles(self) -> None:
        with self.connect() as connection:
            for role in (OWNER_ROLE, APPLICATION_ROLE):
                connection.execute(f"CREATE ROLE {role} LOGIN")


def postgres_programs() -> Path:
    """The folder of initdb and postgres: the newest of Debian's, or wherever initdb is on the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if not found:
        raise RuntimeError("The tests need a PostgreSQL server: run `make setup-test`, or install the package postgresql.")
    return Path(found).resolve().parent


def unprivileged_user() -> str | None:
    """Who runs PostgreSQL, which refuses to run as root; None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def group_of(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


class RedisServer:
    """A throw-away redis-server on a unix socket, without a TCP port. `start` after `kill` finds what was on disk."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lexapp-redis-", dir="/tmp"))
        self.socket = self.folder / "redis.sock"
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def connect(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        options = {"port": "0", "unixsocket": str(self.socket), "dir": str(self.folder), "save": ""}
        options |= {"appendonly": "yes", "appendfsync": "always"}  # once a second, a slow disk lets it answer before it has written
        command = ["redis-server", *(part for name, value in options.items() for part in (f"--{name}", value))]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent())
        wait_until(self._answers, what="redis-server")

    def kill(self) -> None:
        """What a power cut does to it."""
        stop(self.process, signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError("redis-server stopped while starting")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0


class MailSink:
    """An SMTP server that keeps what it is sent. `refuse` makes it answer every message with a temporary failure."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse = False
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuse:
            return "451 4.3.0 try again later"
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 2.0.0 kept"

    def clear(self) -> None:
        self.messages.clear()
        self.refuse = False

    def close(self) -> None:
        self.controller.stop()
