"""Whether this installation is ready to work."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from lexapp.models import Firm

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
OK = "ok"


@cache
def newest_revision() -> str | None:
    """The revision that this version of lexapp works with."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def has_firm(session: Session) -> bool:
    """Whether somebody has set this installation up."""
    return session.scalar(select(Firm.id).limit(1)) is not None


def database_state(session: Session) -> dict[str, str]:
    """How the database and its tables are, each OK or a sentence; one statement."""
    try:
        found = session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError as error:
        session.rollback()
        has_no_tables = not isinstance(error, OperationalError) or "no such table" in str(error.orig)
        if has_no_tables:
            return {"database": OK, "schema": "There are no tables yet: run lexapp migrate."}
        return {"database": "The database does not answer.", "schema": "not known"}
    if found != newest_revision():
        said = f"The tables are at revision {found}, this version needs {newest_revision()}: run lexapp migrate."
        return {"database": OK, "schema": said}
    return {"database": OK, "schema": OK}
