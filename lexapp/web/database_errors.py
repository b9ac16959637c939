"""What people are told when the database cannot do its work: which of its troubles it is, and that nothing was changed."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

_BUSY = ("database is locked", "database table is locked")
_FULL = ("disk is full", "disk I/O error", "No space left")
_READ_ONLY = ("readonly database", "read-only transaction")
AWAY = ("The database does not answer", "Nothing was changed. Try again in a minute.")


def trouble_of(error: DBAPIError) -> tuple[str, str] | None:
    """Title and advice; None where it is no trouble of the database but a mistake of ours."""
    said = str(error.orig)
    if any(words in said for words in _BUSY):
        return "The database is busy", "Somebody else is writing just now. Nothing was changed. Try again in a minute."
    if any(words in said for words in _FULL) or _sqlstate(error) == "53100":
        return "The disk is full", "Nothing was changed. Tell whoever runs lexapp; it works again when there is room."
    if any(words in said for words in _READ_ONLY) or _sqlstate(error) == "25006":
        return "Nothing can be saved just now", "The database only answers questions at the moment. Nothing was changed. Try again later."
    return AWAY if isinstance(error, OperationalError) or error.connection_invalidated else None


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")
