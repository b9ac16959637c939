"""What stands in place of the time of somebody who records none: how to become a timekeeper."""

from __future__ import annotations

from flask import Response

from lexapp.database import db
from lexapp.queries.members import unlinked_timekeepers
from lexapp.web.access import current_actor, may
from lexapp.web.htmx import render


def nobody(here: str) -> Response:
    """The page called `here` without anybody's time: the way for who may go it, else whom to ask. One query for the first."""
    actor = current_actor()
    free = bool(may("user.manage") and unlinked_timekeepers(db.session(), firm_id=actor.firm_id))
    return render(page="time/nobody.html", here=here, membership_id=actor.membership_id, free=free)
