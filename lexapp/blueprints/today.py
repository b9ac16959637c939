"""Today: the day as it was recorded, the week around it, and what waits."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response
from flask_login import current_user

from lexapp.database import db
from lexapp.queries.time_entries import TimeFilter, time_lines, time_totals
from lexapp.queries.today import day_ruler, month_so_far, waiting, week_hours
from lexapp.web.access import current_actor, requires
from lexapp.web.entry_forms import today
from lexapp.web.htmx import render

blueprint = Blueprint("today", __name__)
MOST_ENTRIES = 40


@blueprint.get("/today")
@requires("matter.view")
def index() -> Response:
    actor, session, day = current_actor(), db.session(), today()
    mine = {"firm_id": actor.firm_id, "timekeeper_id": actor.timekeeper_id or 0}
    monday = day - timedelta(days=day.weekday())
    chosen = TimeFilter(timekeeper_id=actor.timekeeper_id or 0, since=day, until=day)
    shown = {"actor": actor, "currency": current_user.currency, "chosen": chosen}
    return render(
        page="today/index.html",
        fragment="today/_day.html",
        day=day,
        entries=time_lines(session, **shown, limit=MOST_ENTRIES, oldest_first=True),
        totals=time_totals(session, **shown),
        week=week_hours(session, **mine, monday=monday),
        ruler=day_ruler(session, **mine, day=day, zone=current_user.time_zone),
        month=month_so_far(session, actor=actor, currency=current_user.currency, day=day),
        waits=waiting(session, actor=actor, currency=current_user.currency),
    )
