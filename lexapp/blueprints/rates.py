"""Rates: every one with its level in words, adding, ending, removing, and putting new ones on unbilled entries."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, url_for
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.rates import change_words, first_rate_from
from lexapp.domain.utbms import ACTIVITIES
from lexapp.domain.words import counted
from lexapp.models import Client, Matter, Rate, RateCard
from lexapp.queries.rates import LEVEL_WORDS, SeenRates, count_rates, rates_of_client, rates_of_firm, rates_of_matter
from lexapp.queries.timekeepers import timekeeper_choices
from lexapp.services import rates as service
from lexapp.services.rate_applications import RateScope, apply_rates, count_gaining_a_rate, preview_rates
from lexapp.web.access import current_actor, load, may, requires, whose_work
from lexapp.web.classes import class_choices
from lexapp.web.dates import today_here
from lexapp.web.ending import EndForm
from lexapp.web.filters import as_money, money
from lexapp.web.forms import ChoiceField, CommandForm, FirstDayField, LastDayField, RateField, RecordField, sent_version
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_choice, asked_day, asked_id, page_of

blueprint = Blueprint("rates", __name__)
EFFECTS_SHOWN = 200


class RateForm(CommandForm):
    matter = HiddenField()
    client = HiddenField()
    timekeeper_id = RecordField("Timekeeper", empty="Nobody in particular")
    classification = ChoiceField("Class", empty="No class")
    activity_code = ChoiceField(
        "Activity", empty="Any activity", choices=[(c.code, f"{c.code} {c.name}") for c in ACTIVITIES.codes.values()]
    )
    rate = RateField("Rate", needed="Write the rate per hour.", zero=True)
    effective_from = FirstDayField("From", needed="Write the first day.")
    effective_to = LastDayField("Until", hint="Empty: until a new one starts")

    def offer(self) -> None:
        self.timekeeper_id.pairs = timekeeper_choices(db.session(), firm_id=current_actor().firm_id)
        self.classification.pairs = class_choices()

    def new_rate(self, scope: RateScope) -> service.NewRate:
        """What was typed, as the service takes it. Only after validation."""
        return service.NewRate(
            rate_minor_per_hour=self.rate.data.minor,
            effective_from=self.effective_from.data,
            effective_to=self.effective_to.data,
            matter_id=scope.matter_id,
            client_id=scope.client_id,
            timekeeper_id=self.timekeeper_id.data,
            classification=self.classification.data or None,
            activity_code=self.activity_code.data or None,
        )


class EndRateForm(EndForm):
    effective_to = LastDayField("Last day", needed="Write the last day on which the rate holds.")


class ApplyForm(CommandForm):
    matter = HiddenField()
    client = HiddenField()
    card = HiddenField()
    entries = HiddenField()
    difference = HiddenField()


def _place(matter_id: int | None, client_id: int | None, card_id: int | None = None) -> dict[str, Any]:
    """The matter, client or rate card that the page is about, checked to be the firm's."""
    matter = load(Matter, matter_id) if matter_id else None
    client = load(Client, client_id) if client_id and not matter else None
    card = load(RateCard, card_id) if card_id and not matter and not client else None
    return {"matter": matter, "client": client, "card": card}


def _scope(place: dict[str, Any]) -> RateScope:
    ids = {name: record.id if record else None for name, record in place.items()}
    return RateScope(matter_id=ids["matter"], client_id=ids["client"], rate_card_id=ids["card"])


def _posted_id(field: HiddenField) -> int | None:
    text = field.data or ""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else abort(404)


@blueprint.get("/rates")
@requires("rate.see")
def index() -> Response:
    place, today = _place(asked_id("matter"), asked_id("client")), today_here()
    past, level = asked_choice("past", ("yes",)) == "yes", asked_choice("level", LEVEL_WORDS)
    seen = SeenRates(current_actor().firm_id, today, whose_work(), past)
    pages = None
    if place["matter"]:
        rows = rates_of_matter(db.session(), seen=seen, matter_id=place["matter"].id, client_id=place["matter"].client_id)
    elif place["client"]:
        rows = rates_of_client(db.session(), seen=seen, client_id=place["client"].id)
    else:
        pages = page_of(count_rates(db.session(), seen=seen, level=level))
        rows = rates_of_firm(db.session(), seen=seen, level=level)[pages.offset : pages.offset + pages.limit]
    context = {"rows": rows, "pages": pages, "level": level, "levels": LEVEL_WORDS.items(), "past": past, "today": today}
    return render(page="rates/index.html", fragment="rates/_rate_list.html", **context, **place)


@blueprint.get("/rates/new")
@requires("rate.edit")
def new() -> Response:
    place = _place(asked_id("matter"), asked_id("client"))
    scope = _scope(place)
    kept = {"matter": scope.matter_id or "", "client": scope.client_id or "", "timekeeper_id": asked_id("timekeeper")}
    return _form_page(RateForm(None, data=kept | {"effective_from": _first_day()}), place)


def _first_day() -> date:
    """Where an entry without a rate leads here, the first rate of its timekeeper covers that day and the work before it."""
    worked_on = asked_day("on")
    return min(first_rate_from(today_here()), worked_on) if worked_on else today_here()


@blueprint.post("/rates")
@requires("rate.edit")
def create() -> Response:
    form = RateForm()
    form.offer()
    place = _place(_posted_id(form.matter), _posted_id(form.client))
    if form.validate_on_submit():
        try:
            rate = service.add_rate(db.session(), actor=current_actor(), rate=form.new_rate(_scope(place)), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            return redirect_after(_after_adding(rate, place))
    return _form_page(form, place)


def _after_adding(rate: Rate, place: dict[str, Any]) -> str:
    """Where to go on: to the effect on entries that had no rate, else to the list, which shows a rate that is over only when asked to."""
    scope = _scope(place)
    lacking = count_gaining_a_rate(db.session(), actor=current_actor(), scope=scope) if may("time.view_all") else 0
    if lacking:
        toast(f"Rate added. {counted(lacking, 'entry')} without a rate can take it: look at the effect and put it on.")
        return url_for(".preview", matter=scope.matter_id, client=scope.client_id)
    toast("Rate added. Unbilled entries keep the rate they have.")
    return _back(place, past="yes" if rate.effective_to and rate.effective_to < today_here() else None)


def _back(place: dict[str, Any], past: str | None = None) -> str:
    scope = _scope(place)
    if scope.rate_card_id:
        return url_for("rate_cards.show", rate_card_id=scope.rate_card_id)
    return url_for(".index", matter=scope.matter_id, client=scope.client_id, past=past)


def _form_page(form: RateForm, place: dict[str, Any]) -> Response:
    form.offer()
    page = {"page": "rates/form.html", "fragment": "rates/_rate_form.html", "status": form.status}
    return render(**page, form=form, back=_back(place), **place)


def _home(rate: Rate) -> str:
    """The list in which the rate stands."""
    if rate.rate_card_id:
        return url_for("rate_cards.show", rate_card_id=rate.rate_card_id)
    return url_for(".index", matter=rate.matter_id, client=rate.client_id)


def _worth(rate: Rate) -> str:
    """What it says: an amount per hour, or a percentage."""
    if rate.change_hundredths is not None:
        return f"{change_words(rate.change_hundredths)} the firm’s own rate"
    return money(as_money(rate.rate_minor_per_hour))


@blueprint.get("/rates/<int:rate_id>/ending")
@requires("rate.edit")
def end_form(rate_id: int) -> Response:
    rate = load(Rate, rate_id)
    return _end_page(EndRateForm.shown(rate), rate)


@blueprint.post("/rates/<int:rate_id>/ending")
@requires("rate.edit")
def end(rate_id: int) -> Response:
    rate = load(Rate, rate_id)
    back, form = _home(rate), EndRateForm()
    if form.validate_on_submit():
        try:
            values = {"rate_id": rate_id, "version": form.version_seen, "effective_to": form.effective_to.data, "key": form.key.data}
            service.end_rate(db.session(), actor=current_actor(), **values)
        except Refused as error:
            form.refuse_ending(error, Rate, rate_id)
        else:
            toast("Rate ended")
            return redirect_after(back)
    return _end_page(form, load(Rate, rate_id))


def _end_page(form: EndRateForm, rate: Rate) -> Response:
    page = {"page": "rates/end.html", "fragment": "rates/_end_form.html", "status": form.status}
    return render(**page, form=form, rate=rate, back=_home(rate), worth=_worth(rate))


@blueprint.post("/rates/<int:rate_id>/removal")
@requires("rate.edit")
def remove(rate_id: int) -> Response:
    rate = load(Rate, rate_id)
    back = _home(rate)
    service.remove_rate(db.session(), actor=current_actor(), rate_id=rate_id, version=sent_version())
    toast("Rate removed. Entries recorded with it keep it.")
    return redirect_after(back)


@blueprint.get("/rates/application")
@requires("rate.edit")
def preview() -> Response:
    if not may("time.view_all"):
        abort(403)
    return _preview_page(ApplyForm(None), _place(asked_id("matter"), asked_id("client"), asked_id("card")))


@blueprint.post("/rates/application")
@requires("rate.edit")
def apply() -> Response:
    form = ApplyForm()
    place = _place(_posted_id(form.matter), _posted_id(form.client), _posted_id(form.card))
    status = None
    if form.validate_on_submit():
        try:
            values = {"entries": _number(form.entries), "difference_minor": _number(form.difference), "key": form.key.data}
            changed = apply_rates(db.session(), actor=current_actor(), scope=_scope(place), **values)
        except Conflict as error:
            form.refuse(error)
            status = 409
        else:
            toast(f"New rates stand on {counted(changed, 'entry')}")
            return redirect_after(_back(place))
    return _preview_page(form, place, status)


def _number(field: HiddenField) -> int:
    """A number that the page itself wrote; anything else matches no effect and so asks to look again."""
    text = field.data or ""
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 19 else -1


def _preview_page(form: ApplyForm, place: dict[str, Any], status: int | None = None) -> Response:
    scope = _scope(place)
    found = preview_rates(db.session(), actor=current_actor(), scope=scope)
    form.matter.data, form.client.data, form.card.data = scope.matter_id or "", scope.client_id or "", scope.rate_card_id or ""
    form.entries.data, form.difference.data = str(len(found.effects)), str(found.difference_minor)
    page = {"page": "rates/application.html", "fragment": "rates/_effects.html", "status": status or form.status}
    shown = {"effects": found.effects[:EFFECTS_SHOWN], "count": len(found.effects), "found": found}
    return render(**page, form=form, back=_back(place), **shown, **place)
