"""Transfers of earned fees: those that are prepared, and the one who may move trust money approving or withdrawing them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Response, abort, url_for

from lexapp.blueprints.trust.acts import Act, ask, carry_out
from lexapp.blueprints.trust.listing import account_asked, blueprint, head_of
from lexapp.database import db
from lexapp.domain.money import Money
from lexapp.models import EarnedTransfer
from lexapp.queries.trust import TransferRow, earned_transfers, ready_minor
from lexapp.services.trust import approve_earned_transfer, withdraw_earned_transfer
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.filters import as_money
from lexapp.web.forms import DateField, MoneyField, TextField, sent_key, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.proof import proven

APPROVE = Act(
    "Transfer an earned fee",
    "Approve transfer",
    "Transferring…",
    "The money moves to the operating account and pays the invoice. Make the transfer at the bank as well.",
    "Approved. The fee is paid out of trust.",
    widths={"amount": 4, "effective_on": 4, "reference": 4},
)


class ApprovalForm(VersionedForm):
    amount = MoneyField("Amount", needed="Type the amount to transfer.")
    effective_on = DateField("Date of the transfer", needed="Type the date of the transfer.")
    reference = TextField("Reference", hint="The bank’s number of the transfer")


@blueprint.get("/trust/earned-transfers")
@requires("trust.view")
def earned() -> Response:
    """What is prepared out of one trust account."""
    accounts, account = account_asked()
    rows = [row for row in earned_transfers(db.session(), firm_id=current_actor().firm_id) if row.bank_account_id == account.id]
    shown: dict[str, Any] = {"account": account, "accounts": accounts, "rows": rows, "ready_minor": ready_minor(rows)}
    return render(page="trust/earned.html", fragment="trust/_earned.html", **shown, new_key=_new_key)


def _new_key() -> str:
    return str(uuid4())


@blueprint.get("/trust/earned-transfers/<int:earned_transfer_id>/approval")
@requires("trust.apply")
def approving(earned_transfer_id: int) -> Response:
    row = _row(earned_transfer_id)
    data: dict[str, Any] = {"effective_on": today_here(), "amount": as_money(row.proposed_minor), "version": row.version}
    return _page(row, ApprovalForm(None, data=data))


@blueprint.post("/trust/earned-transfers/<int:earned_transfer_id>/approval")
@requires("trust.apply")
@proven
def approve(earned_transfer_id: int) -> Response:
    made = load(EarnedTransfer, earned_transfer_id)
    if made.trust_transaction_id is not None:
        return redirect_after(url_for(".show", ledger_id=made.trust_ledger_id))
    row, form = _row(earned_transfer_id), ApprovalForm()
    return carry_out(
        form,
        APPROVE,
        url_for(".approve", earned_transfer_id=row.id),
        head_of(row.ledger_id),
        lambda: approve_earned_transfer(
            db.session(), actor=current_actor(), transfer_id=row.id, version=form.version_seen, **_given(form, row)
        ),
        earned=row,
    )


def _given(form: ApprovalForm, row: TransferRow) -> dict[str, Any]:
    amount: Money = form.amount.data
    typed = {"amount": amount, "effective_on": form.effective_on.data, "reference": form.reference.data or "", "key": form.key.data}
    return {"invoice_id": row.bill.invoice_id if row.bill and row.bill.invoice_id else 0, **typed}


def _row(transfer_id: int) -> TransferRow:
    """One that is prepared; a made or withdrawn one leads nowhere any more."""
    load(EarnedTransfer, transfer_id)
    rows = earned_transfers(db.session(), firm_id=current_actor().firm_id, transfer_id=transfer_id)
    return rows[0] if rows else abort(404)


def _page(row: TransferRow, form: ApprovalForm) -> Response:
    nothing = None if row.state == "ready" else (WAITS[row.state][0], WAITS[row.state][1])
    return ask(form, APPROVE, url_for(".approve", earned_transfer_id=row.id), head_of(row.ledger_id), earned=row, nothing=nothing)


WAITS = {
    "unbilled": ("The fee is not billed yet", "Client money leaves trust against an issued invoice. Bill the fee first."),
    "on_pre_bill": ("The invoice is not issued yet", "Approve and issue the pre-bill with this fee first."),
    "paid": ("The invoice owes nothing", "It was paid in another way. Withdraw this transfer."),
    "empty": ("Nothing is left in trust", "The ledger holds nothing. Deposit an advance, or withdraw this transfer."),
}


@blueprint.post("/trust/earned-transfers/<int:earned_transfer_id>/withdrawal")
@requires("trust.apply")
def withdraw(earned_transfer_id: int) -> Response:
    row = load(EarnedTransfer, earned_transfer_id)
    given = {"transfer_id": row.id, "version": sent_version(), "key": sent_key()}
    withdraw_earned_transfer(db.session(), actor=current_actor(), **given)
    toast("Withdrawn. The money stays in trust.")
    return redirect_after(url_for(".earned", account=head_of(row.trust_ledger_id).bank_account_id))
