"""`lexapp restore`: a backup takes the place of the installation."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from lexapp.config import Settings
from lexapp.workflows.backups import installation_of, restore_backup


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where there is a firm already; its database is kept under another name.")
def command(file: Path, replace: bool) -> None:
    """Restore the backup FILE; exit status 1 when its books do not prove themselves. Stop web, worker and scheduler before."""
    restored = restore_backup(installation_of(Settings.from_environ(os.environ)), file, replace=replace, now=datetime.now(UTC))
    manifest = restored.manifest
    rows = sum(manifest.tables.values())
    click.echo(f"Restored {rows} rows and {restored.documents} documents as of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC.")
    if restored.kept_as:
        click.echo(f"The database that was in use is kept as {restored.kept_as}; delete it when you are sure.")
    click.echo(f"Everybody signs in again ({restored.ended_sessions} sessions ended).")
    if restored.held_jobs:
        click.echo(f"{restored.held_jobs} mails and other jobs that were waiting are held back: look at them on the page Jobs.")
    for finding in restored.findings:
        click.echo(f"  {finding}")
    sys.exit(1 if restored.findings else 0)
