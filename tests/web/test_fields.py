"""Fields: what they read, what they refuse with which sentence, and what they keep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from lexapp import blueprints
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.extensions import login
from lexapp.web import signing_in
from lexapp.web.dates import today_in_zone
from lexapp.web.forms import (
    ChoiceField,
    CommandForm,
    DateField,
    DurationField,
    EmailField,
    FirstDayField,
    Form,
    HoursField,
    LastDayField,
    MoneyField,
    NoteField,
    RecordField,
    TextField,
)
from lexapp.web.forms.words import shown


class Sample(Form):
    name = TextField("Name", longest=20, needed="Write a name.")
    note = NoteField("Note")
    email = EmailField("E-mail")
    amount = MoneyField("Amount", currency="USD")
    credit = MoneyField("Credit", currency="USD", negative=True, zero=True)
    yen = MoneyField("Yen", currency="JPY")
    duration = DurationField("Hours")
    billed = HoursField("Billed")
    on = DateField("Date", latest=lambda: date(2026, 11, 23))
    kind = ChoiceField("Kind", choices=[("a", "A"), ("b", "B")], empty="Choose…")
    matter_id = RecordField("Matter", choices=[(1, "One")])


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    app = Flask("fields")
    app.config.update(SECRET_KEY="x" * 32, WTF_CSRF_ENABLED=False)
    login.init_app(app)
    signing_in.init_app(app)
    with app.test_request_context("/"):
        yield


def typed(**fields: str) -> Sample:
    form = Sample(MultiDict({"name": "N"} | fields))
    form.validate()
    return form


def only_error(form: Sample, name: str) -> str:
    (error,) = form[name].errors
    assert set(form.errors) == {name}
    return str(error)


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("name", "  Zoë  ", "Zoë"),
        ("name", "Zoe\u0308", "Zoë"),
        ("name", "{{7*7}} <b>", "{{7*7}} <b>"),
        ("note", "one\r\ntwo", "one\ntwo"),
        ("email", "ruth@firm.example", "ruth@firm.example"),
        ("amount", "12,500.00", Money(1_250_000, "USD")),
        ("amount", "12.5k", Money(1_250_000, "USD")),
        ("credit", "-3", Money(-300, "USD")),
        ("credit", "0", Money(0, "USD")),
        ("yen", "1,200", Money(1200, "JPY")),
        ("duration", "1h 12m", 4320),
        ("duration", ".3", 1080),
        ("billed", "1.25", 125),
        ("on", "11/19/2026", date(2026, 11, 19)),
        ("kind", "b", "b"),
        ("matter_id", "77", 77),
    ],
)
def test_a_field_reads_what_people_type(name: str, text: str, data: Any):
    form = typed(**{name: text})
    assert form.errors == {}
    assert form[name].data == data


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("name", "", "Write a name."),
        ("name", "   ", "Write a name."),
        ("name", "x" * 21, "This is 21 characters long. Keep it to 20."),
        ("name", "a\x00b", "invisible character U+0000"),
        ("name", "a\nb", "line break"),
        ("name", "evil\u202etxt", "invisible character U+202E"),
        ("note", "a\x07b", "invisible character U+0007"),
        ("email", "ruth@firm", "not a whole e-mail address"),
        ("email", "a@b.example, c@d.example", "not a whole e-mail address"),
        ("amount", "0", "above zero"),
        ("amount", "-5", "without a minus"),
        ("amount", "1.234,50", "1,234.50"),
        ("yen", "12.50", ""),
        ("duration", "26:00", ""),
        ("duration", "soon", ""),
        ("on", "Feb 30", "This is not a date."),
        ("on", "12/01/2026", "The latest date possible here is Nov 23, 2026."),
        ("on", "01/01/0001", "out of range"),
        ("kind", "z", "Choose one of the list."),
        ("matter_id", "-1", "Pick one of the list"),
        ("matter_id", "9" * 30, "Pick one of the list"),
        ("matter_id", "1 or 1=1", "Pick one of the list"),
    ],
)
def test_a_field_refuses_with_a_sentence_and_keeps_the_text(name: str, text: str, sentence: str):
    form = typed(**{name: text})
    assert sentence in only_error(form, name)
    if name not in ("kind", "matter_id"):
        assert form[name]._value().strip() == shown(text).strip()


@pytest.mark.parametrize("name", ["amount", "duration", "billed", "on", "matter_id"])
def test_an_empty_field_that_may_be_empty_is_none(name: str):
    form = typed(**{name: "  "})
    assert form.errors == {}
    assert form[name].data is None


def test_stored_values_are_shown_as_people_write_them():
    stored = {"amount": Money(1_250_000, "USD"), "credit": Money(-150, "USD"), "duration": 4320, "billed": 125, "on": date(2026, 1, 2)}
    form = Sample(None, data=stored)
    shown = [form[name]._value() for name in ("amount", "credit", "duration", "billed", "on")]
    assert shown == ["12,500.00", "-1.50", "1.20", "1.25", "Jan 2, 2026"]


def test_what_a_field_shows_it_can_read_again():
    form = Sample(None, data={"credit": Money(-150, "USD"), "on": date(2026, 1, 2), "billed": 125})
    again = typed(**{name: form[name]._value() for name in ("credit", "on", "billed")})
    assert [again[name].data for name in ("credit", "on", "billed")] == [Money(-150, "USD"), date(2026, 1, 2), 125]


def test_a_refusal_stands_beside_its_field_or_above_the_form():
    form = typed()
    form.refuse(Refused("The ledger holds 27,000.00. Take that, or less.", field="amount"))
    form.refuse(Refused("The month is closed."))
    form.refuse(Refused("Unknown field.", field="nothing"))
    assert form.amount.errors == ["The ledger holds 27,000.00. Take that, or less."]
    assert form.form_errors == ["The month is closed.", "Unknown field."]
    assert form.status == 422


def test_two_forms_on_a_page_have_their_own_ids():
    assert Sample(None, ids="entry-12").name.id == "entry-12-name"
    assert Sample(None).name.id == "sample-name"


def test_a_command_form_keeps_its_key_and_refuses_a_strange_one():
    first = CommandForm(None)
    again = CommandForm(MultiDict({"key": first.key.data}))
    assert again.validate()
    assert again.key.data == first.key.data
    assert CommandForm(None).key.data != first.key.data
    strange = CommandForm(MultiDict({"key": "x" * 65}))
    assert not strange.validate()
    assert strange.key.data != "x" * 65


def test_a_picked_record_keeps_its_label():
    form = typed(matter_id="77", matter_id_label="Halvorsen")
    assert [option[:3] for option in form.matter_id.iter_choices()] == [("", "Choose…", False), (1, "One", False), (77, "Halvorsen", True)]


class Days(Form):
    first = FirstDayField("From")
    last = LastDayField("Until")


@pytest.mark.parametrize(("name", "years"), [("first", 5), ("last", 30)])
def test_what_is_agreed_may_be_planned_ahead_and_a_slip_of_the_year_is_told(name: str, years: int) -> None:
    today = today_in_zone("UTC")
    planned = Days(MultiDict({name: f"{today.year + years}-01-01"}))
    assert planned.validate()
    assert planned[name].type == "DateField"
    slip = Days(MultiDict({name: f"{today.year + years + 2}-03-01"}))
    assert not slip.validate()
    assert slip[name].errors == [f"Mar 1, {today.year + years + 2} is more than {years} years ahead. Check the year."]


def test_every_form_takes_first_and_last_days_through_the_fields_that_know_their_bounds() -> None:
    for module in iter_modules(blueprints.__path__, "lexapp.blueprints."):
        import_module(module.name)
    left = {
        f"{form.__module__}.{form.__name__}.{name}"
        for form in _forms(Form)
        for name, field in vars(form).items()
        if name in ("effective_from", "effective_to", "first_on", "last_on") and getattr(field, "field_class", None) is DateField
    }
    assert left == set()


def _forms(form: type[Form]) -> Iterator[type[Form]]:
    for one in form.__subclasses__():
        yield one
        yield from _forms(one)
