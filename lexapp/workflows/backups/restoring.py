"""Restoring: everything is unpacked, proved and brought to this version beside the installation, and only then takes its place."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from lexapp.domain.backups import Manifest
from lexapp.domain.errors import NotAllowed
from lexapp.integrations.archives import unpack
from lexapp.integrations.database_copies import open_copies
from lexapp.integrations.storage import Storage
from lexapp.services.backups import settle_restored
from lexapp.workflows.backups.installation import Installation
from lexapp.workflows.backups.proving import check_fits, fill_and_prove


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `kept_as` is where the database lies that was in use before, "" where there was none."""

    manifest: Manifest
    findings: tuple[str, ...]
    documents: int
    kept_as: str
    ended_sessions: int
    held_jobs: int


def restore_backup(installation: Installation, archive: Path, *, replace: bool, now: datetime) -> Restored:
    """Put the archive in the place of the installation. Raises Refused, with nothing changed, when it is damaged or something is there."""
    copies = open_copies(installation.owner_url)
    if not replace and not copies.is_empty():
        raise NotAllowed("There is a firm in this database already. Name an empty one with DATABASE_URL, or say --replace.")
    if users := copies.users():
        raise NotAllowed(f"{users}. Stop web, worker and scheduler, then restore again.")
    installation.data_folder.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=".restoring-", dir=installation.data_folder))
    try:
        manifest = unpack(archive, room, documents=True)
        check_fits(manifest, copies.engine)
        with copies.beside() as staged:
            findings = fill_and_prove(staged, manifest, room / copies.file_name, installation)
            documents = put_documents(installation.storage, room / "documents")
            sessions, jobs = _settle(staged.url, now)
            kept_as = staged.accept()
        return Restored(manifest, findings, documents, kept_as, sessions, jobs)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def put_documents(storage: Storage, folder: Path) -> int:
    """Put every document into storage; those that are there already stay as they are. Returns how many there were."""
    files = sorted(folder.glob("*/*/*"))
    for path in files:
        storage.put(path.read_bytes(), firm_id=int(path.parts[-3]))
    return len(files)


def _settle(url: str, now: datetime) -> tuple[int, int]:
    with Session(create_engine(url, poolclass=NullPool), autoflush=False) as session:
        return settle_restored(session, now=now)
