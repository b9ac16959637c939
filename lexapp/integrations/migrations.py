"""Bringing a database to the newest revision, with its walls."""

from __future__ import annotations

from pathlib import Path

from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def migrate(owner_url: str, database_url: str | None = None) -> None:
    """Upgrade to head and install the walls. `database_url` names the application's role on PostgreSQL.

    A SQLite file's folder is made when it is missing.
    """
    scheme, _, path = owner_url.partition(":///")
    if scheme == "sqlite":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    config = Config(str(MIGRATIONS / "alembic.ini"))
    config.attributes["owner_url"] = owner_url
    config.attributes["database_url"] = database_url or owner_url
    alembic.upgrade(config, "head")


def known_revisions() -> set[str]:
    """Every revision that this version of lexapp can start from."""
    return {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
