"""`lexapp migrate`: bring a database to the newest revision."""

from __future__ import annotations

import os

import click

from lexapp.config import Settings
from lexapp.integrations.migrations import migrate

__all__ = ["command", "migrate"]


@click.command()
def command() -> None:
    """Create or upgrade the tables."""
    settings = Settings.from_environ(os.environ)
    migrate(settings.database_owner_url, settings.database_url)
