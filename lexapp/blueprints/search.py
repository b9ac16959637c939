"""Finding anything by a few letters: the palette's answers, and a page of them without script."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response
from flask_login import current_user

from lexapp.database import db
from lexapp.models import Matter
from lexapp.queries import finding
from lexapp.services.matter_visits import note_visit
from lexapp.web.access import current_actor, load, may, requires, signed_in
from lexapp.web.dates import today_in_zone
from lexapp.web.htmx import render
from lexapp.web.lists import asked_text, search_words
from lexapp.web.reports.names import found_reports
from lexapp.web.sentences import asked_work

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@signed_in
def index() -> Response:
    asked = asked_text()
    words = search_words(asked.lstrip("# "))
    found = _found(words, invoices_only=asked.startswith("#")) if words else _recent()
    shown = {"asked": asked, "words": words, "found": found, "work": asked_work(asked)}
    return render(page="search/index.html", fragment="search/_results.html", **shown)


@blueprint.post("/matters/<int:matter_id>/visit")
@requires("matter.view")
def visit(matter_id: int) -> Response:
    """Said by the open page itself: a GET changes nothing."""
    matter = load(Matter, matter_id)
    note_visit(db.session(), actor=current_actor(), matter_id=matter.id, now=datetime.now(UTC))
    return Response(status=204)


def _found(words: Any, *, invoices_only: bool) -> dict[str, Any]:
    session, firm_id = db.session(), current_actor().firm_id
    mine = {"firm_id": firm_id, "words": words}
    found: dict[str, Any] = {}
    if may("matter.view") and not invoices_only:
        found["matters"] = finding.found_matters(session, **mine)
    if may("client.view") and not invoices_only:
        found["clients"] = finding.found_clients(session, **mine)
    if may("invoice.view"):
        found["invoices"] = finding.found_invoices(session, **mine, on=today_in_zone(current_user.time_zone))
    if may("time.view_all") and not invoices_only:
        found["people"] = finding.found_people(session, **mine, with_members=may("user.manage"))
    if not invoices_only:
        found["reports"] = found_reports(words)
    return found


def _recent() -> dict[str, Any]:
    actor = current_actor()
    return {"recent": finding.recent_matters(db.session(), firm_id=actor.firm_id, user_id=actor.user_id)} if may("matter.view") else {}
