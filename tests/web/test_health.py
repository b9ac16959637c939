"""Alive and ready: two addresses for whatever watches the process, tried with real failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from lexapp import create_app
from lexapp.cli.migrate import migrate
from lexapp.config import Settings
from lexapp.database import db
from lexapp.integrations import storage
from tests.client import CheckedClient
from tests.databases import Database
from tests.servers import OWNER_ROLE, PostgresCluster, RedisServer
from tests.web.visitor import Visitor

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
GOOD = {"database": "ok", "schema": "ok", "storage": "ok", "redis": "not used"}


@contextmanager
def application(**environ: str) -> Iterator[Flask]:
    """The application with settings of its own, in front of something that is going to fail."""
    made = create_app(Settings.from_environ(environ))
    made.test_client_class = CheckedClient
    yield made
    with made.app_context():
        for each in db.engines.values():
            each.dispose()


def test_a_process_that_answers_is_alive(stranger: Visitor):
    answer = stranger.get("/health")
    assert (answer.status_code, answer.json, answer.headers["Cache-Control"]) == (200, {"status": "alive"}, "no-store")


def test_a_process_with_everything_it_needs_is_ready(stranger: Visitor):
    answer = stranger.get("/ready")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "checks": GOOD})


def test_a_process_whose_tables_are_of_another_version_is_not_ready(stranger: Visitor, database: Database):
    with database.engine.connect() as connection:
        (revision,) = connection.execute(text("SELECT version_num FROM alembic_version")).one()
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        connection.commit()
    try:
        answer = stranger.get("/ready")
    finally:
        with database.engine.connect() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
            connection.commit()
    assert (answer.status_code, answer.json["status"], answer.json["checks"]["database"]) == (503, "not ready", "ok")
    assert "run lexapp migrate" in answer.json["checks"]["schema"]


@only_sqlite
def test_a_database_without_tables_is_not_ready(engine: str, tmp_path: Path):
    with application(DATA_FOLDER=str(tmp_path)) as app:
        answer = app.test_client().get("/ready")
    assert (answer.status_code, answer.json["checks"]["schema"]) == (503, "There are no tables yet: run lexapp migrate.")


@only_sqlite
def test_a_database_file_that_cannot_be_opened_is_said_by_page_and_probe(engine: str, tmp_path: Path):
    (tmp_path / "lexapp.sqlite3").mkdir()
    with application(DATA_FOLDER=str(tmp_path)) as app:
        look_at_both(app)


def test_a_server_that_stopped_is_said_by_page_and_probe_until_it_is_back(tmp_path: Path):
    cluster = PostgresCluster()
    try:
        cluster.create_database("gone")
        url, owner_url = cluster.url("gone"), cluster.url("gone", OWNER_ROLE)
        migrate(owner_url, url)
        with application(DATABASE_URL=url, DATABASE_OWNER_URL=owner_url, DATA_FOLDER=str(tmp_path)) as app:
            assert app.test_client().get("/ready").status_code == 200
            cluster.stop()
            look_at_both(app)
            cluster.start()
            assert app.test_client().get("/ready").status_code == 200
    finally:
        cluster.close()


def look_at_both(app: Flask) -> None:
    browser = app.test_client()
    probe = browser.get("/ready")
    assert (probe.status_code, probe.json["checks"]["database"]) == (503, "The database does not answer.")
    assert browser.get("/health").status_code == 200
    with browser.session_transaction() as kept:
        kept["token"] = "somebody who was signed in"
    page = browser.get("/matters")
    assert page.status_code == 503
    assert "The database does not answer" in page.text
    assert page.headers["X-Request-ID"] in page.text
    assert page.headers["Retry-After"] == "30"


@only_sqlite
def test_a_storage_that_cannot_be_written_is_not_ready(engine: str, stranger: Visitor, tmp_path: Path):
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var/storage").write_text("a file where the folder should be")
    answer = stranger.get("/ready")
    assert (answer.status_code, answer.json["checks"]["storage"]) == (503, "not writable (File exists)")


@only_sqlite
def test_a_full_disk_is_not_ready(engine: str, stranger: Visitor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage, "LEAST_FREE_BYTES", 2**62)
    answer = stranger.get("/ready")
    assert (answer.status_code, answer.json["checks"]["storage"]) == (503, "the disk is full")


@only_sqlite
def test_redis_may_be_away_and_that_is_said(engine: str, database: Database, running_redis: RedisServer, tmp_path: Path):
    given = {"DATABASE_URL": database.url, "DATA_FOLDER": str(tmp_path)}
    for url, said in ((running_redis.url, "ok"), (f"unix://{tmp_path}/nobody.sock", "does not answer; jobs are taken from the database")):
        with application(**given, REDIS_URL=url) as app:
            answer = app.test_client().get("/ready")
        assert (answer.status_code, answer.json["checks"]["redis"]) == (200, said)


@only_sqlite
def test_the_probe_tells_no_secret_and_asks_one_question(engine: str, stranger: Visitor, app: Flask):
    told = stranger.get("/ready").text
    settings = app.extensions["settings"]
    assert not any(secret in told for secret in (settings.database_url, settings.secret_key, str(settings.data_folder)))
