"""The SQLAlchemy base, transactions, engine settings, column types and firm scoping.

The only module below `web` that knows Flask-SQLAlchemy. Everything else takes a plain `Session`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.orm import Session as SessionType
from sqlalchemy.pool import ConnectionPoolEntry

from lexapp.domain.errors import InvariantBroken

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigInt = BigInteger().with_variant(Integer, "sqlite")
JsonData = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on the Python side, UTC in the database on both engines."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvariantBroken("an instant needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[int, mapped_column(BigInt, primary_key=True)]
Ref = Annotated[int, mapped_column(BigInt)]
OptionalRef = Annotated[int | None, mapped_column(BigInt)]
Minor = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(UtcDateTime())]
OptionalInstant = Annotated[datetime | None, mapped_column(UtcDateTime())]
Code = Annotated[str, mapped_column(String(40))]
Line = Annotated[str, mapped_column(String(255))]
Prose = Annotated[str, mapped_column(Text())]
Json = Annotated[dict[str, Any], mapped_column(JsonData)]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


CONNECT_SECONDS = 5

db = SQLAlchemy(model_class=Base, session_options={"autoflush": False})


def engine_options(url: str) -> dict[str, Any]:
    """How every process opens its engine: no row's values in error messages, and no waiting for ever on a server that is away."""
    if url.startswith("sqlite:"):
        return {"hide_parameters": True}
    return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_SECONDS}}


def firm_key(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the firm: (firm_id, column) -> table(firm_id, id)."""
    return ForeignKeyConstraint(["firm_id", column], [f"{table}.firm_id", f"{table}.id"])


def firm_id_key() -> UniqueConstraint:
    """What other tables' `firm_key` points at."""
    return UniqueConstraint("firm_id", "id")


# ── engines ──────────────────────────────────────────────────────────────────────────────────────

# SQLite versions up to 3.51.2 can corrupt a WAL database when two connections checkpoint and write
# at the same moment; there the rollback journal is used, with the journal's removal made durable.
WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3)
JOURNAL_MODE, SYNCHRONOUS = ("wal", 2) if WAL_IS_SAFE else ("delete", 3)
BUSY_TIMEOUT_MS = 20_000


@event.listens_for(Engine, "connect")
def set_sqlite_pragmas(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001
    """Durability and integrity settings, read back: a setting that did not take is a start-up error."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    wanted = {
        "busy_timeout": BUSY_TIMEOUT_MS,
        "journal_mode": JOURNAL_MODE,
        "synchronous": SYNCHRONOUS,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cache_spill": 0,
    }
    for name, value in wanted.items():
        connection.execute(f"PRAGMA {name} = {value}").fetchone()
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        if name == "journal_mode" and found == "memory":
            continue
        if found != value:
            raise InvariantBroken(f"SQLite refused PRAGMA {name} = {value}: it is {found}")


@event.listens_for(Engine, "begin")
def begin_sqlite(connection: Connection) -> None:
    """A command takes the write lock at once: a read snapshot cannot be upgraded without failing."""
    if connection.dialect.name == "sqlite":
        if connection.get_execution_options().get("writing", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            _driver_of(connection).execute("BEGIN")  # on every page; it takes no lock, so it cannot fail for want of one


def _driver_of(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


# ── firm scope ───────────────────────────────────────────────────────────────────────────────────


def scope_to_firm(session: SessionType, firm_id: int | None) -> None:
    """Limit what this session may see to one firm (enforced by row-level security on PostgreSQL)."""
    session.info["firm_id"] = firm_id
    if session.in_transaction():
        _tell_database_the_firm(session.connection(), firm_id)


def _tell_database_the_firm(connection: Connection, firm_id: int | None) -> None:
    if connection.dialect.name == "postgresql":
        value = "" if firm_id is None else str(int(firm_id))
        connection.execute(text("SELECT set_config('app.firm_id', :firm, true)"), {"firm": value})


def see_every_firm(session: SessionType) -> None:
    """Let the owner's session read the rows of every firm until its transaction ends, for a backup of the whole installation.

    Only the role that owns the tables may (models/walls.py); to the application's role this changes nothing.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT set_config('app.every_firm', 'on', true), set_config('app.firm_id', '0', true)"))


@event.listens_for(SessionType, "after_begin")
def set_firm_on_begin(session: SessionType, transaction: object, connection: Connection) -> None:  # noqa: ARG001
    if session.info.get("firm_id") is not None:
        _tell_database_the_firm(connection, session.info["firm_id"])


# ── transactions ─────────────────────────────────────────────────────────────────────────────────


@contextmanager
def transaction(session: SessionType, firm_id: int | None = None) -> Iterator[SessionType]:
    """One command, one transaction: leaving the block commits, an exception rolls everything back.

    Any read transaction that the caller had open ends first, so that what the command reads is what
    is there after it got the lock. Objects loaded before are expired and read again on use.
    """
    if session.info.get("writing"):
        raise InvariantBroken("a command may not run inside another command")
    if session.new or session.dirty or session.deleted:
        raise InvariantBroken("there are changes outside a command")
    session.rollback()
    if firm_id is not None:
        session.info["firm_id"] = firm_id
    session.info["writing"] = True
    try:
        session.connection(execution_options={"writing": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


def reserve_ids(session: SessionType, table: Table, count: int) -> list[int]:
    """The next `count` primary keys of `table`, ascending, for rows that one executemany writes."""
    if count == 0:
        return []
    if session.get_bind().dialect.name == "sqlite":
        last = session.execute(select(func.max(table.c.id))).scalar() or 0
        return list(range(last + 1, last + 1 + count))
    block = text("SELECT nextval(cast(:name AS regclass)) FROM generate_series(1, :count)")
    return sorted(session.scalars(block, {"name": f"{table.name}_id_seq", "count": count}))


def today_in(zone: str, now: datetime) -> date:
    """The date of money: the calendar day in the firm's time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


__all__ = ["Base", "Session", "db", "engine_options", "reserve_ids", "scope_to_firm", "see_every_firm", "transaction"]
