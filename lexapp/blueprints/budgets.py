"""The budget of a matter: how it stands, a new one, its end, what is held beyond it, and the warnings that were told."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import BudgetHold, Matter, MatterBudget, TimeEntry
from lexapp.queries.budgets import unseen_notices
from lexapp.services import budgets as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.budget_entries import entries_report
from lexapp.web.budget_forms import BudgetForm, beginning
from lexapp.web.budget_pages import budget_sheet, budget_shown, budget_summary, entries_url
from lexapp.web.budget_words import title_of
from lexapp.web.dates import today_here
from lexapp.web.ending import EndForm
from lexapp.web.forms import CommandForm, TextField, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.reports.asked import asked_report
from lexapp.web.reports.report import answer, sheet_file

blueprint = Blueprint("budgets", __name__)


class EndBudgetForm(EndForm):
    """The last day of a budget."""


class ReleaseForm(CommandForm):
    reason = TextField("Reason", longest=200, needed="Write why it is billed beyond the budget. The client may ask.")


@blueprint.get("/matters/<int:matter_id>/budget")
@requires("rate.see")
def of_matter(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    found = budget_shown(matter)
    if request.args.get("format") in ("csv", "xlsx") and found["rows"]:
        return sheet_file(budget_sheet(matter, found["rows"]), f"budget-{today_here():%Y%m%d}", request.args["format"])
    return render(page="budgets/matter.html", fragment="budgets/_budget.html", entries_url=entries_url, title_of=title_of, **found)


@blueprint.get("/matters/<int:matter_id>/budget/summary")
@requires("rate.see")
def summary(matter_id: int) -> Response:
    """The panel of the matter's page, which asks for it once it stands."""
    return render(page="budgets/_budget_summary.html", **budget_summary(load(Matter, matter_id)))


@blueprint.get("/matters/<int:matter_id>/budget/entries")
@requires("time.view_all")
def entries(matter_id: int) -> Response:
    matter, asked = load(Matter, matter_id), asked_report()
    return answer(entries_report(matter, asked), asked)


@blueprint.get("/matters/<int:matter_id>/budget/new")
@requires("rate.edit")
def new(matter_id: int) -> Response:
    matter = _budgetable(matter_id)
    now = budget_summary(matter)["now"]
    known = beginning(now.budget if now else None)
    return _form_page(BudgetForm(None, ids="budget", data=known | {"effective_from": today_here()}), matter)


@blueprint.post("/matters/<int:matter_id>/budget")
@requires("rate.edit")
def create(matter_id: int) -> Response:
    matter, form = _budgetable(matter_id), BudgetForm(ids="budget")
    if form.validate_on_submit():
        try:
            service.set_budget(db.session(), actor=current_actor(), matter_id=matter_id, budget=form.budget(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Budget set. What it has reached already is told to nobody.")
            return redirect_after(url_for(".of_matter", matter_id=matter_id))
    return _form_page(form, matter)


def _budgetable(matter_id: int) -> Matter:
    matter = load(Matter, matter_id)
    return abort(404) if matter.is_internal else matter


def _form_page(form: BudgetForm, matter: Matter) -> Response:
    page = {"page": "budgets/form.html", "fragment": "budgets/_budget_form.html", "status": form.status}
    return render(**page, form=form, matter=matter)


@blueprint.get("/budgets/<int:budget_id>/ending")
@requires("rate.edit")
def end_form(budget_id: int) -> Response:
    row = load(MatterBudget, budget_id)
    return _end_page(EndBudgetForm.shown(row), row)


@blueprint.post("/budgets/<int:budget_id>/ending")
@requires("rate.edit")
def end(budget_id: int) -> Response:
    row, form = load(MatterBudget, budget_id), EndBudgetForm()
    matter_id = row.matter_id
    if form.validate_on_submit():
        try:
            given = {"budget_id": row.id, "version": form.version_seen, "last_day": form.effective_to.data, "key": form.key.data}
            service.end_budget(db.session(), actor=current_actor(), **given)
        except Refused as error:
            form.refuse_ending(error, MatterBudget, budget_id)
        else:
            toast("Budget ended. Later work is under none.")
            return redirect_after(url_for(".of_matter", matter_id=matter_id))
    return _end_page(form, load(MatterBudget, budget_id))


def _end_page(form: EndBudgetForm, row: MatterBudget) -> Response:
    page = {"page": "budgets/end.html", "fragment": "budgets/_end_form.html", "status": form.status}
    return render(**page, form=form, row=row, matter=load(Matter, row.matter_id))


@blueprint.post("/budgets/<int:budget_id>/removal")
@requires("rate.edit")
def remove(budget_id: int) -> Response:
    row = load(MatterBudget, budget_id)
    matter_id = row.matter_id
    service.remove_budget(db.session(), actor=current_actor(), budget_id=row.id, version=sent_version())
    toast("Budget removed. The one before goes on through its days.")
    return redirect_after(url_for(".of_matter", matter_id=matter_id))


@blueprint.get("/budget-holds/<int:budget_hold_id>/release")
@requires("time.record")
def release_form(budget_hold_id: int) -> Response:
    return _release_page(ReleaseForm(None), load(BudgetHold, budget_hold_id))


@blueprint.post("/budget-holds/<int:budget_hold_id>/release")
@requires("time.record")
def release(budget_hold_id: int) -> Response:
    hold, form = load(BudgetHold, budget_hold_id), ReleaseForm()
    matter_id = hold.matter_id
    if form.validate_on_submit():
        try:
            given = {"hold_id": hold.id, "version": sent_version(), "reason": form.reason.data, "key": form.key.data}
            service.release_hold(db.session(), actor=current_actor(), **given)
        except Refused as error:
            form.refuse(error)
        else:
            toast("The time is billable. Your name and the reason stay with it.")
            return redirect_after(url_for(".of_matter", matter_id=matter_id))
    return _release_page(form, load(BudgetHold, budget_hold_id))


def _release_page(form: ReleaseForm, hold: BudgetHold) -> Response:
    matter = load(Matter, hold.matter_id)
    if not service.may_decide(current_actor(), matter):
        abort(403)
    page = {"page": "budgets/release.html", "fragment": "budgets/_release_form.html", "status": form.status}
    return render(**page, form=form, hold=hold, entry=load(TimeEntry, hold.time_entry_id), matter=matter)


@blueprint.post("/budget-holds/<int:budget_hold_id>/keeping")
@requires("time.record")
def keep(budget_hold_id: int) -> Response:
    hold = load(BudgetHold, budget_hold_id)
    matter_id = hold.matter_id
    service.keep_hold(db.session(), actor=current_actor(), hold_id=hold.id, version=sent_version())
    toast("The time stays non-billable")
    return redirect_after(url_for(".of_matter", matter_id=matter_id))


@blueprint.get("/budget-warnings")
@requires("matter.view")
def warnings() -> Response:
    return render(page="budgets/warnings.html", notices=unseen_notices(db.session(), actor=current_actor(), limit=100))


@blueprint.post("/budget-warnings/seen")
@requires("matter.view")
def see() -> Response:
    service.see_notices(db.session(), actor=current_actor())
    toast("Seen")
    return redirect_after(url_for("today.index"))
