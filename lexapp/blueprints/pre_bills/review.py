"""The review of one pre-bill: its lines, its totals, its way to approved and issued."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, url_for
from flask_login import current_user
from wtforms import HiddenField

from lexapp.blueprints.pre_bills.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.models import Invoice, PreBill
from lexapp.queries.pre_bills import neighbours, other_payers, pre_bill_row, review_lines
from lexapp.services.pre_bills import approve_pre_bill, discard_pre_bill, edit_pre_bill, reopen_pre_bill
from lexapp.web.access import current_actor, load, requires
from lexapp.web.expected_taxes import taxes_expected
from lexapp.web.forms import CommandForm, NoteField, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.line_findings import checks_of


class DescriptionForm(CommandForm):
    description = NoteField("What it is for", longest=500, needed="Type what the invoice is for.")
    shown = HiddenField()


@blueprint.get("/pre-bills/<int:pre_bill_id>")
@requires("pre_bill.view")
def show(pre_bill_id: int) -> Response:
    return _page(load(PreBill, pre_bill_id))


def _page(pre_bill: PreBill, form: DescriptionForm | None = None, status: int | None = None, refusal: str | None = None) -> Response:
    place, of, before, after = neighbours(db.session(), pre_bill=pre_bill)
    groups = review_lines(db.session(), firm_id=pre_bill.firm_id, pre_bill_id=pre_bill.id)
    form = form or DescriptionForm(formdata=None, data={"description": pre_bill.description, "shown": pre_bill.description})
    return render(
        page="pre_bills/show.html",
        status=status or form.status,
        form=form,
        refusal=refusal,
        groups=groups,
        checks=checks_of(pre_bill, groups),
        place=place,
        of=of,
        before=before,
        after=after,
        **review_context(pre_bill),
    )


def review_context(pre_bill: PreBill) -> dict[str, Any]:
    """What the rail, the feet of the tables and the action bar show; lines are read by whoever shows them."""
    row = pre_bill_row(db.session(), firm_id=pre_bill.firm_id, pre_bill_id=pre_bill.id)
    return {
        "pre_bill": pre_bill,
        "row": row,
        "sums": row.sums,
        "taxes": taxes_expected([row])[0] if pre_bill.state in ("open", "approved") else None,
        "others": other_payers(db.session(), pre_bill=pre_bill),
        "invoice": _invoice_of(pre_bill) if pre_bill.state == "issued" else None,
        "editable": pre_bill.state == "open" and current_actor().may("pre_bill.edit"),
        "currency": current_user.currency,
    }


def _invoice_of(pre_bill: PreBill) -> Invoice | None:
    query = db.select(Invoice).where(Invoice.firm_id == pre_bill.firm_id, Invoice.pre_bill_id == pre_bill.id)
    return db.session.scalars(query).one_or_none()


@blueprint.post("/pre-bills/<int:pre_bill_id>/description")
@requires("pre_bill.edit")
def describe(pre_bill_id: int) -> Response:
    pre_bill, form = load(PreBill, pre_bill_id), DescriptionForm()
    if not form.validate_on_submit():
        return _page(pre_bill, form)
    try:
        given = {"description": form.description.data, "shown": form.shown.data or "", "key": form.key.data}
        edit_pre_bill(db.session(), actor=current_actor(), pre_bill_id=pre_bill_id, **given)
    except Refused as error:
        form.refuse(error)
        if not isinstance(error, Conflict):
            return _page(load(PreBill, pre_bill_id), form)
        form.shown.data = pre_bill.description
        return _page(pre_bill, form, 409)
    toast("Saved")
    return redirect_after(url_for(".show", pre_bill_id=pre_bill_id))


@blueprint.post("/pre-bills/<int:pre_bill_id>/approval")
@requires("pre_bill.approve")
def approve(pre_bill_id: int) -> Response:
    """Approved with the words as they stand in their field: on to issuing it, for those who may. What refuses it is said on the record."""
    pre_bill, form = load(PreBill, pre_bill_id), DescriptionForm()
    if form.description.raw_data and not form.validate_on_submit():
        return _page(pre_bill, form)
    try:
        approved = _approve(pre_bill_id, form)
    except Refused as error:
        return _not_approved(load(PreBill, pre_bill_id), form, error)
    toast("Pre-bill approved", undo=url_for(".reopen", pre_bill_id=pre_bill_id, version=approved.version))
    return redirect_after(url_for(".show", pre_bill_id=pre_bill_id))


def _approve(pre_bill_id: int, form: DescriptionForm) -> PreBill:
    typed = {"description": form.description.data, "shown": form.shown.data or "", "key": form.key.data}
    words = typed if form.description.raw_data else {}
    return approve_pre_bill(db.session(), actor=current_actor(), pre_bill_id=pre_bill_id, version=sent_version(), **words)


def _not_approved(pre_bill: PreBill, form: DescriptionForm, error: Refused) -> Response:
    """The record as it is now, why it was not approved, and the words that were typed."""
    if isinstance(error, InvalidInput):
        if error.field:
            form.refuse(error)
        return _page(pre_bill, form, 422, None if error.field else str(error))
    typed = (form.description.data or "") if form.description.raw_data else pre_bill.description
    form.description.data, form.shown.data = typed, pre_bill.description
    lost = "" if pre_bill.state == "open" or typed.split() == pre_bill.description.split() else f" You had typed: “{typed}”"
    return _page(pre_bill, form, 409, f"{error}{lost}")


@blueprint.post("/pre-bills/<int:pre_bill_id>/reopening")
@requires("pre_bill.approve")
def reopen(pre_bill_id: int) -> Response:
    _move(reopen_pre_bill, pre_bill_id)
    toast("Pre-bill open again")
    return redirect_after(url_for(".show", pre_bill_id=pre_bill_id))


@blueprint.post("/pre-bills/<int:pre_bill_id>/discard")
@requires("pre_bill.approve")
def discard(pre_bill_id: int) -> Response:
    _move(discard_pre_bill, pre_bill_id)
    toast(f"Pre-bill {pre_bill_id} discarded. Its work is unbilled again")
    return redirect_after(url_for(".index"))


def _move(command: Callable[..., PreBill], pre_bill_id: int) -> PreBill:
    """A command on the pre-bill at the version that was shown."""
    load(PreBill, pre_bill_id)
    return command(db.session(), actor=current_actor(), pre_bill_id=pre_bill_id, version=sent_version())
