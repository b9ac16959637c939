"""Every macro in every state on one page, to look at while building. Only in the demonstration and in tests."""

from datetime import date

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from lexapp.domain.money import Money
from lexapp.web.access import public
from lexapp.web.forms import (
    ChoiceField,
    CommandForm,
    DateField,
    DurationField,
    EmailField,
    FlagField,
    MoneyField,
    NoteField,
    RateField,
    RecordField,
    TextField,
)
from lexapp.web.htmx import fragments, redirect_after, render, toast
from lexapp.web.samples import Samples

DEVELOPMENT_ONLY = True
blueprint = Blueprint("components", __name__)

MATTERS = (
    (1, "Castellane · Port Authority claims", "2026-0147"),
    (2, "Northmere · FDA deficiency response", "2026-0151"),
    (3, "Halvorsen Dairy Cooperative · Water rights, Upper Tamarack basin", "2026-0098"),
    (4, "Ramanathan · Separation", "2026-0160"),
)


class SampleForm(CommandForm):
    matter_id = RecordField("Matter", choices=[(number, name) for number, name, _ in MATTERS[:2]], needed="Pick a matter.")
    reference = TextField("Reference", longest=40, hint="Printed on the invoice")
    email = EmailField("E-mail", needed="Write an e-mail address.")
    amount = MoneyField("Amount", currency="USD", needed="Write an amount.", hint="Also typed as 12500 or 12.5k")
    rate = RateField("Rate", currency="USD")
    duration = DurationField("Hours", needed="Write how long it took.", hint="1h 12m, 1:12, 72m, 1.2")
    worked_on = DateField("Date", needed="Write a date.", hint="Also today, -1, mon, 11/19")
    activity = ChoiceField("Activity", choices=[("A103", "A103 Draft/revise"), ("A106", "A106 Communicate with client")], empty="Choose…")
    kind = ChoiceField("Fee", choices=[("hourly", "Hourly"), ("flat", "Flat fee")], default="hourly")
    billable = FlagField("Billable", default=True)
    narrative = NoteField("Narrative", longest=1024, needed="Write what was done.")


class BoxesForm(CommandForm):
    first = MoneyField("Apply to INV-2026-0398", currency="USD")
    second = MoneyField("Apply to INV-2026-0412", currency="USD")


RIGHT = {
    "matter_id": 1,
    "amount": Money(1_250_000, "USD"),
    "duration": 4320,
    "worked_on": date(2026, 11, 19),
    "email": "ruth@brannockvoss.example",
}
WRONG = {
    "email": "ruth@brannockvoss",
    "amount": "12,50.00 USD",
    "rate": "-1",
    "duration": "26:00",
    "worked_on": "Feb 30",
    "activity": "Z9",
    "narrative": "",
    "reference": "x" * 41,
}


@blueprint.get("/components")
@public
def index() -> Response:
    good = SampleForm(None, data=RIGHT)
    wrong = SampleForm(MultiDict(WRONG), ids="wrong", meta={"csrf": False})
    wrong.validate()
    boxes = BoxesForm(MultiDict({"first": "1,650.46x", "second": "0.00"}), ids="box", meta={"csrf": False})
    boxes.validate()
    allocation = {"boxes": {398: boxes.first, 412: boxes.second}}
    amounts = [Money(minor, "USD") for minor in (123_456_789, -124_500, 0, 875, 1_615_215)]
    theme = request.args.get("theme") if request.args.get("theme") in ("light", "dark") else None
    return render(
        page="components/index.html", form=good, wrong=wrong, amounts=amounts, theme=theme, allocation=allocation, samples=Samples()
    )


@blueprint.post("/components")
@public
def create() -> Response:
    form = SampleForm()
    if not form.validate():
        return render(page="components/form.html", fragment="components/_sample_form.html", status=form.status, form=form)
    toast("Entry recorded", undo=url_for(".undo"))
    return fragments("components/_sample_form.html", "components/_echo.html", otherwise=url_for(".index"), form=form)


@blueprint.post("/components/undo")
@public
def undo() -> Response:
    toast("Put back as it was")
    return fragments("components/_echo.html", otherwise=url_for(".index"), form=None)


@blueprint.post("/components/departure")
@public
def depart() -> Response:
    toast("Arrived")
    return redirect_after(url_for(".form"))


@blueprint.get("/components/form")
@public
def form() -> Response:
    return render(page="components/form.html", form=SampleForm(None, data=RIGHT))


@blueprint.get("/components/options")
@public
def options() -> Response:
    typed = request.args.get("q", "").lower().split()
    found = [one for one in MATTERS if all(word in f"{one[1]} {one[2]}".lower() for word in typed)]
    return render(page="components/_options.html", matters=found)
