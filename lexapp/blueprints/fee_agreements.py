"""The fee agreement of a matter: what stands, a new one, its letter, taking back a mistake."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for

from lexapp.database import db
from lexapp.domain.dates import day_text
from lexapp.domain.errors import InvalidInput, Refused
from lexapp.models import FeeAgreement, Matter, StoredDocument
from lexapp.queries.fee_agreements import agreements_of_matter, fee_templates, templates_for
from lexapp.queries.matter_tasks import task_names
from lexapp.queries.trust import earned_transfers
from lexapp.services import fee_agreements as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.fee_agreement_page import LetterForm, agreement_page
from lexapp.web.fee_terms import TermsForm, asked_act, offered_kinds, terms_form, typed_terms
from lexapp.web.forms import DateField, FirstDayField, NoteField, sent_key, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id
from lexapp.web.stored_files import send_receipt, storage
from lexapp.workflows.fee_agreements import store_letter

blueprint = Blueprint("fee_agreements", __name__)


class AgreementForm(TermsForm):
    effective_from = FirstDayField("From", needed="Write the first day.")
    signed_on = DateField("Signed on", latest=today_here, hint="Empty: not signed yet")
    note = NoteField("Note", longest=4_000, hint="What else was agreed, for the firm’s own eyes")

    def agreement(self, matter_id: int) -> service.NewAgreement:
        """What was typed, as the service takes it. Only after validation."""
        days = {"effective_from": self.effective_from.data, "signed_on": self.signed_on.data}
        return service.NewAgreement(matter_id=matter_id, terms=self.terms(), note=self.note.data or "", **days)


@blueprint.get("/matters/<int:matter_id>/fee-agreement")
@requires("pre_bill.view")
def of_matter(matter_id: int) -> Response:
    return agreement_page(load(Matter, matter_id), LetterForm(None, ids="letter"))


@blueprint.get("/matters/<int:matter_id>/fee-agreement/summary")
@requires("pre_bill.view")
def summary(matter_id: int) -> Response:
    """The panel of the matter's page, which asks for it once it stands."""
    matter, today = load(Matter, matter_id), today_here()
    rows = agreements_of_matter(db.session(), firm_id=matter.firm_id, matter_id=matter_id)
    now = next((row for row in rows if row.state(today) == "now"), None)
    earned = earned_transfers(db.session(), firm_id=matter.firm_id, matter_id=matter_id) if rows else []
    return render(page="fee_agreements/_summary.html", matter=matter, fees=rows, fees_now=now, today=today, earned=earned)


@blueprint.get("/matters/<int:matter_id>/fee-agreement/new")
@requires("rate.edit")
def new(matter_id: int) -> Response:
    matter = _agreeable(matter_id)
    templates = templates_for(fee_templates(db.session(), firm_id=matter.firm_id), matter.practice_area_id)
    chosen = next((row.terms for row in templates if row.id == asked_id("template")), None)
    rows = agreements_of_matter(db.session(), firm_id=matter.firm_id, matter_id=matter_id)
    now = next((row for row in rows if row.state(today_here()) == "now"), None)
    terms = chosen or ([one.term for one in now.terms] if now else None)
    typed = typed_terms(terms) if terms else {"term_1_kind": "hourly"}
    return _form_page(terms_form(AgreementForm, {**typed, "effective_from": day_text(today_here())}, ids="agreement"), matter, templates)


@blueprint.post("/matters/<int:matter_id>/fee-agreement")
@requires("rate.edit")
def create(matter_id: int) -> Response:
    matter, (typed, is_act) = _agreeable(matter_id), asked_act()
    form = terms_form(AgreementForm, typed, ids="agreement")
    if not is_act and form.validate():
        try:
            service.agree_fees(db.session(), actor=current_actor(), agreement=form.agreement(matter_id), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Fees agreed. Time from the first day on is read by it.")
            return redirect_after(url_for(".of_matter", matter_id=matter_id))
    return _form_page(form, matter)


def _agreeable(matter_id: int) -> Matter:
    matter = load(Matter, matter_id)
    return abort(404) if matter.is_internal else matter


def _form_page(form: Any, matter: Matter, templates: Any = ()) -> Response:
    page = {"page": "fee_agreements/form.html", "fragment": "fee_agreements/_agreement_form.html", "status": form.status}
    tasks = task_names(db.session(), firm_id=matter.firm_id, matter_id=matter.id)
    return render(**page, form=form, matter=matter, templates=templates, kinds=offered_kinds(), tasks=tasks)


@blueprint.post("/fee-agreements/<int:fee_agreement_id>/letter")
@requires("rate.edit")
def attach(fee_agreement_id: int) -> Response:
    row, form = load(FeeAgreement, fee_agreement_id), LetterForm(ids="letter")
    if form.validate_on_submit():
        try:
            letter = store_letter(storage(), actor=current_actor(), data=form.letter.content or b"")
            given = {"version": sent_version(), "letter": letter, "key": form.key.data}
            service.attach_letter(db.session(), actor=current_actor(), agreement_id=row.id, **given)
        except InvalidInput as error:
            form.refuse(error)
        else:
            toast("Letter attached")
            return redirect_after(url_for(".of_matter", matter_id=row.matter_id))
    return agreement_page(load(Matter, row.matter_id), form)


@blueprint.get("/fee-agreements/<int:fee_agreement_id>/letter")
@requires("pre_bill.view")
def letter(fee_agreement_id: int) -> Response:
    row = load(FeeAgreement, fee_agreement_id)
    return send_receipt(load(StoredDocument, row.letter_id)) if row.letter_id else abort(404)


@blueprint.post("/fee-agreements/<int:fee_agreement_id>/removal")
@requires("rate.edit")
def remove(fee_agreement_id: int) -> Response:
    row = load(FeeAgreement, fee_agreement_id)
    given = {"agreement_id": row.id, "version": sent_version(), "key": sent_key()}
    service.remove_agreement(db.session(), actor=current_actor(), **given)
    toast("Agreement removed. The one before goes on through its days.")
    return redirect_after(url_for(".of_matter", matter_id=row.matter_id))
