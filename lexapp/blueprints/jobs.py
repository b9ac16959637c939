"""Background jobs: what is owed, what failed and why, and trying it again."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, url_for

from lexapp.config import Settings
from lexapp.database import db
from lexapp.queries.backups import backup_standing
from lexapp.queries.jobs import PAGE, STATES, job, job_totals, jobs, runs_under_way
from lexapp.services.outbox import retry_message
from lexapp.web.access import current_actor, requires
from lexapp.web.forms import CommandForm, sent_key
from lexapp.web.htmx import fragments, render, toast
from lexapp.web.lists import asked_choice, asked_id

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs")
@requires("job.view")
def index() -> Response:
    session, firm_id = db.session(), current_actor().firm_id
    settings: Settings = current_app.extensions["settings"]
    state = asked_choice("state", STATES)
    found = jobs(session, firm_id=firm_id, now=datetime.now(UTC), state=state, before_id=asked_id("before"))
    return render(
        page="jobs/index.html",
        fragment="jobs/_list.html",
        jobs=found[:PAGE],
        earlier=found[PAGE - 1].id if len(found) > PAGE else None,
        state=state,
        states=STATES,
        form=CommandForm(),
        totals=job_totals(session, firm_id=firm_id),
        runs=runs_under_way(session, firm_id=firm_id),
        backups=None if settings.demo else backup_standing(session, planned=settings.backup_url is not None, now=datetime.now(UTC)),
    )


@blueprint.post("/jobs/<int:outbox_id>/attempts")
@requires("job.retry")
def retry(outbox_id: int) -> Response:
    session, actor = db.session(), current_actor()
    retry_message(session, actor=actor, outbox_id=outbox_id, key=sent_key())
    row = job(session, firm_id=actor.firm_id, outbox_id=outbox_id, now=datetime.now(UTC)) or abort(404)
    toast("It starts again within a second")
    return fragments("jobs/_row.html", otherwise=url_for(".index"), row=row, form=CommandForm(formdata=None))
