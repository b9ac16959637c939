"""Money that leaves a ledger: to the firm for an invoice, back to the client, to somebody else for the client."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from lexapp.blueprints.trust.acts import Act, ask, carry_out
from lexapp.blueprints.trust.listing import blueprint, head_of
from lexapp.database import db
from lexapp.domain.money import Money
from lexapp.queries.trust import LedgerHead, OpenInvoice, invoices_to_pay
from lexapp.services.trust import apply_trust_to_invoice, disburse_trust, refund_trust
from lexapp.web.access import current_actor, requires
from lexapp.web.bank_fields import methods_out
from lexapp.web.dates import today_here
from lexapp.web.filters import as_money, money
from lexapp.web.forms import ChoiceField, CommandForm, DateField, MoneyField, TextField
from lexapp.web.forms.allocations import posted_id
from lexapp.web.lists import asked_id, asked_payment, asked_text
from lexapp.web.proof import proven

APPLY = Act(
    "Apply to an invoice",
    "Apply to invoice",
    "Applying…",
    "The money moves to the operating account and pays the invoice. At most what the invoice owes for this matter.",
    "Trust money applied to the invoice",
    widths={"amount": 4, "effective_on": 4, "reference": 4},
)
PAY_OUT = {"amount": 4, "effective_on": 4, "method": 4, "payee": 6, "reference": 6}
REFUND = Act(
    "Refund to the client", "Refund", "Recording…", "The money goes back to the one whose it is.", "Refund recorded", widths=PAY_OUT
)
DISBURSE = Act(
    "Pay somebody for the client",
    "Disburse",
    "Recording…",
    "Never to cash, to bearer, or to the firm: the firm is paid by applying money to an invoice.",
    "Disbursement recorded",
    widths=PAY_OUT,
)


class ApplicationForm(CommandForm):
    invoice = ChoiceField("Invoice", empty="Choose the invoice…", needed="Choose the invoice that is paid.")
    amount = MoneyField("Amount", needed="Type the amount to apply.")
    effective_on = DateField("Date of the transfer", needed="Type the date of the transfer.")
    reference = TextField("Reference", hint="The bank’s number of the transfer")


class PayOutForm(CommandForm):
    amount = MoneyField("Amount", needed="Type the amount that leaves.")
    effective_on = DateField("Date", needed="Type the date when the money leaves.")
    method = ChoiceField("How it leaves", choices=methods_out)
    payee = TextField("To", needed="Type who receives the money.")
    reference = TextField("Check number or reference")
    purpose = TextField("For what", hint="For example: filing fee, balance at the end of the matter")


class RefundForm(PayOutForm):
    payee = TextField("To", hint="The client, whose money it is")


def _owed(head: LedgerHead) -> list[OpenInvoice]:
    """What the matter owes, and the invoice that the form was sent for, paid or not: a second press is answered like the first."""
    if head.matter_id is None:
        return []
    return invoices_to_pay(db.session(), firm_id=current_actor().firm_id, matter_id=head.matter_id, also=posted_id("invoice") or None)


def _with_invoices(form: ApplicationForm, owed: list[OpenInvoice]) -> ApplicationForm:
    form.invoice.pairs = [(one.id, f"{one.number}, owes {money(_amount(one.open_minor))}") for one in owed]
    return form


def _amount(minor: int) -> Money:
    found = as_money(minor)
    assert found is not None
    return found


@blueprint.get("/trust/ledgers/<int:ledger_id>/applications/new")
@requires("trust.apply")
def new_application(ledger_id: int) -> Response:
    """Proposes the invoice asked for, else the oldest, and as much of it as the ledger has; at most the amount asked for."""
    head = head_of(ledger_id)
    owed = _owed(head)
    chosen = next((one for one in owed if one.id == asked_id("invoice_id")), owed[0] if owed else None)
    asked = asked_payment().get("amount")
    most = asked.minor if isinstance(asked, Money) else head.balance_minor
    proposed = min(chosen.open_minor, head.balance_minor, most) if chosen else 0
    data: dict[str, Any] = {"effective_on": today_here(), "invoice": str(chosen.id) if chosen else ""}
    form = ApplicationForm(formdata=None, data=data | ({"amount": _amount(proposed)} if proposed else {}))
    nothing = None if owed else ("No invoice to pay", "No issued invoice of this matter owes anything. Issue an invoice first.")
    return ask(_with_invoices(form, owed), APPLY, url_for(".apply", ledger_id=ledger_id), head, nothing=nothing)


@blueprint.post("/trust/ledgers/<int:ledger_id>/applications")
@requires("trust.apply")
@proven
def apply(ledger_id: int) -> Response:
    head = head_of(ledger_id)
    form = _with_invoices(ApplicationForm(), _owed(head))
    return carry_out(
        form,
        APPLY,
        url_for(".apply", ledger_id=ledger_id),
        head,
        lambda: apply_trust_to_invoice(
            db.session(),
            actor=current_actor(),
            trust_ledger_id=ledger_id,
            invoice_id=int(form.invoice.data),
            amount=form.amount.data,
            effective_on=form.effective_on.data,
            reference=form.reference.data or "",
            key=form.key.data,
        ),
    )


@blueprint.get("/trust/ledgers/<int:ledger_id>/refunds/new")
@requires("trust.disburse")
def new_refund(ledger_id: int) -> Response:
    head = head_of(ledger_id)
    data = {"effective_on": today_here(), "method": "cheque", "payee": head.client_name} | asked_payment()
    return ask(RefundForm(formdata=None, data=data), REFUND, url_for(".refund", ledger_id=ledger_id), head)


@blueprint.post("/trust/ledgers/<int:ledger_id>/refunds")
@requires("trust.disburse")
@proven
def refund(ledger_id: int) -> Response:
    head, form = head_of(ledger_id), RefundForm()
    url = url_for(".refund", ledger_id=ledger_id)
    return carry_out(form, REFUND, url, head, lambda: refund_trust(db.session(), **_given(form, ledger_id)))


@blueprint.get("/trust/ledgers/<int:ledger_id>/disbursements/new")
@requires("trust.disburse")
def new_disbursement(ledger_id: int) -> Response:
    head = head_of(ledger_id)
    data = {"effective_on": today_here(), "method": "cheque", "payee": asked_text("payee", longest=200)} | asked_payment()
    form = PayOutForm(formdata=None, data=data)
    return ask(form, DISBURSE, url_for(".disburse", ledger_id=ledger_id), head)


@blueprint.post("/trust/ledgers/<int:ledger_id>/disbursements")
@requires("trust.disburse")
@proven
def disburse(ledger_id: int) -> Response:
    head, form = head_of(ledger_id), PayOutForm()
    url = url_for(".disburse", ledger_id=ledger_id)
    return carry_out(form, DISBURSE, url, head, lambda: disburse_trust(db.session(), **_given(form, ledger_id)))


def _given(form: PayOutForm, ledger_id: int) -> dict[str, Any]:
    return {
        "actor": current_actor(),
        "trust_ledger_id": ledger_id,
        "amount": form.amount.data,
        "effective_on": form.effective_on.data,
        "method": form.method.data,
        "payee": form.payee.data or "",
        "reference": form.reference.data or "",
        "purpose": form.purpose.data or "",
        "key": form.key.data,
    }
