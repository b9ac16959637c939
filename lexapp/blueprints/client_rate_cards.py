"""Giving a rate card to a client after a look at the effect, ending that, and taking a mistake back."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.rate_cards import Assignment
from lexapp.models import Client, ClientRateCard, RateCard
from lexapp.queries.rate_cards import card_choices
from lexapp.services import card_assignments as service
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.dates import today_here
from lexapp.web.ending import EndForm
from lexapp.web.forms import CommandForm, FirstDayField, LastDayField, RecordField, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id
from lexapp.web.rate_what_ifs import WhatIf, asked_to_look, shown_what_if
from lexapp.web.record_names import client_name

blueprint = Blueprint("client_rate_cards", __name__)


class GiveForm(CommandForm):
    rate_card_id = RecordField("Rate card", needed="Choose the rate card.")
    client_id = RecordField("Client", needed="Pick the client.", named=client_name)
    effective_from = FirstDayField("From", needed="Write the first day.", hint="A later day plans it ahead")
    effective_to = LastDayField("Until", hint="Empty: until another card starts")

    def offer(self) -> None:
        self.rate_card_id.pairs = card_choices(db.session(), firm_id=current_actor().firm_id)

    def assignment(self) -> Assignment:
        """What was typed, checked to be the firm's. Only after validation."""
        return Assignment(
            card_id=self.rate_card_id.data,
            client_id=load(Client, self.client_id.data).id,
            effective_from=self.effective_from.data,
            effective_to=self.effective_to.data,
        )


class EndGivenForm(EndForm):
    effective_to = LastDayField("Last day", needed="Write the last day on which the client has the card.")


@blueprint.get("/client-rate-cards/new")
@requires("rate.edit")
def new() -> Response:
    known = {"client_id": asked_id("client"), "rate_card_id": asked_id("card")}
    for model, id_ in ((Client, known["client_id"]), (RateCard, known["rate_card_id"])):
        if id_:
            load(model, id_)
    return _give_page(GiveForm(None, data=known | {"effective_from": today_here()}))


@blueprint.post("/client-rate-cards")
@requires("rate.edit")
def create() -> Response:
    form, found = GiveForm(), None
    form.offer()
    if form.validate_on_submit():
        given = form.assignment()
        try:
            if asked_to_look() and may("time.view_all"):
                found = shown_what_if(service.what_if_given(db.session(), actor=current_actor(), assignment=given))
            else:
                service.give_card(db.session(), actor=current_actor(), assignment=given, key=form.key.data)
                toast("The client has the card. Unbilled entries keep the rate they have.")
                return redirect_after(url_for("rate_cards.show", rate_card_id=given.card_id))
        except Refused as error:
            form.refuse(error)
    return _give_page(form, found)


def _give_page(form: GiveForm, found: WhatIf | None = None) -> Response:
    form.offer()
    page = {"page": "client_rate_cards/form.html", "fragment": "client_rate_cards/_give_form.html", "status": form.status}
    return render(**page, form=form, found=found)


@blueprint.get("/client-rate-cards/<int:client_rate_card_id>/ending")
@requires("rate.edit")
def end_form(client_rate_card_id: int) -> Response:
    given = load(ClientRateCard, client_rate_card_id)
    return _end_page(EndGivenForm.shown(given), given)


@blueprint.post("/client-rate-cards/<int:client_rate_card_id>/ending")
@requires("rate.edit")
def end(client_rate_card_id: int) -> Response:
    given, form = load(ClientRateCard, client_rate_card_id), EndGivenForm()
    card_id = given.rate_card_id
    if form.validate_on_submit():
        try:
            values = {"assignment_id": given.id, "version": form.version_seen, "last_day": form.effective_to.data, "key": form.key.data}
            service.end_given_card(db.session(), actor=current_actor(), **values)
        except Refused as error:
            form.refuse_ending(error, ClientRateCard, client_rate_card_id)
        else:
            toast("Card ended for the client")
            return redirect_after(url_for("rate_cards.show", rate_card_id=card_id))
    return _end_page(form, load(ClientRateCard, client_rate_card_id))


def _end_page(form: EndGivenForm, given: ClientRateCard) -> Response:
    records = {"card": load(RateCard, given.rate_card_id), "client": load(Client, given.client_id)}
    page = {"page": "client_rate_cards/end.html", "fragment": "client_rate_cards/_end_form.html", "status": form.status}
    return render(**page, form=form, given=given, **records)


@blueprint.post("/client-rate-cards/<int:client_rate_card_id>/removal")
@requires("rate.edit")
def remove(client_rate_card_id: int) -> Response:
    given = load(ClientRateCard, client_rate_card_id)
    card_id = given.rate_card_id
    service.take_card_back(db.session(), actor=current_actor(), assignment_id=given.id, version=sent_version())
    toast("Card taken back. Entries recorded with it keep its rate.")
    return redirect_after(url_for("rate_cards.show", rate_card_id=card_id))
