"""Whether this installation is ready to work."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lexapp.models import Firm

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@cache
def newest_revision() -> str | None:
    """The revision that this version of lexapp works with."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def has_firm(session: Session) -> bool:
    """Whether somebody has set this installation up."""
    return session.scalar(select(Firm.id).limit(1)) is not None


def what_is_missing(session: Session) -> str | None:
    """Why requests cannot be served yet, as a sentence; None when they can."""
    try:
        found = session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        session.rollback()
        return "The database does not answer, or has no tables yet: run lexapp migrate."
    if found != newest_revision():
        return f"The tables are at revision {found}, this version needs {newest_revision()}: run lexapp migrate."
    return None
