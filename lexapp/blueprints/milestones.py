"""Milestones of fee agreements: reached, undone; fees that end before their work is done; time put under the agreement that stands."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for
from flask_login import current_user
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.agreements import EarnedBasis, EarnedPart
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.domain.money import Money
from lexapp.domain.shares import WHOLE, parse_percent
from lexapp.domain.words import counted
from lexapp.models import FeeAgreement, FeeTerm, Matter, Milestone
from lexapp.services import fee_agreements as service
from lexapp.services.fee_coverages import apply_coverage, preview_coverage
from lexapp.services.pre_bills import draft_fee
from lexapp.services.trust import prepare_earned_transfer
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.fee_agreement_page import refused_beside
from lexapp.web.filters import money
from lexapp.web.forms import ChoiceField, CommandForm, DateField, TextField, sent_key, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("milestones", __name__)
EFFECTS_SHOWN = 200
BASES = (
    (EarnedBasis.REACHED.value, "What was reached"),
    (EarnedBasis.WORK.value, "The value of the time that it covers"),
    (EarnedBasis.SHARE.value, "A share of the fee"),
)


class ReachingForm(VersionedForm):
    reached_on = DateField("Reached on", needed="Write the day on which it was reached.", hint="The fee is dated so")


class CancellationForm(VersionedForm):
    ended_on = DateField("Ended on", needed="Write the day on which the work ended.")
    basis = ChoiceField("Earned is", choices=BASES, default=EarnedBasis.REACHED.value)
    share = TextField("Share earned", longest=10, hint="Only for a share of the fee, such as 40")
    reason = TextField("Why", longest=255, needed="Write why the fee ends. It stays on record.")

    def cancellation(self, term_id: int) -> service.Cancellation:
        """What was typed, as the service takes it. Only after validation."""
        basis = EarnedBasis(self.basis.data)
        told = {"ended_on": self.ended_on.data, "reason": self.reason.data or "", "basis": basis}
        return service.Cancellation(term_id=term_id, **told, share_basis_points=self._share() if basis is EarnedBasis.SHARE else 0)

    def _share(self) -> int:
        text = (self.share.data or "").strip().rstrip("% ")
        try:
            return 0 if text == "0" else parse_percent(text)
        except InvalidInput as error:
            raise InvalidInput(error.message, field="share") from error


class CoverageForm(CommandForm):
    entries = HiddenField()
    difference = HiddenField()


@blueprint.get("/milestones/<int:milestone_id>/reaching")
@requires("pre_bill.edit")
def reaching(milestone_id: int) -> Response:
    row = load(Milestone, milestone_id)
    return _reaching_page(row, ReachingForm(None, data={"reached_on": today_here(), "version": row.version}))


@blueprint.post("/milestones/<int:milestone_id>/reaching")
@requires("pre_bill.edit")
def reach(milestone_id: int) -> Response:
    row, form = load(Milestone, milestone_id), ReachingForm()
    if form.validate_on_submit():
        try:
            given = {"version": form.version_seen, "reached_on": form.reached_on.data, "key": form.key.data}
            done = service.reach_milestone(db.session(), actor=current_actor(), milestone_id=row.id, **given)
        except InvalidInput as error:
            form.refuse(error)
        else:
            toast(f"{done.name} reached. Its fee waits to be billed.", undo=url_for(".undo", milestone_id=row.id, version=done.version))
            return _back(row.matter_id)
    return _reaching_page(row, form)


def _reaching_page(row: Milestone, form: ReachingForm) -> Response:
    page = {"page": "fee_agreements/reaching.html", "fragment": "fee_agreements/_reaching_form.html", "status": form.status}
    return render(**page, form=form, milestone=row, matter=load(Matter, row.matter_id))


@blueprint.post("/milestones/<int:milestone_id>/undoing")
@requires("pre_bill.edit")
def undo(milestone_id: int) -> Response:
    row = load(Milestone, milestone_id)
    try:
        service.undo_milestone(db.session(), actor=current_actor(), milestone_id=row.id, version=sent_version(), key=sent_key())
    except Refused as error:
        return refused_beside(f"milestone-{milestone_id}", row.matter_id, error)
    toast("Undone. The milestone waits as before.")
    return _back(row.matter_id)


@blueprint.post("/milestones/<int:milestone_id>/billing")
@requires("pre_bill.edit")
def bill(milestone_id: int) -> Response:
    """The fee by itself on a pre-bill, now."""
    try:
        made = draft_fee(db.session(), actor=current_actor(), fixed_fee_entry_id=_fee_of(milestone_id), key=sent_key())
    except Refused as error:
        return refused_beside(f"milestone-{milestone_id}", load(Milestone, milestone_id).matter_id, error)
    toast("The fee is on a pre-bill of its own" if len(made) == 1 else f"The fee is on {len(made)} pre-bills, one for each payer")
    return redirect_after(url_for("pre_bills.show", pre_bill_id=made[0]))


@blueprint.post("/milestones/<int:milestone_id>/transfer")
@requires("pre_bill.edit")
def prepare(milestone_id: int) -> Response:
    """The transfer out of trust for a fee that was reached before the money came in."""
    row = load(Milestone, milestone_id)
    prepare_earned_transfer(db.session(), actor=current_actor(), fixed_fee_entry_id=_fee_of(milestone_id), key=sent_key())
    toast("Transfer prepared. It waits for the invoice and for approval.")
    return _back(row.matter_id)


def _fee_of(milestone_id: int) -> int:
    entry_id = load(Milestone, milestone_id).fixed_fee_entry_id
    if entry_id is None:
        raise Conflict("This milestone was not reached. Look at the list as it is now.")
    return entry_id


@blueprint.get("/fee-terms/<int:fee_term_id>/cancellation")
@requires("rate.edit")
def cancelling(fee_term_id: int) -> Response:
    term = _cancellable(fee_term_id)
    version = load(FeeAgreement, term.fee_agreement_id).version
    return _cancellation_page(term, CancellationForm(None, data={"ended_on": today_here(), "version": version}))


def _cancelled(part: EarnedPart) -> str:
    if not part.to_return_minor:
        return "Fee cancelled. What is earned of it stands."
    beyond = money(Money(part.to_return_minor, current_user.currency))
    return f"Fee cancelled. {beyond} was billed beyond what is earned: return it to the client. The timeline keeps the amount."


@blueprint.post("/fee-terms/<int:fee_term_id>/cancellation")
@requires("rate.edit")
def cancel(fee_term_id: int) -> Response:
    term, form = _cancellable(fee_term_id), CancellationForm()
    if form.validate_on_submit():
        try:
            given = {"cancellation": form.cancellation(term.id), "key": form.key.data}
            part = service.cancel_fee(db.session(), actor=current_actor(), agreement_version=form.version_seen, **given)
        except InvalidInput as error:
            form.refuse(error)
        else:
            toast(_cancelled(part))
            return _back(term.matter_id)
    return _cancellation_page(term, form)


def _cancellable(fee_term_id: int) -> FeeTerm:
    term = load(FeeTerm, fee_term_id)
    return term if term.kind in ("flat", "milestones") else abort(404)


def _cancellation_page(term: FeeTerm, form: CancellationForm) -> Response:
    found = [(label, _part(term, EarnedBasis(value))) for value, label in BASES[:2]]
    page = {"page": "fee_agreements/cancellation.html", "fragment": "fee_agreements/_cancellation_form.html", "status": form.status}
    return render(**page, form=form, term=term, parts=found, matter=load(Matter, term.matter_id))


def _part(term: FeeTerm, basis: EarnedBasis) -> Any:
    told = service.Cancellation(term_id=term.id, ended_on=today_here(), basis=basis, share_basis_points=WHOLE)
    return service.preview_cancellation(db.session(), actor=current_actor(), cancellation=told)


@blueprint.get("/matters/<int:matter_id>/fee-agreement/time")
@requires("rate.edit")
def coverage(matter_id: int) -> Response:
    return _coverage_page(load(Matter, matter_id), CoverageForm(None))


@blueprint.post("/matters/<int:matter_id>/fee-agreement/time")
@requires("rate.edit")
def cover(matter_id: int) -> Response:
    matter, form, status = load(Matter, matter_id), CoverageForm(), None
    if form.validate_on_submit():
        try:
            given = {"entries": _number(form.entries), "difference_minor": _number(form.difference), "key": form.key.data}
            changed = apply_coverage(db.session(), actor=current_actor(), matter_id=matter_id, **given)
        except Conflict as error:
            form.refuse(error)
            status = 409
        else:
            toast(f"The agreement stands on {counted(changed, 'entry')}")
            return _back(matter_id)
    return _coverage_page(matter, form, status)


def _coverage_page(matter: Matter, form: CoverageForm, status: int | None = None) -> Response:
    found = preview_coverage(db.session(), actor=current_actor(), matter_id=matter.id)
    form.entries.data, form.difference.data = str(len(found.effects)), str(found.difference_minor)
    page = {"page": "fee_agreements/coverage.html", "fragment": "fee_agreements/_coverage.html", "status": status or form.status}
    return render(**page, form=form, matter=matter, found=found, effects=found.effects[:EFFECTS_SHOWN])


def _number(field: HiddenField) -> int:
    """A number that the page itself wrote; anything else matches no effect and so asks to look again."""
    text = field.data or ""
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 19 else -1


def _back(matter_id: int) -> Response:
    return redirect_after(url_for("fee_agreements.of_matter", matter_id=matter_id))
