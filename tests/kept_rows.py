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
    """Copies of all tables in a schema of their own. The place in the write-ahead log says cheaply whether anybody wrote, and the number
    of rows and the newest transaction that left one say in which tables."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.superuser = database.superuser
        self.superuser.execute("CREATE SCHEMA kept")
        for table in TABLES:
            self.superuser.execute(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"'.encode())
            self.superuser.execute(f'ALTER TABLE kept."{table}" ADD PRIMARY KEY (id)'.encode())
        self.digests = {table: self._digest(table) for table in TABLES}
        self.marks, self.place, self.found = self._marks(), self._place(), list[str]()

    def changed(self) -> list[str]:
        if self._place() != self.place:
            now = self._marks()
            written = [table for table in TABLES if now[table] != self.marks[table]]
            self.found = [table for table in written if self._digest(table) != self.digests[table]]
            self.marks |= {table: now[table] for table in written if table not in self.found}
            self.place = self._place()
        return self.found

    def restore(self) -> None:
        if not self.changed():
            return
        with self.superuser.transaction():
            self.superuser.execute("SET LOCAL session_replication_role = replica")
            self.superuser.execute("SET LOCAL lock_timeout = '10s'")
            for table in self.found:
                self._bring_back(table)
        self.marks, self.place, self.found = self._marks(), self._place(), []

    def rows(self, table: str) -> list[dict[str, object]]:
        return _named(self.superuser.execute(f'SELECT * FROM public."{table}"'.encode()))

    def _bring_back(self, table: str) -> None:
        """Take away what was written since, and put in what is missing."""
        _, newest = self.marks[table]
        self.superuser.execute(f'DELETE FROM public."{table}" WHERE xmin::text::bigint > %s'.encode(), [newest])
        missing = f'NOT EXISTS (SELECT FROM public."{table}" t WHERE t.id = kept.id)'
        self.superuser.execute(f'INSERT INTO public."{table}" SELECT * FROM kept."{table}" kept WHERE {missing}'.encode())

    def _place(self) -> object:
        return self._one("SELECT pg_current_wal_insert_lsn()::text")

    def _one(self, query: str) -> object:
        row = self.superuser.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def _marks(self) -> dict[str, tuple[int, int]]:
        mark = "SELECT '{0}', count(*), coalesce(max(xmin::text::bigint), 0) FROM public.\"{0}\""
        rows: Any = self.superuser.execute(" UNION ALL ".join(map(mark.format, TABLES)).encode()).fetchall()
        return {table: (count, newest) for table, count, newest in rows}

    def _digest(self, table: str) -> object:
        return self._one(f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM public.\"{table}\" t")


def _named(cursor: Any) -> list[dict[str, object]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def watch(database: Database) -> Watch:
    """Begin to watch a database."""
    if isinstance(database, PostgresDatabase):
        return PostgresWatch(database)
    assert isinstance(database, SqliteDatabase)
    return SqliteWatch(database)
