"""What a database holds, read beside the application: did anything change, what did, and back to how it was."""

from __future__ import annotations

import sqlite3
from typing import Any, Protocol

from lexapp.database import Base
from tests.databases import Database, PostgresDatabase, SqliteDatabase

TABLES = sorted(Base.metadata.tables)


class Watch(Protocol):
    """The rows as they were when the watch began."""

    def changed(self) -> list[str]:
        """The tables that are not as they were."""

    def restore(self) -> None:
        """Bring every table back."""

    def rows(self, table: str) -> list[dict[str, object]]:
        """The rows of a table as they are now."""


class SqliteWatch:
    """`PRAGMA data_version` says cheaply whether another connection has written at all."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.connection = sqlite3.connect(database.path, isolation_level=None)
        self.kept = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.backup(self.kept)
        self.before = {table: self._all(table) for table in TABLES}
        self.version, self.found = self._version(), list[str]()

    def changed(self) -> list[str]:
        if self._version() != self.version:
            self.version, self.found = self._version(), [table for table in TABLES if self._all(table) != self.before[table]]
        return self.found

    def restore(self) -> None:
        if self.found or self._version() != self.version:
            self.kept.backup(self.connection)
            self.version, self.found = self._version(), []

    def rows(self, table: str) -> list[dict[str, object]]:
        return _named(self.connection.execute(f'SELECT * FROM "{table}"'))

    def _version(self) -> int:
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def _all(self, table: str) -> list[tuple[object, ...]]:
        return self.connection.execute(f'SELECT * FROM "{table}" ORDER BY id').fetchall()


class PostgresWatch:
    """Copies of all tables in a schema of their own; the place in the write-ahead log says cheaply whether anybody wrote."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.superuser = database.superuser
        self.superuser.execute("CREATE SCHEMA kept")
        for table in TABLES:
            self.superuser.execute(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"'.encode())
        self.digests = self._digests()
        self.place, self.found = self._place(), list[str]()

    def changed(self) -> list[str]:
        if self._place() != self.place:
            now = self._digests()
            self.place, self.found = self._place(), [table for table in TABLES if now[table] != self.digests[table]]
        return self.found

    def restore(self) -> None:
        if not self.changed():
            return
        with self.superuser.transaction():
            self.superuser.execute("SET LOCAL session_replication_role = replica")
            self.superuser.execute("SET LOCAL lock_timeout = '10s'")
            for table in self.found:
                self.superuser.execute(f'DELETE FROM public."{table}"'.encode())
                self.superuser.execute(f'INSERT INTO public."{table}" SELECT * FROM kept."{table}"'.encode())
        self.place, self.found = self._place(), []

    def rows(self, table: str) -> list[dict[str, object]]:
        return _named(self.superuser.execute(f'SELECT * FROM public."{table}"'.encode()))

    def _place(self) -> object:
        return self._one("SELECT pg_current_wal_insert_lsn()::text")

    def _one(self, query: str) -> object:
        row = self.superuser.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def _digests(self) -> dict[str, str]:
        digest = "SELECT '{0}', md5(string_agg(t::text, '|' ORDER BY id)) FROM public.\"{0}\" t"
        return dict(self.superuser.execute(" UNION ALL ".join(map(digest.format, TABLES)).encode()).fetchall())


def _named(cursor: Any) -> list[dict[str, object]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def watch(database: Database) -> Watch:
    """Begin to watch a database."""
    if isinstance(database, PostgresDatabase):
        return PostgresWatch(database)
    assert isinstance(database, SqliteDatabase)
    return SqliteWatch(database)
