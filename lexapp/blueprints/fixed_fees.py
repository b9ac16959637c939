"""Fixed-fee entries: the list, a new one, changes."""

from __future__ import annotations

from typing import Any

from lexapp.queries.expense_entries import CostLine, fixed_fee_line, fixed_fee_lines, fixed_fee_totals
from lexapp.services import fixed_fees as service
from lexapp.web.cost_pages import CostPages, cost_blueprint
from lexapp.web.entry_forms import FixedFeeForm


def _shown(entry: CostLine) -> dict[str, Any]:
    return {"charged_on": entry.dated_on, "amount_minor": entry.unit}


def _facts(form: FixedFeeForm) -> dict[str, Any]:
    fee = service.FixedFee(
        matter_id=form.matter_id.data,
        charged_on=form.charged_on.data,
        amount_minor=form.amount_minor.data.minor,
        description=form.description.data or "",
        billing_status=form.billing_status.data,
    )
    return {"fee": fee}


pages = CostPages(
    blueprint="fixed_fees",
    noun="fixed fee",
    see="pre_bill.view",
    permission="pre_bill.edit",
    form=FixedFeeForm,
    line=fixed_fee_line,
    lines=fixed_fee_lines,
    totals=fixed_fee_totals,
    facts=_facts,
    shown=_shown,
    record=service.record_fixed_fee,
    edit=service.edit_fixed_fee,
    discard=service.discard_fixed_fee,
    restore=service.restore_fixed_fee,
)
blueprint = cost_blueprint(pages, "/fixed-fees")
