"""Logs: one JSON object a line, with ids and codes only. No narrative, name, address, token or query string is ever written.

An exception is told by its type and where it happened. Its message is left out: a database puts the values of a row into it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

STYLE = "LOG_FORMAT"
QUIET = ("weasyprint", "fontTools", "botocore", "boto3", "urllib3", "s3transfer", "alembic", "flask-limiter", "rq", "waitress")
_FRAMES = 12


def set_up_logs() -> None:
    """Send every log of this process to standard error: as JSON, or as plain sentences where LOG_FORMAT is plain (lexapp dev)."""
    handler = logging.StreamHandler(sys.stderr)
    plain = os.environ.get(STYLE) == "plain"
    handler.setFormatter(_plain() if plain else _json())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("lexapp.requests").setLevel(logging.WARNING if plain else logging.INFO)


def _json() -> logging.Formatter:
    first: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    last: list[structlog.types.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        without_message,
        structlog.processors.JSONRenderer(),
    ]
    return _Json(foreign_pre_chain=first, processors=last)


class _Json(structlog.stdlib.ProcessorFormatter):
    """What tells of no exception, as the line of every request, is written at once: the same object without the long way to it."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info or record.stack_info or not isinstance(record.msg, str):
            return super().format(record)
        said = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        extra = {name: value for name, value in record.__dict__.items() if name not in _OF_EVERY_RECORD}
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return json.dumps({**structlog.contextvars.get_contextvars(), **said, **extra, "at": at}, default=repr)


_OF_EVERY_RECORD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def _plain() -> logging.Formatter:
    return logging.Formatter("%(message)s")


def without_message(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ARG001
    """In place of a traceback with its message: the type of the exception, what kind of database error it is, and the way to it."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.update(exception=type(error).__name__, trace=_way_to(error), **_database_kind(error))
    return event


def _way_to(error: BaseException) -> list[str]:
    """The innermost places in code of ours, and the very last one whosever it is."""
    whole = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in whole[:-1] if "site-packages" not in frame.filename][-_FRAMES:] + whole[-1:]
    return [f"{os.path.relpath(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _database_kind(error: BaseException) -> dict[str, str]:
    """PostgreSQL's code and constraint, or SQLite's code: names of ours, never values."""
    cause = getattr(error, "orig", None) or error
    found = {
        "sqlstate": getattr(cause, "sqlstate", None),
        "constraint": getattr(getattr(cause, "diag", None), "constraint_name", None),
        "sqlite": getattr(cause, "sqlite_errorname", None),
    }
    return {name: str(value) for name, value in found.items() if value}
