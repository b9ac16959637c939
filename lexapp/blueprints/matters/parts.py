"""One matter: the overview and its parts, each with an address of its own. Going from part to part replaces what is below the head."""

from __future__ import annotations

from typing import Any

from flask import Response

from lexapp.blueprints.matters.listing import blueprint
from lexapp.database import db
from lexapp.models import Matter
from lexapp.queries.matters import invoices_of, ledgers_of
from lexapp.queries.timeline import matter_timeline
from lexapp.queries.trust import ledger_rows
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.bank_fields import MOVEMENT_WORDS, method_words
from lexapp.web.dates import today_here
from lexapp.web.entry_forms import TimeForm
from lexapp.web.expense_pages import EXPENSES
from lexapp.web.happenings import happenings, seen_kinds
from lexapp.web.htmx import render
from lexapp.web.lists import PER_PAGE, address, asked_choice, asked_page, page_of
from lexapp.web.matter_page import SHOWN_STATES, in_state, matter_frame, matter_overview
from lexapp.web.time_lists import asked_time, listed_time


@blueprint.get("/matters/<int:matter_id>")
@requires("matter.view")
def show(matter_id: int) -> Response:
    frame = _frame(matter_id)
    return _part("overview", frame, **matter_overview(frame["matter"], frame["firm"]))


@blueprint.get("/matters/<int:matter_id>/time")
@requires("matter.view")
def time(matter_id: int) -> Response:
    frame = _frame(matter_id)
    matter: Matter = frame["matter"]
    found = listed_time(asked_time(today_here(), default_period="all", matter_id=matter.id))
    takes_work = may("time.record") and matter.status != "closed"
    form = TimeForm(None, actor=current_actor(), ids="quick", data={"matter_id": matter.id}) if takes_work else None
    return _part("time", frame, form=form, **_kept(matter, found))


@blueprint.get("/matters/<int:matter_id>/expenses")
@requires("matter.view")
def expenses(matter_id: int) -> Response:
    frame = _frame(matter_id)
    found = EXPENSES.listed(asked_time(today_here(), default_period="all", matter_id=matter_id, statuses=EXPENSES.statuses))
    return _part("expenses", frame, **_kept(frame["matter"], found))


@blueprint.get("/matters/<int:matter_id>/invoices")
@requires("invoice.view")
def invoices(matter_id: int) -> Response:
    frame, state = _frame(matter_id), asked_choice("state", SHOWN_STATES)
    every = invoices_of(db.session(), firm_id=current_actor().firm_id, matter_id=matter_id)
    chosen = [one for one in every if in_state(one, state, today_here())]
    page = page_of(len(chosen))
    rows = chosen[page.offset : page.offset + page.limit]
    return _part("invoices", frame, invoices=chosen, rows=rows, pages=page, state=state, states=SHOWN_STATES)


@blueprint.get("/matters/<int:matter_id>/trust")
@requires("trust.view")
def trust(matter_id: int) -> Response:
    frame, firm_id = _frame(matter_id), current_actor().firm_id
    ledgers = ledgers_of(db.session(), firm_id=firm_id, matter_id=matter_id)
    cards = [(ledger, ledger_rows(db.session(), firm_id=firm_id, ledger_id=ledger.id)) for ledger in ledgers]
    return _part("trust", frame, cards=cards, kinds=MOVEMENT_WORDS, methods=method_words())


@blueprint.get("/matters/<int:matter_id>/timeline")
@requires("matter.view")
def timeline(matter_id: int) -> Response:
    frame, page = _frame(matter_id), asked_page()
    part = {"limit": PER_PAGE + 1, "offset": (page - 1) * PER_PAGE}
    events = matter_timeline(db.session(), firm_id=current_actor().firm_id, matter_id=matter_id, kinds=seen_kinds(), **part)
    earlier = address(page=page - 1 if page > 2 else None) if page > 1 else None
    later = address(page=page + 1) if len(events) > PER_PAGE else None
    return _part("events", frame, happenings=happenings(events[:PER_PAGE]), earlier=earlier, later=later)


def _frame(matter_id: int) -> dict[str, Any]:
    return matter_frame(load(Matter, matter_id))


def _part(part: str, frame: dict[str, Any], **found: Any) -> Response:
    return render(page="matters/show.html", fragment="matters/_part.html", part=part, **frame | found)


def _kept(matter: Matter, found: dict[str, Any]) -> dict[str, Any]:
    """Addresses of the list's own actions name the matter, so that they come back to its entries."""
    return found | {"kept": {"period": "all"} | found["kept"] | {"matter": str(matter.id)}}
