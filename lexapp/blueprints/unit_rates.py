"""Rates of counted expenses (mileage), and what units at a rate are worth while an expense is typed."""

from flask import Blueprint, Response, request, url_for
from flask_login import current_user
from wtforms import ValidationError

from lexapp.books.expense_entries import counted_rates
from lexapp.database import db
from lexapp.domain.dates import day_text
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.domain.unit_rates import parse_unit_rate, unit_rate_text, units_text, worth_of
from lexapp.domain.utbms import EXPENSES
from lexapp.models import ExpenseCategory, ExpenseEntry, UnitRate
from lexapp.queries.unit_rates import state, unit_rates
from lexapp.services import unit_rates as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.entry_forms import CodeField
from lexapp.web.expense_forms import ExpenseForm
from lexapp.web.filters import money
from lexapp.web.forms import CommandForm, FirstDayField, TextField
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id

blueprint = Blueprint("unit_rates", __name__)


class UnitRateForm(CommandForm):
    name = TextField("Name", longest=60, needed="Write what is counted, such as Mileage.")
    unit = TextField("For one", longest=30, needed="Write what one is called, such as mile.")
    code = CodeField("Code", EXPENSES)
    rate = TextField("Rate", longest=20, needed="Write what one costs.")
    effective_from = FirstDayField("From", needed="Write the first day.")

    def validate_rate(self, field: TextField) -> None:
        try:
            parse_unit_rate(field.data or "", current_user.currency)
        except Refused as error:
            raise ValidationError(str(error)) from error

    def new_rate(self) -> service.NewUnitRate:
        """What was typed, as the service takes it. Only after validation."""
        words = {"name": self.name.data or "", "unit": self.unit.data or "", "code": self.code.data or ""}
        rate = parse_unit_rate(self.rate.data or "", current_user.currency)
        return service.NewUnitRate(**words, rate_hundredths=rate, effective_from=self.effective_from.data)


@blueprint.get("/unit-rates")
@requires("rate.see")
def index() -> Response:
    rates, today = unit_rates(db.session(), firm_id=current_actor().firm_id), today_here()
    rows = [(rate, unit_rate_text(rate.rate_hundredths, current_user.currency), state(rate, today)) for rate in rates]
    return render(page="unit_rates/index.html", rows=rows)


@blueprint.get("/unit-rates/new")
@requires("rate.edit")
def new() -> Response:
    category_id = asked_id("category")
    category = load(ExpenseCategory, category_id) if category_id else None
    known = {"name": category.name, "unit": category.unit, "code": category.code} if category else {}
    return _form_page(UnitRateForm(None, data={"effective_from": today_here(), **known}))


@blueprint.post("/unit-rates")
@requires("rate.edit")
def create() -> Response:
    form = UnitRateForm()
    if form.validate_on_submit():
        try:
            service.add_unit_rate(db.session(), actor=current_actor(), rate=form.new_rate(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Rate added. Expenses that are recorded keep the rate they have.")
            return redirect_after(url_for(".index"))
    return _form_page(form)


def _form_page(form: UnitRateForm) -> Response:
    return render(page="unit_rates/form.html", fragment="unit_rates/_unit_rate_form.html", status=form.status, form=form)


@blueprint.post("/unit-rates/<int:unit_rate_id>/removal")
@requires("rate.edit")
def remove(unit_rate_id: int) -> Response:
    load(UnitRate, unit_rate_id)
    service.remove_unit_rate(db.session(), actor=current_actor(), unit_rate_id=unit_rate_id)
    toast("Rate removed. Expenses recorded with it keep it.")
    return redirect_after(url_for(".index"))


@blueprint.get("/unit-rates/worth")
@requires("expense.record")
def worth() -> Response:
    """What the typed units are worth at the rate of the typed day, or that no rate is in force; nothing while there is no sense in it."""
    entry_id = asked_id("entry")
    entry = load(ExpenseEntry, entry_id) if entry_id else None
    return render(page="unit_rates/_worth.html", **_worth(ExpenseForm(request.args), entry))


def _worth(form: ExpenseForm, entry: ExpenseEntry | None) -> dict[str, str]:
    name, units, on = form.rate_name, form.quantity_hundredths.data, form.incurred_on.data
    if not name or units is None or on is None:
        return {}
    rate = counted_rates(db.session(), current_actor().firm_id, entry=entry).resolve(name, on)
    if rate is None:
        return {"missing": f"No rate named {name} is in force on {day_text(on)}."}
    currency = current_user.currency
    amount = money(Money(worth_of(units, rate.rate_hundredths), currency))
    counted = f"{units_text(units, rate.unit)} at {unit_rate_text(rate.rate_hundredths, currency)}"
    return {"worth": f"= {amount}", "reason": f"{counted}, the rate since {day_text(rate.effective_from)}"}
