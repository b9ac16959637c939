"""`lexapp migrate`: bring a database to the newest revision."""

from __future__ import annotations

import os
from pathlib import Path

import click
from alembic import command as alembic
from alembic.config import Config

from lexapp.config import Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def migrate(owner_url: str, database_url: str | None = None) -> None:
    """Upgrade to head and install the walls. `database_url` names the application's role on PostgreSQL.

    A SQLite file's folder is made when it is missing.
    """
    scheme, _, path = owner_url.partition(":///")
    if scheme == "sqlite":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    config = Config(str(MIGRATIONS / "alembic.ini"))
    config.attributes["owner_url"] = owner_url
    config.attributes["database_url"] = database_url or owner_url
    alembic.upgrade(config, "head")


@click.command()
def command() -> None:
    """Create or upgrade the tables."""
    settings = Settings.from_environ(os.environ)
    migrate(settings.database_owner_url, settings.database_url)
