"""Fees that terms come to by the month or by result: a result recorded, a month or a minimum, undone, billed by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, url_for
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.agreements import Minimum, SuccessFee, Term, read_term
from lexapp.domain.agreements.reasons import month_words
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.models import AgreedFee, FeeTerm, Matter
from lexapp.services import fee_agreements as service
from lexapp.services.pre_bills import draft_fee
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.fee_agreement_page import refused_beside
from lexapp.web.forms import CommandForm, DateField, MoneyField, TextField, sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("agreed_fees", __name__)
NOTHING_DUE = "Recorded. Nothing is due."


class ResultForm(CommandForm):
    value = MoneyField("Achieved", needed="Type what was achieved.")
    achieved_on = DateField("On", needed="Write the day.", hint="The fee is dated so")
    note = TextField("What it is", longest=150, hint="Stands on the invoice, such as: sale of the Dock Street site")


class MinimumForm(CommandForm):
    ended_on = DateField("Through", needed="Write the day.", hint="Time by the hour counts up to this day, and the fee is dated so")


class MonthForm(CommandForm):
    month = HiddenField()


@blueprint.get("/fee-terms/<int:fee_term_id>/result")
@requires("pre_bill.edit")
def new_result(fee_term_id: int) -> Response:
    row, term = _term(fee_term_id, SuccessFee)
    return _page(row, term, ResultForm(None, data={"achieved_on": today_here()}), "record_result")


@blueprint.post("/fee-terms/<int:fee_term_id>/result")
@requires("pre_bill.edit")
def record_result(fee_term_id: int) -> Response:
    row, term = _term(fee_term_id, SuccessFee)
    form = ResultForm()

    def act() -> AgreedFee:
        told = {"value_minor": form.value.data.minor, "achieved_on": form.achieved_on.data, "note": form.note.data or ""}
        return service.record_result(db.session(), actor=current_actor(), fee_term_id=row.id, **told, key=form.key.data)

    return _carry_out(row, term, form, "record_result", act)


@blueprint.get("/fee-terms/<int:fee_term_id>/minimum")
@requires("pre_bill.edit")
def new_minimum(fee_term_id: int) -> Response:
    row, term = _minimum(fee_term_id)
    return _page(row, term, MinimumForm(None, data={"ended_on": today_here()}), "record_minimum")


@blueprint.post("/fee-terms/<int:fee_term_id>/minimum")
@requires("pre_bill.edit")
def record_minimum(fee_term_id: int) -> Response:
    row, term = _minimum(fee_term_id)
    form = MinimumForm()

    def act() -> AgreedFee:
        given = {"ended_on": form.ended_on.data, "key": form.key.data}
        return service.record_minimum(db.session(), actor=current_actor(), fee_term_id=row.id, **given)

    return _carry_out(row, term, form, "record_minimum", act)


@blueprint.post("/fee-terms/<int:fee_term_id>/months")
@requires("pre_bill.edit")
def record_month(fee_term_id: int) -> Response:
    row, form = load(FeeTerm, fee_term_id), MonthForm()
    month = _month(form.month.data)
    made = service.record_month(db.session(), actor=current_actor(), fee_term_id=row.id, month=month, key=sent_key())
    toast(f"{month_words(month)} recorded" if made.amount_minor else NOTHING_DUE)
    return _back(row.matter_id)


def _month(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise InvalidInput("Choose a month.", field="month") from error


def _term(fee_term_id: int, kind: type[Term]) -> tuple[FeeTerm, Term]:
    row = load(FeeTerm, fee_term_id)
    term = read_term(row.kind, row.terms)
    return (row, term) if isinstance(term, kind) else abort(404)


def _minimum(fee_term_id: int) -> tuple[FeeTerm, Minimum]:
    """One in all; what a month leaves missing is recorded by the month."""
    row, term = _term(fee_term_id, Minimum)
    return (row, term) if isinstance(term, Minimum) and not term.is_monthly else abort(404)


def _carry_out(row: FeeTerm, term: Term, form: CommandForm, act: str, command: Callable[[], AgreedFee]) -> Response:
    if not form.validate_on_submit():
        return _page(row, term, form, act)
    try:
        made = command()
    except Refused as error:
        form.refuse(error)
        return _page(row, term, form, act)
    toast(f"{made.name} recorded. It waits to be billed." if made.amount_minor else NOTHING_DUE)
    return _back(row.matter_id)


def _page(row: FeeTerm, term: Term, form: Any, act: str) -> Response:
    page = {"page": "fee_agreements/recording.html", "fragment": "fee_agreements/_recording_form.html", "status": form.status}
    return render(**page, form=form, term=term, matter=load(Matter, row.matter_id), url=url_for(f".{act}", fee_term_id=row.id))


@blueprint.post("/agreed-fees/<int:agreed_fee_id>/undoing")
@requires("pre_bill.edit")
def undo(agreed_fee_id: int) -> Response:
    row = load(AgreedFee, agreed_fee_id)
    given = {"agreed_fee_id": row.id, "version": sent_version(), "key": sent_key()}
    try:
        service.undo_agreed_fee(db.session(), actor=current_actor(), **given)
    except Refused as error:
        return refused_beside(f"agreed-fee-{agreed_fee_id}", row.matter_id, error)
    toast("Undone. It can be recorded anew.")
    return _back(row.matter_id)


@blueprint.post("/agreed-fees/<int:agreed_fee_id>/billing")
@requires("pre_bill.edit")
def bill(agreed_fee_id: int) -> Response:
    """The fee by itself on a pre-bill, now."""
    row = load(AgreedFee, agreed_fee_id)
    if row.fixed_fee_entry_id is None:
        raise Conflict("Nothing was due, so there is nothing to bill.")
    try:
        made = draft_fee(db.session(), actor=current_actor(), fixed_fee_entry_id=row.fixed_fee_entry_id, key=sent_key())
    except Refused as error:
        return refused_beside(f"agreed-fee-{agreed_fee_id}", row.matter_id, error)
    toast("The fee is on a pre-bill of its own" if len(made) == 1 else f"The fee is on {len(made)} pre-bills, one for each payer")
    return redirect_after(url_for("pre_bills.show", pre_bill_id=made[0]))


def _back(matter_id: int) -> Response:
    return redirect_after(url_for("fee_agreements.of_matter", matter_id=matter_id))
