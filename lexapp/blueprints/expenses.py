"""Expense entries: the list, a new one, changes; and the receipt beside an entry."""

from flask import Response, abort, make_response

from lexapp.models import ExpenseEntry, StoredDocument
from lexapp.web.access import current_actor, load, requires
from lexapp.web.cost_pages import cost_blueprint
from lexapp.web.expense_pages import EXPENSES
from lexapp.web.expense_sheet import expense_sheet
from lexapp.web.reports.files import CSV, as_csv
from lexapp.web.stored_files import send_receipt

blueprint = cost_blueprint(EXPENSES, "/expenses")


@blueprint.get("/expenses.csv")
@requires("matter.view")
def csv() -> Response:
    """Every expense that the filters find, as far as the reader may see them."""
    answer = make_response(as_csv(expense_sheet()))
    answer.headers["Content-Type"] = CSV
    answer.headers["Content-Disposition"] = "attachment; filename=expenses.csv"
    return answer


@blueprint.get("/expenses/<int:entry_id>/receipt")
@requires("matter.view")
def receipt(entry_id: int) -> Response:
    entry, actor = load(ExpenseEntry, entry_id), current_actor()
    mine = entry.recorded_by_user_id == actor.user_id or entry.timekeeper_id == (actor.timekeeper_id or 0)
    if entry.receipt_id is None or not (mine or actor.may("time.view_all")):
        abort(404)
    return send_receipt(load(StoredDocument, entry.receipt_id))
