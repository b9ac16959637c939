"""A hard cost that the matter's trust money pays."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from lexapp.blueprints.trust.acts import Act, ask, carry_out
from lexapp.blueprints.trust.listing import blueprint, head_of
from lexapp.database import db
from lexapp.models import ExpenseEntry
from lexapp.queries.matters import ledgers_of
from lexapp.queries.trust import LedgerHead
from lexapp.services.trust import CostPayment, pay_cost_from_trust
from lexapp.web.access import current_actor, load, requires
from lexapp.web.bank_fields import methods_out
from lexapp.web.dates import today_here
from lexapp.web.filters import as_money, money
from lexapp.web.forms import ChoiceField, DateField, TextField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.proof import proven

PAY_COST = Act(
    "Pay an expense from trust",
    "Pay from trust",
    "Recording…",
    "What was paid leaves the matter’s trust ledger, and nothing of the expense is billed. Only where the client agreed to it.",
    "Expense paid from trust",
    widths={"trust_ledger_id": 8, "effective_on": 4, "method": 4, "payee": 8, "reference": 6, "authority": 12},
)
NO_LEDGER = ("No trust ledger", "This matter holds no client money. Record a deposit first, or bill the expense.")


class CostForm(VersionedForm):
    trust_ledger_id = ChoiceField("Out of", needed="Choose the trust ledger.")
    effective_on = DateField("Date", needed="Type the date when the money leaves.")
    method = ChoiceField("How it leaves", choices=methods_out)
    payee = TextField("To", needed="Type who receives the money.")
    reference = TextField("Check number or reference")
    authority = TextField(
        "Agreed by the client in", needed="Write where the client agreed to it.", hint="For example: engagement letter of Oct 1, clause 4"
    )


def _offered(form: CostForm, entry: ExpenseEntry) -> LedgerHead | None:
    """Offers the ledgers of the matter; returns the first one's head."""
    ledgers = ledgers_of(db.session(), firm_id=entry.firm_id, matter_id=entry.matter_id)
    form.trust_ledger_id.pairs = [(str(one.id), f"{one.bank_account_name}, holds {money(as_money(one.balance_minor))}") for one in ledgers]
    return head_of(ledgers[0].id) if ledgers else None


@blueprint.get("/trust/costs/<int:expense_entry_id>/payments/new")
@requires("trust.disburse")
def new_cost_payment(expense_entry_id: int) -> Response:
    entry = load(ExpenseEntry, expense_entry_id)
    form = CostForm(None, data={"effective_on": today_here(), "payee": entry.vendor, "version": entry.version})
    head = _offered(form, entry)
    return ask(form, PAY_COST, url_for(".pay_cost", expense_entry_id=entry.id), head, cost=entry, nothing=None if head else NO_LEDGER)


@blueprint.post("/trust/costs/<int:expense_entry_id>/payments")
@requires("trust.disburse")
@proven
def pay_cost(expense_entry_id: int) -> Response:
    entry, form = load(ExpenseEntry, expense_entry_id), CostForm()
    head = _offered(form, entry)
    more: dict[str, Any] = {"cost": entry, "nothing": None if head else NO_LEDGER}
    return carry_out(form, PAY_COST, url_for(".pay_cost", expense_entry_id=entry.id), head, lambda: _pay(form, entry.id), **more)


def _pay(form: CostForm, entry_id: int) -> Any:
    said = {name: form[name].data or "" for name in ("method", "payee", "reference", "authority")}
    payment = CostPayment(trust_ledger_id=int(form.trust_ledger_id.data), effective_on=form.effective_on.data, **said)
    given = {"version": form.version_seen, "payment": payment, "key": form.key.data}
    return pay_cost_from_trust(db.session(), actor=current_actor(), entry_id=entry_id, **given)
