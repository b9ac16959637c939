"""Money that arrives for a client."""

from __future__ import annotations

from flask import Response, url_for

from lexapp.blueprints.trust.acts import Act, ask, carry_out
from lexapp.blueprints.trust.listing import blueprint, head_of, offer_everybody
from lexapp.database import db
from lexapp.domain.errors import InvalidInput
from lexapp.models import Client, Matter, TrustTransaction
from lexapp.queries.trust import LedgerHead, account_choices, ledger_of
from lexapp.services.trust import deposit_to_trust
from lexapp.web.access import current_actor, load, requires
from lexapp.web.bank_fields import methods_in
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, FlagField, MoneyField, RecordField, TextField
from lexapp.web.lists import asked_id, asked_payment, asked_text
from lexapp.web.record_names import client_name, matter_name

ACT = Act(
    "Deposit to trust",
    "Record deposit",
    "Recording…",
    "The money is the client’s. It can pay an invoice of its matter once that is issued.",
    "Deposit recorded",
    widths={"matter": 6, "client": 6, "amount": 4, "effective_on": 4, "method": 4, "source": 6, "reference": 6, "bank_account": 6},
    searches={"matter": "matters.options", "client": "clients.options"},
)


class DepositForm(CommandForm):
    matter = RecordField("Matter", empty="No matter yet", named=matter_name)
    client = RecordField("Client", empty="No client", named=client_name, hint="Only for money before or between matters")
    unidentified = FlagField("Nobody knows yet whose it is", hint="It is held apart, and moved when its owner is found")
    amount = MoneyField("Amount", needed="Type the amount that arrived.")
    effective_on = DateField("Date of the deposit", needed="Type the date when the bank received it.")
    method = ChoiceField("How it came", choices=methods_in)
    source = TextField("From", needed="Type who sent the money.")
    reference = TextField("Reference", hint="Check number or the bank’s reference")
    purpose = TextField("For what", hint="For example: advance fee, settlement, court costs")
    bank_account = RecordField("Trust account", empty="The default one")


def _prepared(form: DepositForm) -> DepositForm:
    """Names for what is picked, and the bank account only where there is a choice."""
    offer_everybody(form.matter, form.client)
    accounts = account_choices(db.session(), firm_id=current_actor().firm_id, kind="trust")
    form.bank_account.pairs = accounts
    if len(accounts) < 2:
        del form.bank_account
    return form


def _head(form: DepositForm) -> LedgerHead | None:
    found = ledger_of(db.session(), firm_id=current_actor().firm_id, matter_id=form.matter.data, client_id=form.client.data)
    return head_of(found) if found else None


@blueprint.get("/trust/deposits/new")
@requires("trust.deposit")
def new_deposit() -> Response:
    matter_id, client_id = asked_id("matter_id"), asked_id("client_id")
    source = load(Matter, matter_id).client if matter_id else load(Client, client_id) if client_id else None
    data = {"matter": matter_id, "client": client_id, "effective_on": today_here(), "method": "cheque", "source": source and source.name}
    data |= {"bank_account": asked_id("account")} | asked_payment()
    if asked_text("source"):
        data["source"] = asked_text("source", longest=200)
    form = _prepared(DepositForm(formdata=None, data=data))
    return ask(form, ACT, url_for(".create_deposit"), _head(form))


@blueprint.post("/trust/deposits")
@requires("trust.deposit")
def create_deposit() -> Response:
    form = _prepared(DepositForm())
    return carry_out(form, ACT, url_for(".create_deposit"), _head(form), lambda: _deposit(form))


def _deposit(form: DepositForm) -> TrustTransaction:
    known = bool(form.matter.data or form.client.data)
    if known == form.unidentified.data:
        raise InvalidInput("Choose the matter or the client, or tick that nobody knows yet.", field="matter")
    return deposit_to_trust(
        db.session(),
        actor=current_actor(),
        matter_id=form.matter.data,
        client_id=form.client.data,
        amount=form.amount.data,
        effective_on=form.effective_on.data,
        source=form.source.data,
        method=form.method.data,
        reference=form.reference.data or "",
        purpose=form.purpose.data or "",
        bank_account_id=form.bank_account.data if form.bank_account else None,
        key=form.key.data,
    )
