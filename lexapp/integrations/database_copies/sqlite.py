"""SQLite: copies by the online backup API, never by reading the file, which may be in the middle of a change."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from lexapp.domain.errors import NotAllowed, NotFound, Refused
from lexapp.integrations.database_copies.copies import Taken

_WAIT_SECONDS = 30.0
_COMPANIONS = ("-journal", "-wal", "-shm")


class SqliteCopies:
    """Copies of one SQLite file."""

    engine = "sqlite"
    file_name = "database.sqlite3"

    def __init__(self, owner_url: str) -> None:
        self.path = Path(owner_url.removeprefix("sqlite:///"))

    def version(self) -> str:
        return sqlite3.sqlite_version

    @contextmanager
    def take(self, folder: Path) -> Iterator[Taken]:
        if not self.path.is_file():
            raise NotFound(f"There is no database at {self.path}. Set DATABASE_URL to the one to back up.")
        copy = folder / self.file_name
        try:
            with closing(_open(self.path)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        except sqlite3.Error as error:
            raise Refused(f"SQLite could not copy {self.path} to {folder}: {error}.") from error
        engine = create_engine(f"sqlite:///{copy}", poolclass=NullPool)
        with Session(engine, autoflush=False) as session:
            yield Taken(copy, session)

    @contextmanager
    def scratch(self, folder: Path) -> Iterator[SqliteStaged]:
        yield SqliteStaged(folder / "scratch.sqlite3", None)

    @contextmanager
    def beside(self) -> Iterator[SqliteStaged]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".restoring-", dir=self.path.parent))
        try:
            yield SqliteStaged(folder / self.path.name, self.path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def is_empty(self) -> bool:
        if not self.path.is_file():
            return True
        with closing(_open(self.path)) as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'firms'").fetchone()
            return not known or not connection.execute("SELECT 1 FROM firms LIMIT 1").fetchone()

    def users(self) -> str:
        found = processes_with(self.path) if self.path.exists() else []
        return f"{self.path} is open in {len(found)} other processes ({', '.join(map(str, found))})" if found else ""


class SqliteStaged:
    """A file that may be renamed over the one in use."""

    def __init__(self, path: Path, in_use: Path | None) -> None:
        self.path, self.in_use = path, in_use
        self.url = f"sqlite:///{path}"

    def fill(self, source: Path) -> None:
        shutil.move(source, self.path)

    def problems(self) -> list[str]:
        with closing(_open(self.path)) as connection:
            damage = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(10)") if line != "ok"]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(10)
        return damage + [f"Row {row} of {table} points to a row of {parent} that is not there." for table, row, parent, _ in orphans]

    def accept(self) -> str:
        if self.in_use is None:
            raise NotAllowed("A scratch database cannot take the place of the one in use.")
        _take_owner(self.path, self.in_use if self.in_use.exists() else self.in_use.parent)
        kept = _set_aside(self.in_use)
        os.replace(self.path, self.in_use)
        _flush(self.in_use)
        _flush(self.in_use.parent)
        return str(kept or "")


def _take_owner(path: Path, like: Path) -> None:
    """Whoever restores, the file belongs to whoever the application runs as."""
    wanted = like.stat()
    if os.geteuid() == 0:
        os.chown(path, wanted.st_uid, wanted.st_gid)
    os.chmod(path, wanted.st_mode & 0o666)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT_SECONDS)


def _set_aside(path: Path) -> Path | None:
    """Rename the database in use with its journal: left behind, the journal would be played into the one that follows."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    for companion in _COMPANIONS:
        if (journal := path.with_name(path.name + companion)).exists():
            os.replace(journal, kept.with_name(kept.name + companion))
    os.replace(path, kept)
    return kept


def processes_with(path: Path) -> list[int]:
    """Ids of the other processes that have this file open, as far as /proc tells (nothing where there is no /proc)."""
    wanted, found = path.resolve(), set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.readlink() == wanted:
                found.add(int(link.parts[2]))
        except OSError:
            continue
    return sorted(found - {os.getpid()})


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
