"""A billing run under way: how far it is, and what needs a person."""

from flask import Blueprint, Response
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.money import Money
from lexapp.models import BillingRun
from lexapp.queries.pre_bills import run_view
from lexapp.web.access import load, requires
from lexapp.web.htmx import render

blueprint = Blueprint("billing_runs", __name__)


@blueprint.get("/billing-runs/<int:run_id>")
@requires("pre_bill.view")
def show(run_id: int) -> Response:
    """The page; its card asks for itself again until the run is finished."""
    view = run_view(db.session(), run=load(BillingRun, run_id))
    total = Money(view.total_minor, current_user.currency)
    return render(page="billing_runs/show.html", fragment="billing_runs/_progress.html", view=view, total=total)
