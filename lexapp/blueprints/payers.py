"""Who pays for a matter: what is agreed, changing it from a day, and the consent of who is not the client."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, request, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.domain.shares import MOST_PAYERS
from lexapp.domain.splits import check_arrangement
from lexapp.models import Firm, Matter, MatterPayer
from lexapp.queries.payers import Agreed, arrangement_on, arrangements_of, billed_by_payer
from lexapp.services.payers import Consent, agree_payers, record_consent
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, NoteField, TextField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.payer_forms import PayersForm, filled, lines_for, lines_sent, payers_form
from lexapp.web.payer_words import HOW, Example, example_of, rule_words
from lexapp.web.record_names import client_name

blueprint = Blueprint("payers", __name__)


class ConsentForm(CommandForm):
    consented_on = DateField("Agreed on", needed="Write the day on which they agreed.", latest=today_here)
    by = TextField("By", needed="Write who agreed for the payer.", hint="The person, such as the adjuster")
    how = ChoiceField("How", choices=[(key, words.capitalize()) for key, words in HOW.items()], needed="Choose how they agreed.")
    note = NoteField("Note", longest=500, hint="A claim number, where the letter is kept")


def _matter(matter_id: int) -> Matter:
    """A matter that somebody pays for."""
    matter = load(Matter, matter_id)
    return matter if matter.client_id is not None else abort(404)


def _agreed(matter: Matter) -> list[Agreed]:
    return arrangements_of(db.session(), firm_id=matter.firm_id, matter_ids=[matter.id]).get(matter.id, [])


def _currency(matter: Matter) -> str:
    return db.session.get_one(Firm, matter.firm_id).currency


@blueprint.get("/matters/<int:matter_id>/payers")
@requires("matter.edit")
def show(matter_id: int) -> Response:
    matter = _matter(matter_id)
    currency, agreed = _currency(matter), _agreed(matter)
    now = arrangement_on(agreed, today_here()) or (agreed[0] if agreed else None)
    billed = billed_by_payer(db.session(), firm_id=matter.firm_id, matter_ids=[matter_id])[matter_id]
    example = example_of(now.arrangement, now.names, currency) if now else None
    return render(
        page="payers/show.html", matter=matter, now=now, agreed=agreed, billed=billed, example=example, words=rule_words, currency=currency
    )


@blueprint.get("/matters/<int:matter_id>/payers/edit")
@requires("matter.edit")
def edit(matter_id: int) -> Response:
    matter = _matter(matter_id)
    last = next(reversed(_agreed(matter)), None)
    form = _filled(matter, last)
    return _form_page(form, matter, example_of(last.arrangement, last.names, _currency(matter)) if last else None)


def _filled(matter: Matter, last: Agreed | None) -> PayersForm:
    """What was agreed last, to be changed from today; where nothing was, from the day on which the matter opened."""
    arrangement = last.arrangement if last else None
    first: date = max(today_here(), last.effective_from) if last else matter.opened_on
    values = filled(arrangement, client_id=matter.client_id or 0, first=first, version=matter.version, currency=_currency(matter))
    return payers_form(lines_for(arrangement), values)


@blueprint.post("/matters/<int:matter_id>/payers")
@requires("matter.edit")
def update(matter_id: int) -> Response:
    matter = _matter(matter_id)
    if request.form.get("act") == "more":
        return _form_page(payers_form(min(lines_sent() + 1, MOST_PAYERS)), matter, None)
    form, status = payers_form(lines_sent() or 2), None
    if form.validate_on_submit():
        try:
            given = {"matter_id": matter_id, "version": form.version_seen, "effective_from": form.effective_from.data, "key": form.key.data}
            agree_payers(db.session(), actor=current_actor(), arrangement=form.arrangement(), **given)
        except Conflict as error:
            matter, status = load(Matter, matter_id), 409
            form.refuse(error)
            form.compare(_filled(matter, next(reversed(_agreed(matter)), None)))
        except Refused as error:
            form.refuse(form.beside(error) if isinstance(error, InvalidInput) else error)
        else:
            toast("Payers saved")
            return redirect_after(url_for(".show", matter_id=matter_id))
    return _form_page(form, matter, _example_typed(form, matter), status)


@blueprint.post("/matters/<int:matter_id>/payers/example")
@requires("matter.edit")
def example(matter_id: int) -> Response:
    """The worked example of what is typed; nothing is kept."""
    matter, form = _matter(matter_id), payers_form(lines_sent() or 2)
    shown = None
    if form.validate_on_submit():
        try:
            shown = _worked(form, matter)
        except InvalidInput as error:
            form.refuse(form.beside(error))
    return _form_page(form, matter, shown, fragment="payers/_example.html")


def _example_typed(form: PayersForm, matter: Matter) -> Example | None:
    try:
        return _worked(form, matter)
    except Refused:
        return None


def _worked(form: PayersForm, matter: Matter) -> Example:
    arrangement, currency = form.arrangement(), _currency(matter)
    check_arrangement(arrangement, billed={}, currency=currency)
    return example_of(arrangement, {payer.payer_id: client_name(payer.payer_id) for payer in arrangement.payers}, currency)


def _form_page(
    form: PayersForm, matter: Matter, shown: Example | None, status: int | None = None, fragment: str = "payers/_payers_form.html"
) -> Response:
    page = {"page": "payers/form.html", "fragment": fragment, "status": status or form.status}
    return render(**page, form=form, matter=matter, example=shown, most=MOST_PAYERS)


@blueprint.get("/matter-payers/<int:matter_payer_id>/consent")
@requires("matter.edit")
def consent(matter_payer_id: int) -> Response:
    payer = load(MatterPayer, matter_payer_id)
    given = {
        "consented_on": payer.consented_on or today_here(),
        "by": payer.consent_by,
        "how": payer.consent_how or "letter",
    }
    return _consent_page(ConsentForm(None, data=given | {"note": payer.consent_note}), payer)


@blueprint.post("/matter-payers/<int:matter_payer_id>/consent")
@requires("matter.edit")
def keep_consent(matter_payer_id: int) -> Response:
    payer = load(MatterPayer, matter_payer_id)
    form, matter_id = ConsentForm(), payer.matter_id
    if form.validate_on_submit():
        said = Consent(consented_on=form.consented_on.data, by=form.by.data, how=form.how.data, note=form.note.data or "")
        try:
            record_consent(db.session(), actor=current_actor(), payer_id=matter_payer_id, consent=said, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Consent recorded")
            return redirect_after(url_for(".show", matter_id=matter_id))
    return _consent_page(form, payer)


def _consent_page(form: ConsentForm, payer: MatterPayer) -> Response:
    shown = {"payer": payer, "name": client_name(payer.client_id), "matter": load(Matter, payer.matter_id)}
    return render(page="payers/consent.html", fragment="payers/_consent_form.html", status=form.status, form=form, **shown)
