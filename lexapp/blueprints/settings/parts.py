"""The tabs that change columns of the firm: each a form, a part of the service's settings, and a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from flask import Response, request, url_for

from lexapp.blueprints.settings.resource import blueprint
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.numbering import NumberPattern
from lexapp.models import Firm
from lexapp.services import settings as service
from lexapp.web.access import current_actor, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, EmailField, FileField, FlagField, NoteField, TextField, WholeNumberField
from lexapp.web.forms.versions import VersionedForm, after_choices
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_text
from lexapp.web.rounding_places import firms_rules


class PartForm(VersionedForm):
    """A form whose fields are those of one part of the settings."""

    makes: type[service.SettingsPart]

    def offer(self, firm: Firm) -> None:
        """Offer what stands in the firm even where it is unusual."""

    def part(self) -> service.SettingsPart:
        """What was typed, as the service takes it. Only after validation."""
        return self.makes(**{one.name: self.value(one.name) for one in fields(self.makes)})

    def value(self, name: str) -> Any:
        field = self[name]
        if isinstance(field, WholeNumberField):
            return field.number
        if isinstance(field, FlagField):
            return field.data
        return int(field.data) if name.endswith("_seconds") else field.data or ""


class FirmForm(PartForm):
    makes = service.FirmDetails
    name = TextField(
        "Name of the firm", longest=200, needed="Write the firm’s name.", hint="On every page at once, and on documents made from now on"
    )
    address = NoteField("Address", longest=500, hint="The letterhead of documents made from now on")
    country = TextField("Country", longest=2, hint="Two letters, such as US: clients without a country are taxed as if there")
    region = TextField("Region", longest=21, hint="Such as ON or HI-OAHU")
    email = EmailField("E-mail", longest=200, hint="Clients answer here")
    phone = TextField("Phone", longest=60)
    website = TextField("Website", longest=200)
    tax_number = TextField("Tax number", longest=60, hint="EIN or VAT number, in the letterhead")


class LogoForm(CommandForm):
    logo = FileField(
        "Logo", accept="image/png,image/jpeg,image/svg+xml", needed="Choose a file first.", hint="PNG, JPEG or SVG of at most 5 MB"
    )


TAX_ROUNDINGS = (("invoice", "Once for the invoice"), ("line", "On every line"))


class InvoicesForm(PartForm):
    makes = service.InvoiceSettings
    payment_terms_days = WholeNumberField(
        "Payment terms", longest=3, needed="Write how many days payers have.", hint="Sets the due date of the next invoices"
    )
    paper = ChoiceField("Paper", choices=[("letter", "US Letter"), ("a4", "A4")], default="letter", hint="Of documents made from now on")
    invoice_theme = ChoiceField("Layout", choices=[("chambers", "Chambers"), ("ledger", "Ledger")], default="chambers")
    invoice_introduction = NoteField("Introduction", longest=1000, hint="Stands before the amount of the next invoices")
    payment_instructions = NoteField("How to pay", longest=2000, hint="Stands beside the bank details of the next invoices")
    invoice_footer = NoteField("Closing words", longest=1000, hint="Stand at the end of the next invoices")
    tax_rounding = ChoiceField("Taxes are rounded", choices=TAX_ROUNDINGS, default="invoice", hint="The invoice says so")
    mail_subject = TextField("Subject", longest=200, hint="Of mails that leave from now on; empty: the usual one")
    mail_body = NoteField("Message", longest=4000, hint="Goes before the figures; empty: the usual words")


SHARING = (
    ("split", "Are split equally"),
    ("first", "Go to the timer started first"),
    ("last", "Go to the timer started last"),
)


class TimeForm(PartForm):
    makes = service.TimeSettings
    phone_matters_offline = FlagField(
        "Phones keep the list of matters",
        hint="Numbers and short names, encrypted on the phone, so that a matter is found without a network",
    )

    forgotten_after_seconds = ChoiceField(
        "Ask about a running timer",
        default="14400",
        hint="Every device asks whether it was forgotten, and proposes when it should have stopped",
    )
    idle_after_seconds = ChoiceField(
        "Ask about idle minutes", default="1800", hint="At the desk, on return, when no key and no pointer moved while a timer ran"
    )
    time_closed_through = DateField(
        "Closed through", latest=today_here, hint="Time and expenses of earlier days are neither recorded nor changed; empty: none"
    )
    time_open_days = WholeNumberField(
        "Days that stay open", longest=4, hint="Older days close by themselves, one each night; empty: they stay open"
    )
    timers_at_once = FlagField("Several timers may run at once", hint="Off: starting one pauses the one that runs")
    shared_minutes = ChoiceField("Minutes in which several ran", choices=SHARING, default="split", hint="They are never billed twice")

    def value(self, name: str) -> Any:
        if name == "time_closed_through":
            return self.time_closed_through.data
        if name == "time_open_days":
            return self.time_open_days.number if self.time_open_days.data else None
        return super().value(name)

    def offer(self, firm: Firm) -> None:
        self.forgotten_after_seconds.pairs = after_choices((2, 3, 4, 6, 8, 10, 12), 3600, "hour", firm.forgotten_after_seconds)
        self.idle_after_seconds.pairs = after_choices((5, 10, 15, 20, 30, 60), 60, "minute", firm.idle_after_seconds)


class NumbersForm(PartForm):
    makes = service.NumberSettings
    matter_number_pattern = TextField("Matter numbers", longest=60, needed="Write a pattern, such as {year}-{number:04}.")
    invoice_number_pattern = TextField("Invoice numbers", longest=60, needed="Write a pattern, such as INV-{year}-{number:04}.")
    credit_note_number_pattern = TextField("Credit note numbers", longest=60, needed="Write a pattern, such as CN-{year}-{number:04}.")


NUMBERED = ("matter", "invoice", "credit note")


@dataclass(frozen=True, slots=True)
class Tab:
    """Where a part is shown and saved; its templates are settings/<name>.html and settings/_<name>_form.html."""

    name: str
    form: type[PartForm]
    endpoint: str
    beside: Callable[[], dict[str, Any]] = dict

    def page(self, form: PartForm, status: int | None = None, **shown: Any) -> Response:
        templates = {"page": f"settings/{self.name}.html", "fragment": f"settings/_{self.name}_form.html"}
        beside = {"firm": _firm(), **self.beside(), **shown}
        return render(**templates, status=status or form.status, form=form, **beside)

    def filled(self) -> PartForm:
        form = self.form(None, obj=_firm())
        form.offer(_firm())
        return form

    def save(self) -> Response:
        """What was sent becomes the firm's, or comes back with what is wrong."""
        form = self.form()
        form.offer(_firm())
        if not form.validate_on_submit():
            return self.page(form)
        try:
            values = {"version": form.version_seen, "settings": form.part(), "key": form.key.data}
            service.change_settings(db.session(), actor=current_actor(), **values)
        except Refused as error:
            form.refuse(error)
            if isinstance(error, Conflict):
                form.compare(self.filled())
            return self.page(form, 409 if isinstance(error, Conflict) else None)
        toast("Settings saved")
        return redirect_after(url_for(self.endpoint))


FIRM = Tab("firm", FirmForm, ".index", lambda: {"logo": LogoForm(None)})
INVOICES = Tab("invoices", InvoicesForm, ".invoices")
TIME = Tab("time", TimeForm, ".time", firms_rules)
NUMBERS = Tab("numbers", NumbersForm, ".numbers", lambda: {"examples": examples_of(*_patterns())})


def _firm() -> Firm:
    return db.session().get_one(Firm, current_actor().firm_id)


def _patterns() -> list[str]:
    """Of matters, invoices and credit notes: as they were typed, else as they stand."""
    firm = _firm()
    names = [f"{noun.replace(' ', '_')}_number_pattern" for noun in NUMBERED]
    return [asked_text(name) or request.form.get(name, getattr(firm, name)) for name in names]


def examples_of(*patterns: str) -> list[tuple[str, str, str]]:
    """For each of NUMBERED: what the pattern prints for the first number of today, or what is wrong with it."""
    return [(noun, *_example(pattern)) for noun, pattern in zip(NUMBERED, patterns, strict=True)]


def _example(pattern: str) -> tuple[str, str]:
    try:
        return NumberPattern.parse(pattern).text(1, today_here()), ""
    except Refused as error:
        return "", str(error)


@blueprint.get("/settings")
@requires("settings.edit")
def index() -> Response:
    return FIRM.page(FIRM.filled())


@blueprint.post("/settings")
@requires("settings.edit")
def change_firm() -> Response:
    return FIRM.save()


@blueprint.get("/settings/invoices")
@requires("settings.edit")
def invoices() -> Response:
    return INVOICES.page(INVOICES.filled())


@blueprint.post("/settings/invoices")
@requires("settings.edit")
def change_invoices() -> Response:
    return INVOICES.save()


@blueprint.get("/settings/time")
@requires("settings.edit")
def time() -> Response:
    return TIME.page(TIME.filled())


@blueprint.post("/settings/time")
@requires("settings.edit")
def change_time() -> Response:
    return TIME.save()


@blueprint.get("/settings/numbers")
@requires("settings.edit")
def numbers() -> Response:
    return NUMBERS.page(NUMBERS.filled())


@blueprint.get("/settings/numbers/examples")
@requires("settings.edit")
def number_examples() -> Response:
    """What the patterns would print, while they are typed."""
    found = {"firm": _firm(), "form": NUMBERS.filled(), "examples": examples_of(*_patterns())}
    return render(page="settings/numbers.html", fragment="settings/_number_examples.html", **found)


@blueprint.post("/settings/numbers")
@requires("settings.edit")
def change_numbers() -> Response:
    return NUMBERS.save()
