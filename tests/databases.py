"""A clean, migrated database for every test, quickly, on either engine.

Each is migrated once per test process. Before a test a fresh copy takes the place of the SQLite file (a connection that the last
test left open keeps the old one); PostgreSQL loses the rows that the last test left, as the superuser and with triggers off, because
the tables refuse deletion to everyone else. A server process that a test starts must therefore end with that test.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from lexapp.cli.migrate import migrate
from tests.servers import OWNER_ROLE, PostgresCluster

MEMORY_DISK = Path("/dev/shm")

END_TRANSACTIONS_LEFT_OPEN = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
"""

# In the session of whoever cleans, which plans its statements once. The tables refuse deletion to everyone else.
DELETE_WHAT_TESTS_LEFT = """
CREATE FUNCTION pg_temp.delete_what_tests_left() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
BEGIN
{statements}
END $$
"""


@event.listens_for(Engine, "connect")
def answer_backwards_where_no_order_was_asked(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    """Rows come in any order where a query asks for none; PostgreSQL changes it from time to time, SQLite here always."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = 1")


class Database(Protocol):
    """One migrated database: its address for the application, its address for the owner of its tables, an engine for the former."""

    url: str
    owner_url: str
    engine: Engine

    def clean(self) -> None:
        """Bring it back to what the migrations left."""

    def close(self) -> None: ...


@dataclass
class SqliteDatabase:
    folder: Path
    url: str = field(init=False)
    owner_url: str = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.folder / "lexapp.sqlite3"
        self.template = self.folder / "template.sqlite3"
        self.url = self.owner_url = f"sqlite:///{self.path}"
        migrate(self.url)
        shutil.copy(self.path, self.template)
        self.engine = create_engine(self.url)

    def clean(self) -> None:
        self.engine.dispose()
        for leftover in self.folder.glob(f"{self.path.name}-*"):
            leftover.unlink()
        shutil.copy(self.template, fresh := self.folder / "fresh.sqlite3")
        fresh.replace(self.path)

    def close(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    @classmethod
    def in_memory_disk(cls) -> SqliteDatabase:
        """A file where fsync costs nothing, for tests that do not ask what survives a power cut."""
        where = MEMORY_DISK if MEMORY_DISK.is_dir() else None
        return cls(Path(tempfile.mkdtemp(prefix="lexapp-sqlite-", dir=where)))


@dataclass
class PostgresDatabase:
    cluster: PostgresCluster
    name: str
    url: str = field(init=False)
    owner_url: str = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.cluster.drop_database(self.name)  # a module whose tests another came between sets itself up twice
        self.cluster.create_database(self.name)
        self.url = self.cluster.url(self.name)
        self.owner_url = self.cluster.url(self.name, OWNER_ROLE)
        migrate(self.owner_url, self.url)
        self.engine = create_engine(self.url, pool_pre_ping=True)
        self.superuser = self.cluster.connect(self.name)
        self._learn_to_clean()

    def clean(self) -> None:
        """Connections of the engine stay: each knows the tables by now."""
        self.superuser.execute(END_TRANSACTIONS_LEFT_OPEN)
        self.superuser.execute("SELECT pg_temp.delete_what_tests_left()")

    def close(self) -> None:
        self.engine.dispose()
        self.superuser.close()

    def _learn_to_clean(self) -> None:
        empty = [name for name in self._names("SELECT quote_ident(tablename) FROM pg_tables WHERE {ours}") if not self._has_rows(name)]
        starts = self._names("SELECT format('%L, %s', quote_ident(sequencename), start_value) FROM pg_sequences WHERE {ours}")
        statements = [f"IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name}; END IF;" for name in empty]
        statements += [f"PERFORM setval({start}, false);" for start in starts]
        self.superuser.execute("SET lock_timeout = '10s'")
        self.superuser.execute(DELETE_WHAT_TESTS_LEFT.format(statements="\n".join(statements)).encode())

    def _names(self, query: str) -> list[str]:
        return [str(name) for (name,) in self.superuser.execute(query.format(ours="schemaname = 'public'").encode())]

    def _has_rows(self, table: str) -> bool:
        row = self.superuser.execute(f"SELECT EXISTS (SELECT FROM {table})".encode()).fetchone()
        return row is not None and bool(row[0])
