"""One day as it was: what was measured when, the gaps in working hours, and the entries without a time of day."""

from __future__ import annotations

from flask import Blueprint, Response

from lexapp.web.access import requires
from lexapp.web.days import asked_day_line
from lexapp.web.htmx import render

blueprint = Blueprint("days", __name__)


@blueprint.get("/time/day")
@requires("time.record")
def show() -> Response:
    return render(page="days/show.html", fragment="days/_day_line.html", shown=asked_day_line())
