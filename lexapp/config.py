"""The settings of one process, read once from the environment and frozen.

Every setting has a default that is safe on one machine; a value that is given is used as it is or refused, never mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

DEVELOPMENT_SECRET = "development-only-secret-not-for-a-network"  # noqa: S105 - refused outside this machine
SHORTEST_SECRET = 32
FROM_FILE = frozenset({"SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "MAIL_URL", "METRICS_TOKEN"})

Parsed = TypeVar("Parsed")


class BadSetting(ValueError):
    """A value in the environment that lexapp does not start with; the message names the variable and what it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one installation is told from outside. Addresses that may hold a password are left out of its text form."""

    data_folder: Path
    demo: bool
    development: bool
    database_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    storage_url: str
    mail_url: str = field(repr=False)
    mail_from: str
    private_mail_servers: bool
    secret_key: str = field(repr=False)
    base_url: str
    events_url: str | None
    trusted_proxies: int
    session_lifetime_hours: int
    metrics_token: str = field(repr=False)
    backup_url: str | None
    backup_at: tuple[int, int]
    backup_keep_daily: int
    backup_keep_weekly: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Settings as `environ` gives them. Raises BadSetting naming the first variable that cannot be used."""
        reader = Reader(environ)
        folder = reader.read("DATA_FOLDER", lambda text: Path(text).absolute(), "var")
        demo = reader.read("DEMO", boolean, "false")
        base_url = reader.read("BASE_URL", web_address, "http://127.0.0.1:5000")
        development = reader.read("DEVELOPMENT", boolean, "true" if demo else "false")
        if development and not demo and not stays_on_this_machine(base_url):
            raise BadSetting(f"DEVELOPMENT shows all mail to everybody, and BASE_URL is {base_url}, which others can reach. Leave it out.")
        database_url = reader.read("DATABASE_URL", database, f"sqlite:///{folder}/{'demo' if demo else 'lexapp'}.sqlite3")
        return cls(
            data_folder=folder,
            demo=demo,
            development=development,
            database_url=database_url,
            database_owner_url=reader.read("DATABASE_OWNER_URL", database, database_url),
            redis_url=reader.read("REDIS_URL", redis, "") or None,
            storage_url=reader.read("STORAGE_URL", storage, f"file://{folder}/storage"),
            mail_url=reader.read("MAIL_URL", mail, "smtp://127.0.0.1:1025"),
            mail_from=reader.read("MAIL_FROM", mailbox, "lexapp <billing@localhost>"),
            private_mail_servers=reader.read("PRIVATE_MAIL_SERVERS", boolean, str(database_url.startswith("sqlite")).lower()),
            secret_key=reader.secret(base_url),
            base_url=base_url,
            events_url=reader.read("EVENTS_URL", events_address, "") or None,
            trusted_proxies=reader.read("TRUSTED_PROXIES", whole_number(0, 10), "0"),
            session_lifetime_hours=reader.read("SESSION_LIFETIME_HOURS", whole_number(1, 720), "12"),
            metrics_token=reader.read("METRICS_TOKEN", metrics_token, ""),
            backup_url=reader.read("BACKUP_URL", backup_place, "") or None,
            backup_at=reader.read("BACKUP_AT", time_of_day, "02:30"),
            backup_keep_daily=reader.read("BACKUP_KEEP_DAILY", whole_number(1, 366), "7"),
            backup_keep_weekly=reader.read("BACKUP_KEEP_WEEKLY", whole_number(0, 520), "5"),
        )


class Reader:
    """Reads variables one by one and turns a parser's refusal into a sentence that begins with the variable's name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def read(self, name: str, parse: Callable[[str], Parsed], default: str) -> Parsed:
        value = self.text(name) or default
        try:
            return parse(value)
        except ValueError as error:
            raise BadSetting(f"{name} {error}") from error

    def text(self, name: str) -> str:
        """The value itself, or for the variables of FROM_FILE the content of the file that NAME_FILE points to."""
        path = self.environ.get(f"{name}_FILE", "").strip() if name in FROM_FILE else ""
        given = self.environ.get(name, "").strip()
        if not path:
            return given
        if given:
            raise BadSetting(f"{name} and {name}_FILE are both set; keep one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"{name}_FILE names {path}, which cannot be read ({error}).") from error

    def secret(self, base_url: str) -> str:
        key = self.read("SECRET_KEY", str, DEVELOPMENT_SECRET)
        if key == DEVELOPMENT_SECRET and not stays_on_this_machine(base_url):
            raise BadSetting(
                f"SECRET_KEY must be set (or SECRET_KEY_FILE) because BASE_URL is {base_url}, which others can reach; "
                "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if len(key) < SHORTEST_SECRET:
            raise BadSetting(f"SECRET_KEY has {len(key)} characters; it needs at least {SHORTEST_SECRET}, chosen at random.")
        return key


def boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"is {text!r}; write exactly true or false.")
    return text == "true"


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"is {text!r}; write a whole number from {lowest} to {highest}.")
        return int(text)

    return parse


def database(text: str) -> str:
    """A SQLAlchemy address: SQLite with an absolute path, or PostgreSQL through psycopg."""
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/") and ":memory:" not in rest:
        return f"sqlite:///{Path(rest.removeprefix('/')).absolute()}"
    if scheme in ("postgresql", "postgres", "postgresql+psycopg") and rest:
        return f"postgresql+psycopg://{rest}"
    raise ValueError("must look like sqlite:////var/lib/lexapp/lexapp.sqlite3 or postgresql://user:password@host/name.")


def redis(text: str) -> str:
    if text and not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix:// (leave it out to run jobs without Redis).")
    return text


def storage(text: str) -> str:
    parts = urlsplit(text)
    if (parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")) or (parts.scheme == "s3" and parts.netloc):
        return text
    raise ValueError(f"is {text!r}; it must look like file:///var/lib/lexapp/storage or s3://bucket/folder.")


def metrics_token(text: str) -> str:
    if text and len(text) < SHORTEST_SECRET:
        raise ValueError(f"has {len(text)} characters; it needs at least {SHORTEST_SECRET}, chosen at random.")
    return text


def backup_place(text: str) -> str:
    try:
        return storage(text) if text else ""
    except ValueError:
        raise ValueError(f"is {text!r}; it must look like file:///srv/backups or s3://bucket/folder.") from None


def time_of_day(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text, re.ASCII)
    if not found:
        raise ValueError(f"is {text!r}; write hours and minutes in UTC, such as 02:30.")
    return int(found[1]), int(found[2])


def mail(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname or not has_good_port(parts):
        raise ValueError("must look like smtp://host:port, smtps://user:password@host or smtp+starttls://user:password@host:587.")
    return text


def mailbox(text: str) -> str:
    _, address = parseaddr(text)
    if "@" not in address.strip("@") or not text.isprintable():
        raise ValueError(f"is {text!r}; it must look like Firm name <billing@firm.example>.")
    return text


def web_address(text: str) -> str:
    parts = urlsplit(text.rstrip("/"))
    reaches_a_host = parts.scheme in ("http", "https") and parts.hostname and has_good_port(parts)
    if not reaches_a_host or parts.path or parts.query or parts.fragment:
        raise ValueError(f"is {text!r}; it must be the scheme and host people type, such as https://billing.firm.example.")
    return text.rstrip("/")


def events_address(text: str) -> str:
    try:
        return web_address(text) if text else ""
    except ValueError:
        raise ValueError(
            f"is {text!r}; it must be the scheme and host where browsers reach lexapp events, usually that of BASE_URL."
        ) from None


def has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def stays_on_this_machine(base_url: str) -> bool:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return loopback and parts.scheme == "http"
