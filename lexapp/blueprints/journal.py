"""The journal: entries with their postings, and the trial balance."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from flask import Blueprint, Response, abort

from lexapp.database import db
from lexapp.domain.dates import day_text
from lexapp.domain.ledger import EVENTS
from lexapp.models import JournalEntry, Matter
from lexapp.queries.journal import JournalFilter, account_choices, count_entries, list_entries, trial_balance
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import parse_date, today_here
from lexapp.web.htmx import render
from lexapp.web.lists import asked_choice, asked_id, asked_text, page_of

blueprint = Blueprint("journal", __name__)


def _asked_date(name: str) -> date | None:
    """A date of the address; what cannot be read is as if it were not there."""
    with suppress(ValueError):
        return parse_date(asked_text(name), today=today_here())
    return None


@blueprint.get("/journal")
@requires("journal.view")
def index() -> Response:
    firm_id, session = current_actor().firm_id, db.session()
    wanted = JournalFilter(
        event=asked_choice("event", EVENTS),
        account_id=asked_id("account"),
        matter_id=asked_id("matter"),
        from_on=_asked_date("from"),
        through_on=_asked_date("through"),
    )
    pages = page_of(count_entries(session, firm_id=firm_id, wanted=wanted), size=25)
    return render(
        page="journal/index.html",
        fragment="journal/_entries.html",
        entries=list_entries(session, firm_id=firm_id, wanted=wanted, limit=pages.limit, offset=pages.offset),
        wanted=wanted,
        matter=load(Matter, wanted.matter_id) if wanted.matter_id else None,
        dates={"from": wanted.from_on and day_text(wanted.from_on), "through": wanted.through_on and day_text(wanted.through_on)},
        events=EVENTS,
        event_choices=[(event.code, event.title) for event in EVENTS.values()],
        accounts=account_choices(session, firm_id=firm_id),
        pages=pages,
    )


@blueprint.get("/journal/entries/<int:entry_id>")
@requires("journal.view")
def show(entry_id: int) -> Response:
    load(JournalEntry, entry_id)
    firm_id = current_actor().firm_id
    found = list_entries(db.session(), firm_id=firm_id, wanted=JournalFilter(entry_id=entry_id), limit=1, offset=0)
    return render(page="journal/show.html", entry=found[0] if found else abort(404), events=EVENTS)


@blueprint.get("/journal/accounts")
@requires("journal.view")
def accounts() -> Response:
    """Every account, as of a date when one is asked for; debits and credits are equal."""
    through_on = _asked_date("through")
    rows = trial_balance(db.session(), firm_id=current_actor().firm_id, through_on=through_on)
    typed = day_text(through_on) if through_on else ""
    return render(page="journal/accounts.html", fragment="journal/_accounts.html", rows=rows, through_on=through_on, typed=typed)
