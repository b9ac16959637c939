"""What commands that read books share: an engine on a database that is there and has its tables, or one sentence."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from lexapp.config import Settings
from lexapp.domain.errors import NotFound

WHICH = "DEMO=true means the demonstration that `make run` makes, DATABASE_URL any other database."


def open_books(settings: Settings) -> Engine:
    """An engine on the database of these settings. Raises NotFound where there is none or it has no tables; makes no file."""
    url = make_url(settings.database_url)
    named = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise NotFound(f"There is no database {named}. {WHICH}")
    engine = create_engine(settings.database_url)
    try:
        has_tables = inspect(engine).has_table("firms")
    except OperationalError as error:
        raise NotFound(f"The database {named} cannot be reached: {str(error.orig).splitlines()[0]}. {WHICH}") from error
    if not has_tables:
        engine.dispose()
        raise NotFound(f"The database {named} has no tables. `lexapp migrate` makes them. {WHICH}")
    return engine
