"""Raising many rates at once: choose which, look at the list and the effect, then do it in one go."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, url_for
from flask_login import current_user
from wtforms import HiddenField

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.money import Money
from lexapp.domain.utbms import classification_plural
from lexapp.domain.words import counted
from lexapp.queries.rate_cards import card_choices, classes_in_use
from lexapp.services import rate_increases as service
from lexapp.web.access import current_actor, may, requires
from lexapp.web.dates import today_here
from lexapp.web.filters import money_plain
from lexapp.web.forms import ChoiceField, FirstDayField
from lexapp.web.forms.rate_changes import ChangeForm
from lexapp.web.forms.words import TextField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id
from lexapp.web.rate_what_ifs import asked_to_look, shown_what_if

blueprint = Blueprint("rate_increases", __name__)
STEPS = (1, 5, 10, 25)
"""Whole units of the currency that raised rates may be rounded to."""


class IncreaseForm(ChangeForm):
    whose = ChoiceField("Which rates", needed="Choose which rates.")
    percent = TextField("Percent", longest=12, needed="Write the percentage, for example 5.")
    way = ChoiceField("Which way", choices=[("above", "more"), ("under", "less")], default="above")
    step = ChoiceField("Rounded to", default="1")
    effective_from = FirstDayField("From", needed="Write the first day.")
    rates = HiddenField()
    total = HiddenField()

    def offer(self) -> None:
        firm_id = current_actor().firm_id
        classes = [(f"class:{code}", f"All {classification_plural(code)}") for code in classes_in_use(db.session(), firm_id=firm_id)]
        cards = [(f"card:{id_}", f"Rate card {name}") for id_, name in card_choices(db.session(), firm_id=firm_id)]
        self.whose.pairs = [("firm", "All timekeepers and classes"), *classes, *cards]
        self.step.pairs = _steps()

    def increase(self) -> service.Increase:
        """What was chosen, as the service takes it. Only after validation."""
        kind, _, value = self.whose.data.partition(":")
        return service.Increase(
            change_hundredths=self.change_hundredths or 0,
            effective_from=self.effective_from.data,
            step_minor=int(self.step.data),
            classification=value if kind == "class" else None,
            rate_card_id=int(value) if kind == "card" else None,
        )

    def shown(self) -> dict[str, int]:
        """What the page listed, as it wrote it down; anything else matches no list and so asks to look again."""
        texts = {"rates": self.rates.data or "", "total_minor": self.total.data or ""}
        return {name: int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1 for name, text in texts.items()}


def _steps() -> list[tuple[str, str]]:
    unit = Money.parse("1", current_user.currency)
    smallest = Money(1, unit.currency)
    return [("1", f"{money_plain(smallest)}, the smallest")] * (unit.minor > 1) + [
        (str(unit.minor * step), money_plain(Money(unit.minor * step, unit.currency))) for step in STEPS
    ]


@blueprint.get("/rate-increases/new")
@requires("rate.edit")
def new() -> Response:
    card = asked_id("card")
    data = {"whose": f"card:{card}" if card else "firm", "effective_from": date(today_here().year + 1, 1, 1), "way": "above"}
    return _page(IncreaseForm(None, data=data | {"step": "1"}))


@blueprint.post("/rate-increases")
@requires("rate.edit")
def create() -> Response:
    form = IncreaseForm()
    form.offer()
    if not form.validate_on_submit():
        return _page(form)
    increase = form.increase()
    try:
        if asked_to_look() or not form.rates.data:
            return _looked_at(form, increase)
        raised = service.raise_rates(db.session(), actor=current_actor(), increase=increase, **form.shown(), key=form.key.data)
    except Conflict as error:
        form.refuse(error)
        return _looked_at(form, increase, 409)
    except Refused as error:
        form.refuse(error)
        return _page(form)
    toast(f"{counted(raised, 'rate')} raised. Unbilled entries keep the rate they have.")
    return redirect_after(_after(increase))


def _after(increase: service.Increase) -> str:
    card_id = increase.rate_card_id
    return url_for("rate_cards.show", rate_card_id=card_id) if card_id else url_for("rates.index")


def _looked_at(form: IncreaseForm, increase: service.Increase, status: int | None = None) -> Response:
    actor = current_actor()
    plan = service.plan_increase(db.session(), actor=actor, increase=increase)
    found = service.what_if_raised(db.session(), actor=actor, increase=increase, plan=plan) if may("time.view_all") else None
    form.rates.data, form.total.data = str(len(plan.raised)), str(plan.total_minor)
    return _page(form, status, plan=plan, found=shown_what_if(found) if found else None, increase=increase)


def _page(form: IncreaseForm, status: int | None = None, **context: object) -> Response:
    form.offer()
    page = {"page": "rate_increases/form.html", "fragment": "rate_increases/_increase_form.html", "status": status or form.status}
    return render(**page, form=form, **({"plan": None, "found": None} | context))
