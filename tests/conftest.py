"""What every test may ask for: a clean database on each engine, the application on it, and real servers beside it.

A test that takes `engine`, or anything built on it (`database`, `session`, `settings`, `app`, `client`), runs once per database engine.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from lexapp.config import Settings
from tests.live import WebServer
from tests.servers import MailSink, PostgresCluster, RedisServer

if TYPE_CHECKING:
    from flask import Flask

    from tests.client import CheckedClient
    from tests.databases import Database, PostgresDatabase, SqliteDatabase
    from tests.s3_server import S3Server

ENGINES = ("sqlite", "postgresql")

gc.set_threshold(20_000, 20, 50)  # tests make much that goes at once; looking for cycles after every 700 objects costs a third of the time


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engines", default=",".join(ENGINES), help="database engines to test on, separated by commas")
    parser.addoption(
        "--year", action="store_true", help="also what takes a whole seeded year, minutes on each engine, and more of what is killed"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen_by_test = any("engine" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "engine" in metafunc.fixturenames and not chosen_by_test:
        metafunc.parametrize("engine", metafunc.config.getoption("--engines").split(","), indirect=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what names an engine that is not asked for, and what takes a year unless it is."""
    wanted = {*config.getoption("--engines").split(","), None}
    engines = {item: item.callspec.params.get("engine") if hasattr(item, "callspec") else None for item in items}
    too_long = {item for item in items if item.get_closest_marker("year") and not config.getoption("--year")}
    chosen = [item for item in items if engines[item] in wanted and item not in too_long]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


# ── servers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """PostgreSQL without fsync: quick, and lost with the machine."""
    cluster = PostgresCluster()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresCluster]:
    """PostgreSQL as in production, for tests that kill it."""
    cluster = PostgresCluster(durable=True)
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def running_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def redis_server(running_redis: RedisServer) -> RedisServer:
    """A running, empty redis-server."""
    with running_redis.connect() as connection:
        connection.flushall()
    return running_redis


@pytest.fixture(scope="session")
def running_mail_sink() -> Iterator[MailSink]:
    sink = MailSink()
    yield sink
    sink.close()


@pytest.fixture
def mail_sink(running_mail_sink: MailSink) -> MailSink:
    """A running SMTP server that has received nothing yet."""
    running_mail_sink.clear()
    return running_mail_sink


@pytest.fixture(scope="session")
def running_s3() -> Iterator[S3Server]:
    from tests.s3_server import s3_server

    with s3_server() as server:
        yield server


@pytest.fixture
def s3(running_s3: S3Server) -> S3Server:
    """A running S3 server with one empty bucket."""
    running_s3.clear()
    return running_s3


# ── databases ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def sqlite_database() -> Iterator[SqliteDatabase]:
    from tests.databases import SqliteDatabase

    made = SqliteDatabase.in_memory_disk()
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgresql_database(postgres: PostgresCluster) -> Iterator[PostgresDatabase]:
    from tests.databases import PostgresDatabase

    made = PostgresDatabase(postgres, "lexapp")
    yield made
    made.close()


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest) -> Database:
    """A migrated database with no rows of an earlier test in it."""
    found: Database = request.getfixturevalue(f"{engine}_database")
    found.clean()
    return found


@pytest.fixture
def database_url(database: Database) -> str:
    return database.url


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A plain session as services and queries take it, outside any Flask context."""
    with Session(database.engine, autoflush=False) as opened:
        yield opened


# ── the application ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def environ(database: Database, tmp_path: Path) -> dict[str, str]:
    """The environment in which a child process finds this test's database and folders."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database.url,
        "DATABASE_OWNER_URL": database.owner_url,
        "DATA_FOLDER": str(tmp_path / "var"),
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.from_environ(environ)


@pytest.fixture
def app(settings: Settings, database: Database) -> Iterator[Flask]:
    """The web application on this test's database, past its set-up (which tests/web/test_set_up.py is about)."""
    from lexapp.database import db
    from lexapp.web.set_up import FIRM_IS_THERE
    from tests.applications import make_app
    from tests.client import CheckedClient

    application = make_app(settings)
    application.testing = True
    application.extensions[FIRM_IS_THERE] = True
    application.test_client_class = CheckedClient
    yield application
    with application.app_context():
        for each in db.engines.values():
            if each.dialect.name == "sqlite":  # the next test has another file
                each.dispose()


@pytest.fixture
def client(app: Flask) -> CheckedClient:
    """A browser that refuses malformed HTML."""
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def web_server(environ: dict[str, str]) -> Iterator[WebServer]:
    """The application on this test's database, served by gunicorn until the test ends.

    A test that reads through `session` ends that read (`session.rollback()`) before the server writes: on SQLite an open read
    holds writers up.
    """
    server = WebServer(environ)
    yield server
    server.close()
