"""`lexapp backup`: the whole installation in one file that proves itself."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lexapp.cli.books import open_books
from lexapp.config import Settings
from lexapp.domain.backups import archive_name
from lexapp.domain.errors import InvalidInput
from lexapp.integrations.backup_places import open_backup_place
from lexapp.workflows.backups import Installation, Proof, Written, installation_of, prove_archive, take_backup
from lexapp.workflows.backups.scheduled import note_backup
from lexapp.workflows.backups.taking import unfinished


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Write nothing: prove the backup FILE.")
def command(file: Path | None, verify: bool) -> None:
    """Write a backup of database and documents to FILE, by default into BACKUP_URL; exit status 1 when it holds findings.

    It is taken while others work, read back, and restored into a scratch database before it gets its name.
    """
    settings = Settings.from_environ(os.environ)
    installation = installation_of(settings)
    if verify:
        _report(_prove(installation, file), "holds")
        return
    open_books(settings).dispose()
    now = datetime.now(UTC)
    place = open_backup_place(installation.plan.url if installation.plan else _own_folder(installation), installation.data_folder)
    written = take_backup(installation, (file or place.room / archive_name(now)).absolute(), now=now)
    if file is None:
        place.keep(written.path)
    _note(installation, written, str(written.path.parent) if file else place.shown)
    click.echo(f"{written.path} ({written.size_bytes / 1_000_000:.1f} MB) in {written.seconds:.1f} s.")
    _report(written.proof, "holds")


def _own_folder(installation: Installation) -> str:
    return (installation.data_folder / "backups").as_uri()


def _prove(installation: Installation, file: Path | None) -> Proof:
    if file is None or not file.is_file():
        raise InvalidInput("Name the backup to prove: lexapp backup --verify FILE.")
    with unfinished(file.absolute().parent) as room:
        return prove_archive(installation, file, room)


def _note(installation: Installation, written: Written, place: str) -> None:
    if written.proof.findings:
        return
    engine = create_engine(installation.database_url)
    with closing(Session(engine, autoflush=False)) as session:
        note_backup(session, written, place, datetime.now(UTC))
    engine.dispose()


def _report(proof: Proof, verb: str) -> None:
    manifest = proof.manifest
    facts = f"{proof.rows} rows in {len(manifest.tables)} tables and {proof.documents} documents"
    click.echo(f"It {verb} {facts} of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC, {manifest.engine}, revision {manifest.revision}.")
    if proof.unproved:
        click.echo(proof.unproved)
    elif not proof.findings:
        click.echo("Every member equals its hash, it restores, and its books prove themselves.")
    for finding in proof.findings:
        click.echo(f"  {finding}")
    sys.exit(1 if proof.findings else 0)
