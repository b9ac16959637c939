"""Today: the desk of one's role, the day as it was recorded, the week around it, and what waits."""

from __future__ import annotations

from flask import Blueprint, Response

from lexapp.web.access import current_actor, requires
from lexapp.web.entry_forms import today
from lexapp.web.home import desk, own_page
from lexapp.web.htmx import render

blueprint = Blueprint("today", __name__)


@blueprint.get("/today")
@requires("matter.view")
def index() -> Response:
    actor, day = current_actor(), today()
    return render(page="today/index.html", fragment="today/_day.html", day=day, **own_page(actor, day) | desk(actor, day))
