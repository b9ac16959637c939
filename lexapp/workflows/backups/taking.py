"""Taking a backup: the database as of one instant, then every document, then proof, and only then its name.

Documents are content-addressed and never removed, so those of a later moment hold all that the database of an earlier one names.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lexapp.domain.backups import Manifest
from lexapp.domain.errors import NotAllowed, Refused
from lexapp.integrations.archives import ArchiveWriter, writing
from lexapp.integrations.database_copies import Copies, open_copies
from lexapp.integrations.storage import Storage, StorageError
from lexapp.queries.backups import firm_ids, journal_heads, named_documents, row_counts, schema_revision
from lexapp.workflows.backups.installation import Installation
from lexapp.workflows.backups.proving import Proof, prove_archive

UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Written:
    """A backup under its own name, with what was found when it was read back."""

    path: Path
    size_bytes: int
    proof: Proof
    seconds: float


def take_backup(installation: Installation, target: Path, *, now: datetime) -> Written:
    """Write, prove and then name a backup. Whatever stops it, `target` is whole or not there.

    Raises Refused when it cannot be taken or does not prove itself.
    """
    began = time.monotonic()
    if target.exists():
        raise NotAllowed(f"{target} exists already. Name a file that does not.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with unfinished(target.parent) as room:
            archive = room / target.name
            _write(installation, archive, now)
            proof = prove_archive(installation, archive, room)
            os.replace(archive, target)
            _flush_folder(target.parent)
    except OSError as error:
        raise Refused(f"{target} could not be written: {error}. Nothing of it is left.") from error
    return Written(target, target.stat().st_size, proof, time.monotonic() - began)


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A room of its own for one backup at a time; what a killed one left in the folder goes first."""
    with (folder / ".lexapp-backup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NotAllowed(f"Another backup is being written into {folder} just now. Wait until it is done.") from None
        for left in folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        room = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


def _write(installation: Installation, archive: Path, now: datetime) -> None:
    copies = open_copies(installation.owner_url)
    with copies.take(archive.parent) as taken:
        firms, named = firm_ids(taken.session), named_documents(taken.session)
        counts, heads, revision = row_counts(taken.session), journal_heads(taken.session), schema_revision(taken.session)
    with writing(archive) as writer:
        writer.add_file(copies.file_name, taken.path)
        taken.path.unlink()
        lost = _add_documents(writer, installation.storage, firms, named)
        writer.finish(_manifest(copies, now, revision=revision, tables=counts, heads=heads, lost=lost))


def _manifest(
    copies: Copies, now: datetime, *, revision: str, tables: Mapping[str, int], heads: Mapping[str, str], lost: tuple[str, ...]
) -> Manifest:
    return Manifest(
        engine=copies.engine,
        engine_version=copies.version(),
        lexapp_version=own_version(),
        revision=revision,
        taken_at=now,
        tables=tables,
        heads=heads,
        lost=lost,
        members={},
    )


def _add_documents(writer: ArchiveWriter, storage: Storage, firms: list[int], named: Mapping[tuple[int, str], str]) -> tuple[str, ...]:
    """Every file of every firm; returns those that are missing or damaged in storage already, for the manifest."""
    lost = []
    for firm_id in firms:
        for digest in sorted(storage.digests(firm_id=firm_id) | {digest for firm, digest in named if firm == firm_id}):
            try:
                writer.add_bytes(member_name(firm_id, digest), storage.get(digest, firm_id=firm_id))
            except StorageError as error:
                lost.append(f"{named.get((firm_id, digest), 'a file that nothing names')}: {error}")
    return tuple(lost)


def member_name(firm_id: int, digest: str) -> str:
    """Where a document lies in the archive."""
    return f"documents/{firm_id}/{digest[:2]}/{digest}"


def own_version() -> str:
    try:
        return version("lexapp")
    except PackageNotFoundError:
        return "unpacked"


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
