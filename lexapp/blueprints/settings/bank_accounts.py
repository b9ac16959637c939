"""The bank accounts of the firm."""

from flask import Response, url_for
from sqlalchemy import select

from lexapp.blueprints.settings.resource import blueprint
from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import BankAccount
from lexapp.services import firms
from lexapp.services import settings as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, NoteField, TextField
from lexapp.web.htmx import redirect_after, render, toast

KINDS = [("operating", "Operating: the firm’s own money"), ("trust", "Trust: client money")]


class BankAccountForm(CommandForm):
    kind = ChoiceField("Kind", choices=KINDS, default="operating")
    name = TextField("Name", longest=100, needed="Write how the firm calls the account.")
    bank_name = TextField("Bank", longest=100)
    account_last4 = TextField("Last four digits", longest=20, hint="To tell accounts apart; never the whole number")
    opened_on = DateField("Opened", needed="Write the day the account was opened.")
    payment_details = NoteField("Details for payers", longest=500, hint="Printed on invoices; a line each, like Routing: 000 123 456")


@blueprint.get("/settings/bank-accounts")
@requires("settings.edit")
def bank_accounts() -> Response:
    mine = select(BankAccount).where(BankAccount.firm_id == current_actor().firm_id)
    accounts = db.session().scalars(mine.order_by(BankAccount.kind, BankAccount.is_default.desc(), BankAccount.name)).all()
    return render(page="settings/bank_accounts.html", accounts=accounts)


@blueprint.get("/settings/bank-accounts/new")
@requires("settings.edit")
def new_bank_account() -> Response:
    return _account_page(BankAccountForm(None, data={"opened_on": today_here()}))


@blueprint.post("/settings/bank-accounts")
@requires("settings.edit")
def open_bank_account() -> Response:
    form = BankAccountForm()
    if form.validate_on_submit():
        words = {name: form[name].data or "" for name in ("kind", "name", "bank_name", "account_last4", "payment_details")}
        try:
            firms.open_bank_account(db.session(), actor=current_actor(), **words, opened_on=form.opened_on.data, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{words['name']} opened")
            return redirect_after(url_for(".bank_accounts"))
    return _account_page(form)


def _account_page(form: BankAccountForm) -> Response:
    return render(page="settings/bank_account_form.html", fragment="settings/_bank_account_form.html", status=form.status, form=form)


@blueprint.post("/settings/bank-accounts/<int:bank_account_id>/default")
@requires("settings.edit")
def make_default(bank_account_id: int) -> Response:
    account = load(BankAccount, bank_account_id)
    service.make_bank_account_default(db.session(), actor=current_actor(), bank_account_id=account.id)
    toast(f"{account.name} is offered first")
    return redirect_after(url_for(".bank_accounts"))
