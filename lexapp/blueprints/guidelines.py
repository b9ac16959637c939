"""Guidelines of a client, or of a matter instead: every one with its dates, adding, changing, removing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.guidelines import LONGEST_NARRATIVE, Rule
from lexapp.models import Client, Guideline, Matter
from lexapp.services import guidelines as service
from lexapp.services.guidelines import LONGEST_QUOTE, LONGEST_TITLE, GuidelineFacts
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import (
    ChoiceField,
    DurationField,
    FirstDayField,
    FlagField,
    LastDayField,
    NoteField,
    TextField,
    WholeNumberField,
    sent_version,
)
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.guideline_words import WEIGHTS, guidelines_shown
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id

blueprint = Blueprint("guidelines", __name__)
OWN_WORDS = "In the client’s words"
FLAGS = ("needs_task_code", "needs_activity_code", "needs_expense_code")
CHOICES = ("length_weight", "vague_weight", "blocks_weight", "forbidden_weight")


class GuidelineForm(VersionedForm):
    title = TextField("Called", longest=LONGEST_TITLE, needed="Write what it is called, such as: Outside counsel guidelines 2026.")
    effective_from = FirstDayField("From", needed="Write the first day.")
    effective_to = LastDayField("Until", hint="Empty: until a new one starts")
    least_characters = WholeNumberField("At least", longest=5)
    most_characters = WholeNumberField("At most", longest=5, hint="E-billing systems often take 1,024")
    length_weight = ChoiceField("A longer one is", choices=WEIGHTS[1:], default="warn")
    length_quote = NoteField(OWN_WORDS, longest=LONGEST_QUOTE)
    vague_weight = ChoiceField("Vague words are", choices=WEIGHTS, default="warn")
    vague_quote = NoteField(OWN_WORDS, longest=LONGEST_QUOTE)
    blocks_weight = ChoiceField("Several tasks in one entry are", choices=WEIGHTS, default="warn")
    blocks_over_seconds = DurationField("In more than", default=1_800, hint="Shorter entries pass")
    blocks_quote = NoteField(OWN_WORDS, longest=LONGEST_QUOTE)
    forbidden_words = NoteField("Forbidden words", longest=20_000, hint="One word or phrase a line")
    forbidden_weight = ChoiceField("They are", choices=WEIGHTS[1:], default="warn")
    forbidden_quote = NoteField(OWN_WORDS, longest=LONGEST_QUOTE)
    needs_task_code = FlagField("Task code on time", hint="UTBMS litigation, such as L350")
    needs_activity_code = FlagField("Activity code on time", hint="UTBMS activities, such as A103")
    needs_expense_code = FlagField("Code on expenses", hint="UTBMS expenses, such as E112")
    codes_quote = NoteField(OWN_WORDS, longest=LONGEST_QUOTE)

    def facts(self) -> GuidelineFacts:
        """What was typed, as the service takes it. Only after validation."""
        return GuidelineFacts(
            title=self.title.data,
            effective_from=self.effective_from.data,
            effective_to=self.effective_to.data,
            least_characters=self.least_characters.number,
            most_characters=self.most_characters.number,
            blocks_over_seconds=self.blocks_over_seconds.data or 0,
            forbidden_words=tuple((self.forbidden_words.data or "").split("\n")),
            quotes={rule.value: self[f"{rule}_quote"].data or "" for rule in Rule},
            **{name: self[name].data for name in CHOICES},
            **{name: bool(self[name].data) for name in FLAGS},
        )


class NewGuidelineForm(GuidelineForm):
    matter = HiddenField()
    client = HiddenField()


def _filled(row: Guideline) -> GuidelineForm:
    figures = {name: str(getattr(row, name) or "") for name in ("least_characters", "most_characters")}
    quotes = {f"{rule}_quote": row.quotes.get(rule, "") for rule in Rule}
    return GuidelineForm(None, obj=row, data=figures | quotes)


def _place(matter_id: int | None, client_id: int | None) -> dict[str, Any]:
    """The matter or client that the page is about, checked to be the firm's."""
    matter = load(Matter, matter_id) if matter_id else None
    client = load(Client, client_id) if client_id and not matter else None
    return {"matter": matter, "client": client} if matter or client else abort(404)


def _posted_id(field: HiddenField) -> int | None:
    text = field.data or ""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else abort(404)


def _home(place: dict[str, Any]) -> str:
    if place["matter"]:
        return url_for(".of_matter", matter_id=place["matter"].id)
    return url_for("clients.guidelines", client_id=place["client"].id)


@blueprint.get("/matters/<int:matter_id>/guidelines")
@requires("matter.view")
def of_matter(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    return render(page="guidelines/matter.html", matter=matter, client=None, **guidelines_shown(matter=matter))


@blueprint.get("/guidelines/new")
@requires("rate.edit")
def new() -> Response:
    place = _place(asked_id("matter"), asked_id("client"))
    kept = {name: record.id if record else "" for name, record in place.items()}
    return _form_page(NewGuidelineForm(None, ids="guideline", data=kept | {"effective_from": today_here()}), place)


@blueprint.post("/guidelines")
@requires("rate.edit")
def create() -> Response:
    form = NewGuidelineForm(ids="guideline")
    place = _place(_posted_id(form.matter), _posted_id(form.client))
    if form.validate_on_submit():
        ids = {f"{name}_id": record.id if record else None for name, record in place.items()}
        try:
            service.add_guideline(db.session(), actor=current_actor(), facts=form.facts(), key=form.key.data, **ids)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Guideline added. Work from its first day on is read by it.")
            return redirect_after(_home(place))
    return _form_page(form, place)


@blueprint.get("/guidelines/<int:guideline_id>/edit")
@requires("rate.edit")
def edit(guideline_id: int) -> Response:
    row = _standing(guideline_id)
    return _form_page(_filled(row), _place(row.matter_id, row.client_id), row)


@blueprint.post("/guidelines/<int:guideline_id>")
@requires("rate.edit")
def update(guideline_id: int) -> Response:
    form, status, row = GuidelineForm(), None, _standing(guideline_id)
    place = _place(row.matter_id, row.client_id)
    if form.validate_on_submit():
        try:
            given = {"guideline_id": guideline_id, "version": form.version_seen, "facts": form.facts(), "key": form.key.data}
            service.edit_guideline(db.session(), actor=current_actor(), **given)
        except Refused as error:
            form.refuse(error)
            if isinstance(error, Conflict):
                form.compare(_filled(_standing(guideline_id)))
                status = 409
        else:
            toast("Guideline saved")
            return redirect_after(_home(place))
    return _form_page(form, place, row, status)


@blueprint.post("/guidelines/<int:guideline_id>/removal")
@requires("rate.edit")
def remove(guideline_id: int) -> Response:
    row = _standing(guideline_id)
    home = _home(_place(row.matter_id, row.client_id))
    service.remove_guideline(db.session(), actor=current_actor(), guideline_id=guideline_id, version=sent_version())
    toast("Guideline removed. Nothing is read by it any more.")
    return redirect_after(home)


def _standing(guideline_id: int) -> Guideline:
    row = load(Guideline, guideline_id)
    return row if row.removed_at is None else abort(404)


def _form_page(form: GuidelineForm, place: dict[str, Any], row: Guideline | None = None, status: int | None = None) -> Response:
    page = {"page": "guidelines/form.html", "fragment": "guidelines/_guideline_form.html", "status": status or form.status}
    return render(**page, form=form, row=row, back=_home(place), longest=LONGEST_NARRATIVE, **place)
