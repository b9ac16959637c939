"""The list of cards, and one card with its rates and who has it."""

from __future__ import annotations

from flask import Blueprint, Response

from lexapp.database import db
from lexapp.models import RateCard
from lexapp.queries.rate_cards import card_rows, clients_with_card, rates_of_card
from lexapp.queries.rates import SeenRates
from lexapp.web.access import current_actor, load, may, requires, whose_work
from lexapp.web.dates import today_here
from lexapp.web.htmx import render
from lexapp.web.lists import asked_choice

blueprint = Blueprint("rate_cards", __name__)


@blueprint.get("/rate-cards")
@requires("rate.see")
def index() -> Response:
    rows = card_rows(db.session(), firm_id=current_actor().firm_id, on=today_here())
    return render(page="rate_cards/index.html", rows=rows)


@blueprint.get("/rate-cards/<int:rate_card_id>")
@requires("rate.see")
def show(rate_card_id: int) -> Response:
    card, today, past = load(RateCard, rate_card_id), today_here(), asked_choice("past", ("yes",)) == "yes"
    keys = {"firm_id": card.firm_id, "card_id": card.id}
    clients = clients_with_card(db.session(), **keys, on=today, past=past or card.retired_on is not None) if may("client.view") else []
    seen = SeenRates(card.firm_id, today, whose_work(), past or card.retired_on is not None)
    rates = rates_of_card(db.session(), seen=seen, card_id=card.id)
    context = {"card": card, "rates": rates, "clients": clients, "past": past, "today": today}
    return render(page="rate_cards/show.html", fragment="rate_cards/_card.html", **context)
