"""The bank accounts of the firm."""

from uuid import uuid4

from flask import Response, url_for
from sqlalchemy import select

from lexapp.blueprints.settings.resource import blueprint
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import BankAccount
from lexapp.services import bank_accounts as kept
from lexapp.services import firms
from lexapp.services import settings as service
from lexapp.services.bank_accounts import BankAccountFacts
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, NoteField, TextField, sent_key
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

KINDS = [("operating", "Operating: the firm’s own money"), ("trust", "Trust: client money")]


class AccountWords:
    name = TextField("Name", longest=100, needed="Write how the firm calls the account.")
    bank_name = TextField("Bank", longest=100)
    account_last4 = TextField("Last four digits", longest=20, hint="To tell accounts apart; never the whole number")
    payment_details = NoteField("Details for payers", longest=500, hint="Printed on invoices; a line each, like Routing: 000 123 456")

    @property
    def words(self) -> dict[str, str]:
        fields = {"name": self.name, "bank_name": self.bank_name, "account_last4": self.account_last4}
        return {name: field.data or "" for name, field in (fields | {"payment_details": self.payment_details}).items()}


class ChangeForm(AccountWords, VersionedForm):
    """An account that exists."""


class BankAccountForm(AccountWords, CommandForm):
    kind = ChoiceField("Kind", choices=KINDS, default="operating")
    opened_on = DateField("Opened", needed="Write the day the account was opened.")


@blueprint.get("/settings/bank-accounts")
@requires("settings.edit")
def bank_accounts() -> Response:
    mine = select(BankAccount).where(BankAccount.firm_id == current_actor().firm_id)
    accounts = (
        db.session()
        .scalars(mine.order_by(BankAccount.closed_at.is_not(None), BankAccount.kind, BankAccount.is_default.desc(), BankAccount.name))
        .all()
    )
    return render(page="settings/bank_accounts.html", accounts=accounts, new_key=lambda: str(uuid4()))


@blueprint.get("/settings/bank-accounts/new")
@requires("settings.edit")
def new_bank_account() -> Response:
    return _account_page(BankAccountForm(None, data={"opened_on": today_here()}))


@blueprint.post("/settings/bank-accounts")
@requires("settings.edit")
def open_bank_account() -> Response:
    form = BankAccountForm()
    if form.validate_on_submit():
        given = {**form.words, "kind": form.kind.data, "opened_on": form.opened_on.data, "key": form.key.data}
        try:
            firms.open_bank_account(db.session(), actor=current_actor(), **given)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{form.name.data} opened")
            return redirect_after(url_for(".bank_accounts"))
    return _account_page(form)


def _account_page(form: ChangeForm | BankAccountForm, account: BankAccount | None = None, status: int | None = None) -> Response:
    shown = {"form": form, "account": account, "status": status or form.status}
    return render(page="settings/bank_account_form.html", fragment="settings/_bank_account_form.html", **shown)


@blueprint.get("/settings/bank-accounts/<int:bank_account_id>/edit")
@requires("settings.edit")
def edit_bank_account(bank_account_id: int) -> Response:
    account = load(BankAccount, bank_account_id)
    return _account_page(ChangeForm(None, obj=account), account)


@blueprint.post("/settings/bank-accounts/<int:bank_account_id>")
@requires("settings.edit")
def change_bank_account(bank_account_id: int) -> Response:
    load(BankAccount, bank_account_id)
    form, status = ChangeForm(), None
    if form.validate_on_submit():
        try:
            _change(form, bank_account_id)
        except Refused as error:
            form.refuse(error)
            if isinstance(error, Conflict):
                form.compare(ChangeForm(None, obj=load(BankAccount, bank_account_id)))
                status = 409
        else:
            toast(f"{form.name.data} changed")
            return redirect_after(url_for(".bank_accounts"))
    return _account_page(form, load(BankAccount, bank_account_id), status)


def _change(form: ChangeForm, bank_account_id: int) -> None:
    values = {"version": form.version_seen, "facts": BankAccountFacts(**form.words), "key": form.key.data}
    kept.change_bank_account(db.session(), actor=current_actor(), bank_account_id=bank_account_id, **values)


@blueprint.post("/settings/bank-accounts/<int:bank_account_id>/closure")
@requires("settings.edit")
def close_bank_account(bank_account_id: int) -> Response:
    account = load(BankAccount, bank_account_id)
    kept.close_bank_account(db.session(), actor=current_actor(), bank_account_id=account.id, key=sent_key())
    toast("Account closed")
    return redirect_after(url_for(".bank_accounts"))


@blueprint.post("/settings/bank-accounts/<int:bank_account_id>/default")
@requires("settings.edit")
def make_default(bank_account_id: int) -> Response:
    account = load(BankAccount, bank_account_id)
    service.make_bank_account_default(db.session(), actor=current_actor(), bank_account_id=account.id)
    toast(f"{account.name} is offered first")
    return redirect_after(url_for(".bank_accounts"))
