"""What a page asks for when it comes late: the changes of the last seconds that its person may know of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isnan

from flask import Flask
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.domain.permissions import Actor
from lexapp.queries.changes import changes_since
from lexapp.web.hints import Hint, hints_about

# A change is dated when its command began, and is seen when it ended.
MARGIN = timedelta(seconds=5)
LONGEST = timedelta(hours=1)


def asked_seconds(text: str) -> float:
    """How long ago the page knew everything, from its address; without sense: not at all, so nothing is told again."""
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return 0.0 if isnan(seconds) else min(max(seconds, 0.0), LONGEST.total_seconds())


def hints_of_late(session: Session, actor: Actor, *, seconds: float) -> list[Hint]:
    """The hints of the last `seconds`, for one member."""
    since = datetime.now(UTC) - timedelta(seconds=seconds) - MARGIN
    rows = changes_since(session, firm_id=actor.firm_id, since=since)
    return hints_about(session, firm_id=actor.firm_id, rows=rows)(actor) if rows else []


def init_app(app: Flask) -> None:
    """Tell pages where the stream is; empty where they ask every few seconds instead."""
    settings: Settings = app.extensions["settings"]
    app.jinja_env.globals["events_url"] = settings.events_url or ""
