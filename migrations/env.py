"""Runs the migrations on the owner's connection, then installs the walls again.

On SQLite foreign keys are off while tables are rebuilt and checked before the commit.
"""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, make_url

import lexapp.models  # noqa: F401  registers every table
from lexapp.config import Settings
from lexapp.database import Base
from lexapp.models.walls import install_walls


def addresses() -> tuple[str, str]:
    """(owner's database URL, application's database URL)."""
    given: dict[str, Any] = context.config.attributes
    if "owner_url" in given:
        return given["owner_url"], given.get("database_url", given["owner_url"])
    settings = Settings.from_environ(os.environ)
    return settings.database_owner_url, settings.database_url


def application_role(owner_url: str, url: str) -> str | None:
    role = make_url(url).username
    return role if role != make_url(owner_url).username else None


def migrate(connection: Connection, role: str | None) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        install_walls(connection, role)
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration left rows that point nowhere: {broken[:5]}")


def run() -> None:
    owner_url, url = addresses()
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys = OFF")
        migrate(connection, application_role(owner_url, url))
        connection.commit()


run()
