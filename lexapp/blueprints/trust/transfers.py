"""Money of one client that changes its ledger, on a recorded authority."""

from __future__ import annotations

from flask import Response, url_for

from lexapp.blueprints.trust.acts import Act, ask, carry_out
from lexapp.blueprints.trust.listing import blueprint, head_of, offer_everybody
from lexapp.database import db
from lexapp.queries.trust import LedgerHead, matters_to_receive
from lexapp.services.trust import transfer_trust
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm, DateField, MoneyField, NoteField, RecordField
from lexapp.web.record_names import client_name, matter_name

ACT = Act(
    "Move to another ledger",
    "Move money",
    "Moving…",
    "Only between ledgers of the same client; nothing moves at the bank. Receipts not identified yet move to whoever they belong to.",
    "Money moved",
    widths={"target": 6, "client": 6, "amount": 6, "effective_on": 6},
)
SEARCHES = {"target": "matters.options", "client": "clients.options"}


class TransferForm(CommandForm):
    target = RecordField("To the matter", empty="No matter", named=matter_name)
    client = RecordField("Or to the client", empty="No client", named=client_name, hint="Before or between matters")
    amount = MoneyField("Amount", needed="Type the amount to move.")
    effective_on = DateField("Date", needed="Type the date of the move.")
    authority = NoteField("Authority", longest=500, needed="Say on whose authority the money moves, with the date or the letter.")


def _prepared(form: TransferForm, head: LedgerHead) -> TransferForm:
    """A client's money offers that client's matters; what is not identified yet may go anywhere, so that is searched."""
    if head.client_id:
        form.target.pairs = matters_to_receive(db.session(), firm_id=current_actor().firm_id, client_id=head.client_id)
        form.client.pairs = [(head.client_id, head.client_name)]
        return form
    offer_everybody(form.target, form.client)
    return form


def _searches(head: LedgerHead) -> dict[str, str]:
    return {} if head.client_id else SEARCHES


@blueprint.get("/trust/ledgers/<int:ledger_id>/transfers/new")
@requires("trust.disburse")
def new_transfer(ledger_id: int) -> Response:
    head = head_of(ledger_id)
    form = _prepared(TransferForm(formdata=None, data={"effective_on": today_here()}), head)
    return ask(form, ACT, url_for(".transfer", ledger_id=ledger_id), head, searches=_searches(head))


@blueprint.post("/trust/ledgers/<int:ledger_id>/transfers")
@requires("trust.disburse")
def transfer(ledger_id: int) -> Response:
    head = head_of(ledger_id)
    form = _prepared(TransferForm(), head)
    return carry_out(
        form,
        ACT,
        url_for(".transfer", ledger_id=ledger_id),
        head,
        lambda: transfer_trust(
            db.session(),
            actor=current_actor(),
            trust_ledger_id=ledger_id,
            target_matter_id=form.target.data,
            target_client_id=form.client.data,
            amount=form.amount.data,
            effective_on=form.effective_on.data,
            authority=form.authority.data,
            key=form.key.data,
        ),
        searches=_searches(head),
    )
