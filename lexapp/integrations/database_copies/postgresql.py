"""PostgreSQL: pg_dump and pg_restore on one exported snapshot; a restored database takes the place of the other by renaming."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from lexapp.database import see_every_firm
from lexapp.domain.backups import BadArchive
from lexapp.domain.errors import NotAllowed
from lexapp.integrations.database_copies.copies import Taken
from lexapp.integrations.database_copies.programs import program, run_program

LONGEST_NAME = 63
LOCK_SECONDS = 20
SEE_EVERY_FIRM = "-c app.every_firm=on -c app.firm_id=0"
# The walls are installed afresh after a restore; the roles they name may be called differently there.
_LEFT_OUT = re.compile(r"^\d+; \d+ \d+ (?:POLICY|ROW SECURITY|COMMENT) ")


class PostgresCopies:
    """Copies of one PostgreSQL database."""

    engine = "postgresql"
    file_name = "database.dump"

    def __init__(self, owner_url: str) -> None:
        self.url = make_url(owner_url)

    def version(self) -> str:
        with _connection(self.url) as connection:
            return str(connection.exec_driver_sql("SHOW server_version").scalar())

    @cached_property
    def major(self) -> int:
        """The server's major version, asked where it can be asked even when the database itself is not there yet."""
        with _connection(self._elsewhere) as connection:
            return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000

    @contextmanager
    def take(self, folder: Path) -> Iterator[Taken]:
        copy = folder / self.file_name
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="REPEATABLE READ")
        with Session(engine, autoflush=False) as session:
            see_every_firm(session)
            snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
            dump = [program("pg_dump", self.major), "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
            run_program([*dump, "--enable-row-security", f"--snapshot={snapshot}", f"--file={copy}"], self.url, SEE_EVERY_FIRM)
            yield Taken(copy, session)

    @contextmanager
    def scratch(self, folder: Path) -> Iterator[PostgresStaged]:  # noqa: ARG002 - the server keeps its own files
        with self._another("_scratch") as name:
            yield PostgresStaged(self, name, may_be_accepted=False)

    @contextmanager
    def beside(self) -> Iterator[PostgresStaged]:
        with self._another("_restored") as name:
            yield PostgresStaged(self, name, may_be_accepted=True)

    def is_empty(self) -> bool:
        with self.elsewhere() as connection:
            if not _exists(connection, str(self.url.database)):
                return True
        with _connection(self.url) as connection:
            known = connection.exec_driver_sql("SELECT to_regclass('public.firms')").scalar()
            return known is None or connection.exec_driver_sql("SELECT 1 FROM firms LIMIT 1").scalar() is None

    def users(self) -> str:
        query = text("SELECT count(*), min(usename) FROM pg_stat_activity WHERE datname = :name")
        with self.elsewhere() as connection:
            number, name = connection.execute(query, {"name": self.url.database}).one()
        return f"The database {self.url.database} has {number} open connections (of {name} and perhaps others)" if number else ""

    @property
    def _elsewhere(self) -> URL:
        return self.url.set(database="postgres")

    @contextmanager
    def elsewhere(self) -> Iterator[Connection]:
        """A connection in autocommit mode from which databases are made and renamed."""
        with _connection(self._elsewhere, "AUTOCOMMIT") as connection:
            yield connection

    @contextmanager
    def _another(self, suffix: str) -> Iterator[str]:
        """A new, empty database, dropped at the end. One at a time of each kind; what a killed one left is dropped first."""
        name = f"{str(self.url.database)[: LONGEST_NAME - len(suffix)]}{suffix}"
        with self.elsewhere() as connection:
            _lock(connection, name)
            self._create(connection, name)
            try:
                yield name
            finally:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {_quoted(connection, name)} WITH (FORCE)")

    def _create(self, connection: Connection, name: str) -> None:
        quoted = _quoted(connection, name)
        try:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
            connection.exec_driver_sql(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'{self._collation(connection)}")
        except ProgrammingError as error:
            role = connection.exec_driver_sql("SELECT quote_ident(current_user)").scalar()
            advice = f"Let it: ALTER ROLE {role} CREATEDB; or give DATABASE_OWNER_URL a role that may."
            raise NotAllowed(f"The role {role} may not make the database {name} to restore into. {advice}") from error

    def _collation(self, connection: Connection) -> str:
        query = text("SELECT quote_literal(datcollate), quote_literal(datctype) FROM pg_database WHERE datname = :name")
        found = connection.execute(query, {"name": self.url.database}).one_or_none()
        return f" LC_COLLATE {found[0]} LC_CTYPE {found[1]}" if found else ""


class PostgresStaged:
    """A database of its own on the same server."""

    def __init__(self, copies: PostgresCopies, name: str, *, may_be_accepted: bool) -> None:
        self.copies, self.name, self.may_be_accepted = copies, name, may_be_accepted
        self._url = copies.url.set(database=name)
        self.url = self._url.render_as_string(hide_password=False)

    def fill(self, source: Path) -> None:
        restore = program("pg_restore", self.copies.major)
        listing = source.with_name("contents.list")
        contents = run_listing(restore, source)
        listing.write_text("\n".join(line for line in contents.splitlines() if not _LEFT_OUT.match(line)) + "\n")
        options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", f"--use-list={listing}"]
        run_program([restore, *options, str(source)], self._url)

    def problems(self) -> list[str]:
        """Restoring checked every constraint and built every index anew; there is nothing left to ask."""
        return []

    def accept(self) -> str:
        if not self.may_be_accepted:
            raise NotAllowed("A scratch database cannot take the place of the one in use.")
        old = str(self.copies.url.database)
        kept = f"{old[: LONGEST_NAME - 31]}_before_restore_{datetime.now(UTC):%Y%m%d%H%M%S}"
        with self.copies.elsewhere() as connection:
            exists = _exists(connection, old)
            renames = [(old, kept)] if exists else []
            try:
                connection.exec_driver_sql("BEGIN")
                for source, target in [*renames, (self.name, old)]:
                    connection.exec_driver_sql(f"ALTER DATABASE {_quoted(connection, source)} RENAME TO {_quoted(connection, target)}")
                connection.exec_driver_sql("COMMIT")
            except (OperationalError, ProgrammingError) as error:
                connection.exec_driver_sql("ROLLBACK")
                raise NotAllowed(f"{old} cannot be replaced: {error.orig}. Stop web, worker and scheduler, then restore again.") from error
        return kept if exists else ""


def _lock(connection: Connection, name: str) -> None:
    """Wait a little: the server may not have noticed yet that the one before was killed."""
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    try:
        connection.execute(text("SELECT pg_advisory_lock(hashtext(:name))"), {"name": name})
    except OperationalError as error:
        raise NotAllowed(f"Another backup or restore works in the database {name} just now. Wait until it is done.") from error


def run_listing(restore: str, source: Path) -> str:
    """What a dump contains, a line each. Reading it needs no server."""
    ran = subprocess.run([restore, "--list", str(source)], capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode != 0:
        raise BadArchive(f"{source.name} cannot be read by pg_restore: {' '.join(ran.stderr.split())[:500]}")
    return ran.stdout


@contextmanager
def _connection(url: URL, isolation: str = "READ COMMITTED") -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool, isolation_level=isolation)
    with engine.connect() as connection:
        yield connection


def _exists(connection: Connection, name: str) -> bool:
    return connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar() is not None


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
