"""Adding a rate to a card, after its effect on unbilled work was looked at."""

from __future__ import annotations

from flask import Response, url_for

from lexapp.blueprints.rate_cards.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.models import RateCard
from lexapp.queries.timekeepers import timekeeper_choices
from lexapp.services import rates as service
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.classes import class_choices
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, FirstDayField, LastDayField, RateField, RecordField
from lexapp.web.forms.rate_changes import ChangeForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.rate_what_ifs import WhatIf, asked_to_look, shown_what_if


class CardRateForm(ChangeForm):
    timekeeper_id = RecordField("Timekeeper", empty="Nobody in particular", hint="One timekeeper, or a class, or neither for everybody")
    classification = ChoiceField("Class", empty="No class")
    rate = RateField("Rate", zero=True)
    effective_from = FirstDayField("From", needed="Write the first day.")
    effective_to = LastDayField("Until", hint="Empty: until a new one starts")

    def offer(self) -> None:
        self.timekeeper_id.pairs = timekeeper_choices(db.session(), firm_id=current_actor().firm_id)
        self.classification.pairs = class_choices()

    def new_rate(self, card: RateCard) -> service.NewRate:
        """What was typed, as the service takes it. Only after validation."""
        change = self.change_hundredths
        if change is None and self.rate.data is None:
            raise Refused("Write an amount per hour, or a percentage.", field="rate")
        return service.NewRate(
            rate_minor_per_hour=self.rate.data.minor if self.rate.data else 0,
            change_hundredths=change,
            effective_from=self.effective_from.data,
            effective_to=self.effective_to.data,
            rate_card_id=card.id,
            timekeeper_id=self.timekeeper_id.data,
            classification=self.classification.data or None,
        )


@blueprint.get("/rate-cards/<int:rate_card_id>/rates/new")
@requires("rate.edit")
def new_rate(rate_card_id: int) -> Response:
    form = CardRateForm(None, data={"effective_from": today_here(), "way": "under"})
    return _rate_page(form, load(RateCard, rate_card_id))


@blueprint.post("/rate-cards/<int:rate_card_id>/rates")
@requires("rate.edit")
def create_rate(rate_card_id: int) -> Response:
    card, form, found = load(RateCard, rate_card_id), CardRateForm(), None
    form.offer()
    if form.validate_on_submit():
        try:
            rate = form.new_rate(card)
            if asked_to_look() and may("time.view_all"):
                found = shown_what_if(service.what_if_added(db.session(), actor=current_actor(), rate=rate))
            else:
                service.add_rate(db.session(), actor=current_actor(), rate=rate, key=form.key.data)
                toast("Rate added to the card. Unbilled entries keep the rate they have.")
                return redirect_after(url_for(".show", rate_card_id=rate_card_id))
        except Refused as error:
            form.refuse(error)
    return _rate_page(form, load(RateCard, rate_card_id), found)


def _rate_page(form: CardRateForm, card: RateCard, found: WhatIf | None = None) -> Response:
    form.offer()
    page = {"page": "rate_cards/rate.html", "fragment": "rate_cards/_rate_form.html", "status": form.status}
    return render(**page, form=form, card=card, found=found)
