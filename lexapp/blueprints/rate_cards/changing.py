"""Writing a card, naming it anew, copying and retiring it."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from lexapp.blueprints.rate_cards.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.utbms import classification_name
from lexapp.domain.words import counted
from lexapp.models import RateCard
from lexapp.queries.rate_cards import classes_in_use, clients_with_card
from lexapp.services import rate_cards as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import CommandForm, FirstDayField, LastDayField, NoteField, RateField, TextField
from lexapp.web.forms.rate_changes import ChangeForm
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

USUAL, MOST_CLASSES = ("PARTNR", "ASSOC", "PARALG"), 6
_NAME = {"longest": service.LONGEST_NAME, "needed": "Write the card’s name, such as Insurers 2027."}


class CardForm(ChangeForm):
    name = TextField("Name", **_NAME, hint="Stands in the reason of every entry that it prices")
    effective_from = FirstDayField("Rates from", needed="Write the first day of its rates.")
    note = NoteField("Note", longest=2000)
    rate = RateField("Everybody else", zero=True)

    def class_fields(self) -> list[Any]:
        """A rate for each class that the firm has people of."""
        return [field for name, field in self._fields.items() if name.startswith("rate_")]

    def new_card(self) -> service.NewCard:
        """What was typed, as the service takes it. Only after validation."""
        rates = [(field.name.removeprefix("rate_"), field.data.minor) for field in self.class_fields() if field.data is not None]
        return service.NewCard(
            name=self.name.data,
            note=self.note.data or "",
            effective_from=self.effective_from.data,
            class_rates=tuple(rates),
            rate_minor_per_hour=None if self.rate.data is None else self.rate.data.minor,
            change_hundredths=self.change_hundredths,
        )


class CardFactsForm(VersionedForm):
    name = TextField("Name", **_NAME)
    note = NoteField("Note", longest=2000)


class CopyForm(CommandForm):
    name = TextField("Name of the copy", **_NAME)


class RetireForm(VersionedForm):
    last_day = LastDayField("Last day", needed="Write the last day on which clients have the card.")


def _card_form(*args: Any, **data: Any) -> CardForm:
    """The form with one field for each class in use."""
    classes = classes_in_use(db.session(), firm_id=current_actor().firm_id)[:MOST_CLASSES] or USUAL
    fields = {f"rate_{code}": RateField(classification_name(code), zero=True) for code in classes}
    return type("CardForm", (CardForm,), fields)(*args, **data)


@blueprint.get("/rate-cards/new")
@requires("rate.edit")
def new() -> Response:
    return _new_page(_card_form(None, data={"effective_from": today_here(), "way": "under"}))


@blueprint.post("/rate-cards")
@requires("rate.edit")
def create() -> Response:
    form = _card_form()
    if form.validate_on_submit():
        try:
            card = service.create_card(db.session(), actor=current_actor(), card=form.new_card(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{card.name} written. It changes nothing until a client is given it.")
            return redirect_after(url_for(".show", rate_card_id=card.id))
    return _new_page(form)


def _new_page(form: CardForm) -> Response:
    return render(page="rate_cards/form.html", fragment="rate_cards/_new_form.html", status=form.status, form=form)


@blueprint.get("/rate-cards/<int:rate_card_id>/edit")
@requires("rate.edit")
def edit(rate_card_id: int) -> Response:
    card = load(RateCard, rate_card_id)
    return _facts_page(CardFactsForm(None, obj=card), card)


@blueprint.post("/rate-cards/<int:rate_card_id>")
@requires("rate.edit")
def update(rate_card_id: int) -> Response:
    card, form, status = load(RateCard, rate_card_id), CardFactsForm(), None
    if form.validate_on_submit():
        try:
            values = {"card_id": card.id, "version": form.version_seen, "name": form.name.data, "note": form.note.data or ""}
            service.edit_card(db.session(), actor=current_actor(), **values, key=form.key.data)
        except Refused as error:
            form.refuse(error)
            status = _compared(form, rate_card_id) if isinstance(error, Conflict) else None
        else:
            toast("Rate card saved")
            return redirect_after(url_for(".show", rate_card_id=rate_card_id))
    return _facts_page(form, load(RateCard, rate_card_id), status)


def _compared(form: CardFactsForm, rate_card_id: int) -> int:
    form.compare(CardFactsForm(None, obj=load(RateCard, rate_card_id)))
    return 409


def _facts_page(form: CardFactsForm, card: RateCard, status: int | None = None) -> Response:
    page = {"page": "rate_cards/edit.html", "fragment": "rate_cards/_facts_form.html", "status": status or form.status}
    return render(**page, form=form, card=card)


@blueprint.get("/rate-cards/<int:rate_card_id>/copies/new")
@requires("rate.edit")
def copy_form(rate_card_id: int) -> Response:
    card = load(RateCard, rate_card_id)
    return _copy_page(CopyForm(None, data={"name": f"{card.name} (copy)"[: service.LONGEST_NAME]}), card)


@blueprint.post("/rate-cards/<int:rate_card_id>/copies")
@requires("rate.edit")
def copy(rate_card_id: int) -> Response:
    card, form = load(RateCard, rate_card_id), CopyForm()
    if form.validate_on_submit():
        try:
            made = service.copy_card(db.session(), actor=current_actor(), card_id=card.id, name=form.name.data, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{made.name} copied. Nobody has it yet.")
            return redirect_after(url_for(".show", rate_card_id=made.id))
    return _copy_page(form, load(RateCard, rate_card_id))


def _copy_page(form: CopyForm, card: RateCard) -> Response:
    return render(page="rate_cards/copy.html", fragment="rate_cards/_copy_form.html", status=form.status, form=form, card=card)


@blueprint.get("/rate-cards/<int:rate_card_id>/retirement")
@requires("rate.edit")
def retire_form(rate_card_id: int) -> Response:
    card = load(RateCard, rate_card_id)
    return _retire_page(RetireForm(None, data={"last_day": today_here(), "version": card.version}), card)


@blueprint.post("/rate-cards/<int:rate_card_id>/retirement")
@requires("rate.edit")
def retire(rate_card_id: int) -> Response:
    card, form = load(RateCard, rate_card_id), RetireForm()
    if form.validate_on_submit():
        try:
            values = {"card_id": card.id, "version": form.version_seen, "last_day": form.last_day.data, "key": form.key.data}
            clients = service.retire_card(db.session(), actor=current_actor(), **values)
        except Refused as error:
            form.refuse(error)
            return _retire_page(form, load(RateCard, rate_card_id), 409 if isinstance(error, Conflict) else None)
        toast(f"Card retired; it ends for {counted(clients, 'client')}")
        return redirect_after(url_for(".show", rate_card_id=rate_card_id))
    return _retire_page(form, card)


def _retire_page(form: RetireForm, card: RateCard, status: int | None = None) -> Response:
    clients = clients_with_card(db.session(), firm_id=card.firm_id, card_id=card.id, on=today_here())
    page = {"page": "rate_cards/retire.html", "fragment": "rate_cards/_retire_form.html", "status": status or form.status}
    if request.method == "GET" or status == 409:
        form.version.data = card.version
    return render(**page, form=form, card=card, clients=clients)
