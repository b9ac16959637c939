"""Alive and ready: two addresses for whatever watches the process."""

from __future__ import annotations

from sqlalchemy import text

from tests.databases import Database
from tests.web.visitor import Visitor


def test_a_process_that_answers_is_alive(stranger: Visitor):
    answer = stranger.get("/health")
    assert (answer.status_code, answer.text, answer.headers["Cache-Control"]) == (200, "alive\n", "no-store")


def test_a_process_whose_tables_are_current_is_ready(stranger: Visitor):
    assert (stranger.get("/ready").status_code, stranger.get("/ready").text) == (200, "ready\n")


def test_a_process_whose_tables_are_of_another_version_is_not(stranger: Visitor, database: Database):
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
    assert answer.status_code == 503
    assert "run lexapp migrate" in answer.text
