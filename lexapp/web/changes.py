"""What a page asks for when it comes late: the changes of the last seconds that its person may know of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isnan

from flask import Flask, request
from sqlalchemy.orm import Session

from lexapp.config import Settings
from lexapp.domain.permissions import Actor
from lexapp.queries.changes import changes_since
from lexapp.web.hints import Hint, hints_about

# A change is dated when its command began, and is seen when it ended; what a page was told before it knows by its id.
LONGEST_COMMAND = timedelta(minutes=1)
# What was done right before a page was made stands on it already.
BEFORE_THE_PAGE = timedelta(seconds=5)
LONGEST = timedelta(hours=1)


def asked_seconds(text: str) -> float:
    """How long ago the page knew everything, from its address; without sense: not at all, so nothing is told again."""
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return 0.0 if isnan(seconds) else min(max(seconds, 0.0), LONGEST.total_seconds())


def hints_of_late(session: Session, actor: Actor, *, ago: float, page_age: float) -> list[Hint]:
    """The hints, for one member, of what a page that is `page_age` seconds old and knew everything `ago` seconds ago may have missed."""
    missed = min(timedelta(seconds=ago) + LONGEST_COMMAND, timedelta(seconds=page_age) + BEFORE_THE_PAGE)
    rows = changes_since(session, firm_id=actor.firm_id, since=datetime.now(UTC) - missed)
    return hints_about(session, firm_id=actor.firm_id, rows=rows)(actor) if rows else []


def asked_hints(session: Session, actor: Actor) -> list[Hint]:
    """`hints_of_late` as this request's address asks: `?ago=15&page_age=300`; without an age the page was made when it knew everything."""
    ago = asked_seconds(request.args.get("ago", ""))
    return hints_of_late(session, actor, ago=ago, page_age=asked_seconds(request.args.get("page_age", "")) or ago)


def init_app(app: Flask) -> None:
    """Tell pages where the stream is; empty where they ask every few seconds instead."""
    settings: Settings = app.extensions["settings"]
    app.jinja_env.globals["events_url"] = settings.events_url or ""
