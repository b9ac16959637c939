"""The firm's own money in a trust account: for bank charges, for shortages; and the charges themselves."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, url_for

from lexapp.blueprints.trust.acts import Act, ask, carry_out
from lexapp.blueprints.trust.listing import blueprint
from lexapp.database import db
from lexapp.models import BankAccount
from lexapp.queries.trust import trust_accounts
from lexapp.services.trust import add_firm_funds, cover_shortage, record_bank_charge
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.filters import as_money
from lexapp.web.forms import CommandForm, DateField, MoneyField, TextField
from lexapp.web.proof import proven

WIDTHS = {"amount": 4, "effective_on": 4, "reference": 4}
FUNDS = Act(
    "Add firm funds",
    "Add firm funds",
    "Recording…",
    "The firm’s own money, from the operating account, only as much as bank charges need.",
    "Firm funds added",
    widths=WIDTHS,
)
CHARGE = Act(
    "Record a bank charge",
    "Record charge",
    "Recording…",
    "It falls on the firm funds ledger, never on client money. What that does not hold is a shortage that the firm owes.",
    "Bank charge recorded",
    widths=WIDTHS,
)
COVER = Act(
    "Cover the shortage",
    "Cover shortage",
    "Recording…",
    "The firm pays from the operating account what is missing in trust, and never more.",
    "Shortage covered",
    widths=WIDTHS,
)


class OwnMoneyForm(CommandForm):
    amount = MoneyField("Amount", needed="Type the amount.")
    effective_on = DateField("Date", needed="Type the date when the money moved.")
    reference = TextField("Reference", hint="The bank’s number")


def _account(account_id: int) -> BankAccount:
    found = load(BankAccount, account_id)
    return found if found.kind == "trust" else abort(404)


def _blank(**data: Any) -> OwnMoneyForm:
    return OwnMoneyForm(formdata=None, data={"effective_on": today_here(), **data})


def _given(form: OwnMoneyForm, account_id: int) -> dict[str, Any]:
    return {
        "actor": current_actor(),
        "bank_account_id": account_id,
        "amount": form.amount.data,
        "effective_on": form.effective_on.data,
        "reference": form.reference.data or "",
        "key": form.key.data,
    }


@blueprint.get("/trust/accounts/<int:account_id>/firm-funds/new")
@requires("trust.deposit")
def new_firm_funds(account_id: int) -> Response:
    return ask(_blank(), FUNDS, url_for(".add_funds", account_id=account_id), None, account=_account(account_id))


@blueprint.post("/trust/accounts/<int:account_id>/firm-funds")
@requires("trust.deposit")
def add_funds(account_id: int) -> Response:
    account, form = _account(account_id), OwnMoneyForm()
    url = url_for(".add_funds", account_id=account_id)
    return carry_out(form, FUNDS, url, None, lambda: add_firm_funds(db.session(), **_given(form, account_id)), account=account)


@blueprint.get("/trust/accounts/<int:account_id>/charges/new")
@requires("trust.disburse")
def new_charge(account_id: int) -> Response:
    return ask(_blank(), CHARGE, url_for(".charge", account_id=account_id), None, account=_account(account_id))


@blueprint.post("/trust/accounts/<int:account_id>/charges")
@requires("trust.disburse")
@proven
def charge(account_id: int) -> Response:
    account, form = _account(account_id), OwnMoneyForm()
    url = url_for(".charge", account_id=account_id)
    return carry_out(form, CHARGE, url, None, lambda: record_bank_charge(db.session(), **_given(form, account_id)), account=account)


@blueprint.get("/trust/accounts/<int:account_id>/covers/new")
@requires("trust.deposit")
def new_cover(account_id: int) -> Response:
    account = _account(account_id)
    shortages = {one.id: one.shortage_minor for one in trust_accounts(db.session(), firm_id=current_actor().firm_id)}
    missing = shortages.get(account.id, 0)
    form = _blank(**({"amount": as_money(missing)} if missing > 0 else {}))
    return ask(form, COVER, url_for(".cover", account_id=account_id), None, account=account)


@blueprint.post("/trust/accounts/<int:account_id>/covers")
@requires("trust.deposit")
def cover(account_id: int) -> Response:
    account, form = _account(account_id), OwnMoneyForm()
    url = url_for(".cover", account_id=account_id)
    return carry_out(form, COVER, url, None, lambda: cover_shortage(db.session(), **_given(form, account_id)), account=account)
