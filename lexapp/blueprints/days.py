"""One day as it was: what was measured when, the gaps in working hours, and the entries without a time of day."""

from __future__ import annotations

from flask import Blueprint, Response

from lexapp.web.access import requires
from lexapp.web.days import asked_day_line
from lexapp.web.htmx import render
from lexapp.web.no_timekeeper import nobody
from lexapp.web.weeks import timekeeper_here

blueprint = Blueprint("days", __name__)


@blueprint.get("/time/day")
@requires("time.record")
def show() -> Response:
    if timekeeper_here() is None:
        return nobody("Day")
    return render(page="days/show.html", fragment="days/_day_line.html", shown=asked_day_line())
