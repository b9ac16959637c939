"""Issue approved pre-bills: the dialog, one at once, many by the worker."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request, url_for
from flask_login import current_user

from lexapp.blueprints.invoices.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.domain.money import Money
from lexapp.models import Firm
from lexapp.queries.pre_bills import PreBillRow, pre_bills_of
from lexapp.services.invoices import issue_invoices, start_issue_run
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import today_here
from lexapp.web.expected_taxes import taxes_expected
from lexapp.web.forms import CommandForm, DateField, FlagField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.paths import LARGEST_ID

MOST_AT_ONCE = 5_000


class IssueForm(CommandForm):
    issued_on = DateField("Invoice date", needed="Type the date that stands on the invoice.")
    due_on = DateField("Due date", years_ahead=2, hint="Empty: after the firm’s days of payment")
    send = FlagField("Send by e-mail", hint="As soon as the PDF is made, to the payer’s contacts for invoices")


@blueprint.get("/invoices/new")
@requires("invoice.issue")
def new() -> Response:
    today = today_here()
    firm = db.session.get_one(Firm, current_actor().firm_id)
    due_on = today + timedelta(days=firm.payment_terms_days)
    data = {"issued_on": today, "due_on": due_on, "send": current_actor().may("invoice.send")}
    return _dialog(IssueForm(formdata=None, data=data), _asked(request.args.getlist("ids")))


def _asked(typed: list[str]) -> list[PreBillRow]:
    """The firm's pre-bills among the ids that were ticked."""
    numbers = [text for text in typed[:MOST_AT_ONCE] if text.isascii() and text.isdigit() and 0 < len(text) < 20]
    ids = sorted({int(text) for text in numbers if int(text) <= LARGEST_ID})
    return pre_bills_of(db.session(), firm_id=current_actor().firm_id, pre_bill_ids=ids)


def _dialog(form: IssueForm, rows: list[PreBillRow]) -> Response:
    ready = [row for row in rows if row.state == "approved"]
    net = sum(row.sums.total_minor for row in ready)
    tax = sum(expected.on_top_minor for expected in taxes_expected(ready))
    return render(
        page="invoices/new.html",
        fragment="invoices/_issue_form.html",
        status=form.status,
        form=form,
        ready=ready,
        left_out=len(rows) - len(ready),
        net=Money(net, current_user.currency),
        tax=Money(tax, current_user.currency),
        total=Money(net + tax, current_user.currency),
        currency=current_user.currency,
    )


@blueprint.post("/invoices")
@requires("invoice.issue")
def create() -> Response:
    """One pre-bill becomes an invoice at once; many become a run whose progress is shown."""
    form = IssueForm()
    rows = _asked(request.form.getlist("ids"))
    if not form.validate_on_submit():
        return _dialog(form, rows)
    try:
        return redirect_after(_issue(form, [row.id for row in rows]))
    except Refused as error:
        form.refuse(error)
        return _dialog(form, _asked(request.form.getlist("ids")))


def _issue(form: IssueForm, pre_bill_ids: list[int]) -> str:
    if not pre_bill_ids:
        raise InvalidInput("There is no approved pre-bill here. Go back to the list and tick those to issue.")
    given = {
        "actor": current_actor(),
        "pre_bill_ids": pre_bill_ids,
        "issued_on": form.issued_on.data,
        "due_on": form.due_on.data,
        "send": form.send.data,
        "key": form.key.data,
    }
    if len(pre_bill_ids) > 1:
        return url_for("billing_runs.show", run_id=start_issue_run(db.session(), **given).id)
    (invoice_id,) = issue_invoices(db.session(), **given)
    toast("Invoice issued")
    return url_for(".show", invoice_id=invoice_id)
