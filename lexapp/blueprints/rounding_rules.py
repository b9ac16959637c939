"""Rounding rules of the firm, a client or a matter: every one with its dates, adding, ending, removing."""

from typing import Any

from flask import Blueprint, Response, abort, url_for
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Refused
from lexapp.domain.utbms import ACTIVITIES
from lexapp.models import Client, Matter, RoundingRule
from lexapp.services import rounding_rules as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.ending import EndForm
from lexapp.web.entry_forms import code_choices
from lexapp.web.forms import ChoiceField, CommandForm, FirstDayField, LastDayField, sent_version
from lexapp.web.forms.increments import DIRECTIONS, increment_choices, minimum_choices
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_choice, asked_id
from lexapp.web.rounding_places import rules_shown

blueprint = Blueprint("rounding_rules", __name__)


class RuleForm(CommandForm):
    matter = HiddenField()
    client = HiddenField()
    increment_seconds = ChoiceField("Billing increment", choices=increment_choices(), default="360")
    increment_direction = ChoiceField("Rounded", choices=DIRECTIONS, default="up")
    minimum_seconds = ChoiceField("At least", choices=minimum_choices(), default="0", hint="The least that is billed")
    per_day = ChoiceField(
        "Round", choices=[("entry", "Each entry by itself"), ("day", "Once a day for each matter and timekeeper")], default="entry"
    )
    activity_code = ChoiceField("Activity", empty="Any activity", choices=code_choices(ACTIVITIES))
    effective_from = FirstDayField("From", needed="Write the first day.")
    effective_to = LastDayField("Until", hint="Empty: until a new one starts")

    def new_rule(self, place: dict[str, Any]) -> service.NewRoundingRule:
        """What was typed, as the service takes it. Only after validation."""
        return service.NewRoundingRule(
            increment_seconds=int(self.increment_seconds.data),
            increment_direction=self.increment_direction.data,
            minimum_seconds=int(self.minimum_seconds.data),
            per_day=self.per_day.data == "day",
            activity_code=self.activity_code.data or None,
            effective_from=self.effective_from.data,
            effective_to=self.effective_to.data,
            **_ids(place),
        )


class EndRuleForm(EndForm):
    effective_to = LastDayField("Last day", needed="Write the last day on which the rule holds.")


def _place(matter_id: int | None, client_id: int | None) -> dict[str, Any]:
    """The matter or client that the page is about, checked to be the firm's."""
    matter = load(Matter, matter_id) if matter_id else None
    client = load(Client, client_id) if client_id and not matter else None
    return {"matter": matter, "client": client}


def _ids(place: dict[str, Any]) -> dict[str, int | None]:
    return {f"{name}_id": record.id if record else None for name, record in place.items()}


def _posted_id(field: HiddenField) -> int | None:
    text = field.data or ""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else abort(404)


def _back(place: dict[str, Any]) -> str:
    ids = _ids(place)
    return url_for(".index", matter=ids["matter_id"], client=ids["client_id"])


@blueprint.get("/rounding-rules")
@requires("rate.see")
def index() -> Response:
    place = _place(asked_id("matter"), asked_id("client"))
    past = asked_choice("past", ("yes",)) == "yes"
    shown = rules_shown(**place, past=past)
    return render(page="rounding_rules/index.html", fragment="rounding_rules/_rule_list.html", past=past, **shown, **place)


@blueprint.get("/rounding-rules/new")
@requires("rate.edit")
def new() -> Response:
    place = _place(asked_id("matter"), asked_id("client"))
    ids = _ids(place)
    kept = {"matter": ids["matter_id"] or "", "client": ids["client_id"] or ""}
    return _form_page(RuleForm(None, data=kept | {"effective_from": today_here()}), place)


@blueprint.post("/rounding-rules")
@requires("rate.edit")
def create() -> Response:
    form = RuleForm()
    place = _place(_posted_id(form.matter), _posted_id(form.client))
    if form.validate_on_submit():
        try:
            service.add_rounding_rule(db.session(), actor=current_actor(), rule=form.new_rule(place), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Rule added. Time that is recorded keeps the quantity it has.")
            return redirect_after(_back(place))
    return _form_page(form, place)


def _form_page(form: RuleForm, place: dict[str, Any]) -> Response:
    page = {"page": "rounding_rules/form.html", "fragment": "rounding_rules/_rule_form.html", "status": form.status}
    return render(**page, form=form, back=_back(place), **place)


@blueprint.get("/rounding-rules/<int:rounding_rule_id>/ending")
@requires("rate.edit")
def end_form(rounding_rule_id: int) -> Response:
    rule = load(RoundingRule, rounding_rule_id)
    return _end_page(EndRuleForm.shown(rule), rule)


@blueprint.post("/rounding-rules/<int:rounding_rule_id>/ending")
@requires("rate.edit")
def end(rounding_rule_id: int) -> Response:
    rule = load(RoundingRule, rounding_rule_id)
    form = EndRuleForm()
    if form.validate_on_submit():
        try:
            values = {"version": form.version_seen, "effective_to": form.effective_to.data, "key": form.key.data}
            service.end_rounding_rule(db.session(), actor=current_actor(), rule_id=rule.id, **values)
        except Refused as error:
            form.refuse_ending(error, RoundingRule, rounding_rule_id)
        else:
            toast("Rule ended")
            return redirect_after(url_for(".index", matter=rule.matter_id, client=rule.client_id))
    return _end_page(form, load(RoundingRule, rounding_rule_id))


def _end_page(form: EndRuleForm, rule: RoundingRule) -> Response:
    back = url_for(".index", matter=rule.matter_id, client=rule.client_id)
    page = {"page": "rounding_rules/end.html", "fragment": "rounding_rules/_end_rule_form.html", "status": form.status}
    return render(**page, form=form, rule=rule, back=back)


@blueprint.post("/rounding-rules/<int:rounding_rule_id>/removal")
@requires("rate.edit")
def remove(rounding_rule_id: int) -> Response:
    rule = load(RoundingRule, rounding_rule_id)
    place = {"matter": rule.matter_id, "client": rule.client_id}
    service.remove_rounding_rule(db.session(), actor=current_actor(), rule_id=rounding_rule_id, version=sent_version())
    toast("Rule removed. Time recorded with it keeps it.")
    return redirect_after(url_for(".index", **place))
