"""`lexapp migrate`: bring the database to the newest revision."""

from __future__ import annotations

import os
from pathlib import Path

import click

from lexapp.config import Settings


@click.command()
def command() -> None:
    """Create or upgrade the tables."""
    bring_up_to_date(Settings.from_environ(os.environ))


def bring_up_to_date(settings: Settings) -> None:
    """Migrate as the owner of the tables; a SQLite file and its folder are made when they are missing."""
    from lexapp.migrating import migrate

    scheme, _, path = settings.database_owner_url.partition(":///")
    if scheme == "sqlite":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_owner_url, settings.database_url)
