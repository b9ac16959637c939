"""Narratives while they are typed: what the client does not accept, and codes that the words suggest. Nothing is written."""

from __future__ import annotations

from flask import Blueprint, Response

from lexapp.domain.durations import DAY_SECONDS
from lexapp.domain.utbms import ACTIVITIES, EXPENSES, LITIGATION_TASKS
from lexapp.web.access import requires
from lexapp.web.entry_forms import BILLING, CodeField
from lexapp.web.forms import ChoiceField, DateField, DurationField, Form, NoteField, RecordField
from lexapp.web.htmx import render
from lexapp.web.lists import asked_choice, asked_day, asked_id
from lexapp.web.narrative_hints import asked_field_id, hints_for, typed_in

blueprint = Blueprint("narratives", __name__)


class WrittenForm(Form):
    """Of a form of time, a timer or an expense what guidelines speak of. Nothing of it has to be there, or to be readable."""

    matter_id = RecordField("Matter")
    worked_on = DateField("Date")
    incurred_on = DateField("Date")
    recorded_seconds = DurationField("Time")
    task_code = CodeField("Task", LITIGATION_TASKS)
    activity_code = CodeField("Activity", ACTIVITIES)
    code = CodeField("Code", EXPENSES)
    billing_status = ChoiceField("Billing", choices=BILLING, default="billable")
    narrative = NoteField("Narrative", longest=15_000)
    description = NoteField("Description", longest=15_000)


@blueprint.post("/narratives/reading")
@requires("matter.view")
def read() -> Response:
    """The hints on what is typed so far. A narrative is confidential, so it is no part of an address."""
    kind = asked_choice("kind", ("time", "expense")) or "time"
    form = WrittenForm()
    for name in ("task_code", "activity_code", "code"):
        if not form[name].raw_data:
            del form[name]
    measured = min(asked_id("measured") or 0, DAY_SECONDS) or None
    text = form.narrative if kind == "time" else form.description
    typed = typed_in(form, text, kind=kind, on=asked_day("on"), measured=measured)
    return render(page="narratives/hints.html", fragment="narratives/_hints.html", hints=hints_for(asked_field_id(), typed))
