"""Expenses that wait for approval: approved, or declined with a reason."""

from __future__ import annotations

from flask import Blueprint, Response, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import ExpenseEntry
from lexapp.queries.expense_approvals import waiting_expenses
from lexapp.services.expense_entries import approve_expense, decline_expense
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import CommandForm, TextField, sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("expense_approvals", __name__)


class DeclineForm(CommandForm):
    reason = TextField("Reason", longest=200, needed="Write why, so that it can be put right.", hint="Whoever recorded it reads this")


@blueprint.get("/expenses/approvals")
@requires("expense.approve")
def index() -> Response:
    actor = current_actor()
    rows = waiting_expenses(db.session(), firm_id=actor.firm_id, user_id=actor.user_id, currency=current_user.currency)
    return render(page="expense_approvals/index.html", rows=rows)


@blueprint.post("/expenses/<int:expense_entry_id>/approval")
@requires("expense.approve")
def approve(expense_entry_id: int) -> Response:
    entry = load(ExpenseEntry, expense_entry_id)
    given = {"version": sent_version(), "key": sent_key()}
    approve_expense(db.session(), actor=current_actor(), entry_id=entry.id, **given)
    toast("Expense approved. The next pre-bill takes it.")
    return redirect_after(url_for(".index"))


@blueprint.get("/expenses/<int:expense_entry_id>/refusal")
@requires("expense.approve")
def ask_why(expense_entry_id: int) -> Response:
    return _form_page(DeclineForm(None), load(ExpenseEntry, expense_entry_id))


@blueprint.post("/expenses/<int:expense_entry_id>/refusal")
@requires("expense.approve")
def decline(expense_entry_id: int) -> Response:
    entry, form = load(ExpenseEntry, expense_entry_id), DeclineForm()
    if form.validate_on_submit():
        given = {"version": sent_version(), "reason": form.reason.data or "", "key": form.key.data}
        try:
            decline_expense(db.session(), actor=current_actor(), entry_id=entry.id, **given)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Expense declined. Whoever recorded it sees why.")
            return redirect_after(url_for(".index"))
    return _form_page(form, entry)


def _form_page(form: DeclineForm, entry: ExpenseEntry) -> Response:
    found = {"page": "expense_approvals/decline.html", "fragment": "expense_approvals/_decline_form.html"}
    return render(**found, status=form.status, form=form, entry=entry)
