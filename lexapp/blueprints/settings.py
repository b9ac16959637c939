"""The settings of the firm and its bank accounts."""

from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy import select
from wtforms import ValidationError

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.numbering import NumberPattern
from lexapp.models import BankAccount, Firm
from lexapp.services import firms
from lexapp.services import settings as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, CommandForm, DateField, EmailField, NoteField, TextField
from lexapp.web.forms.versions import DIRECTIONS, VersionedForm, increment_choices, minimum_choices
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("settings", __name__)
KINDS = [("operating", "Operating: the firm’s own money"), ("trust", "Trust: client money")]


class WholeNumberField(TextField):
    """A whole number, typed as digits; `data` is the text, `number` the value."""

    @property
    def number(self) -> int:
        return int(self.data or "0")

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        text = self.data or ""
        if text and not (text.isascii() and text.isdigit()):
            raise ValueError("Write a whole number, such as 30.")


class SettingsForm(VersionedForm):
    name = TextField("Name of the firm", longest=200, needed="Write the firm’s name.")
    address = NoteField("Address", longest=500, hint="The letterhead of every invoice")
    email = EmailField("E-mail", longest=200)
    phone = TextField("Phone", longest=60)
    website = TextField("Website", longest=200)
    tax_number = TextField("Tax number", longest=60, hint="EIN or VAT number, printed on invoices")
    payment_instructions = NoteField("How to pay", longest=2000, hint="Printed at the foot of invoices")
    payment_terms_days = WholeNumberField("Payment terms", longest=3, needed="Write how many days payers have.")
    increment_seconds = ChoiceField("Billing increment")
    increment_direction = ChoiceField("Rounded", choices=DIRECTIONS)
    minimum_seconds = ChoiceField("At least")
    rounding_scope = ChoiceField(
        "Round", choices=[("entry", "Each entry"), ("day", "Once a day for each matter and timekeeper")], default="entry"
    )
    matter_number_pattern = TextField("Matter numbers", longest=60, needed="Write a pattern, such as {year}-{number:04}.")
    invoice_number_pattern = TextField("Invoice numbers", longest=60, needed="Write a pattern, such as INV-{year}-{number:04}.")
    paper = ChoiceField("Paper", choices=[("letter", "US Letter"), ("a4", "A4")], default="letter")
    invoice_theme = ChoiceField("Invoice layout", choices=[("chambers", "Chambers"), ("ledger", "Ledger")], default="chambers")

    def offer(self, firm: Firm) -> None:
        self.increment_seconds.pairs = increment_choices(firm.increment_seconds)
        self.minimum_seconds.pairs = minimum_choices(firm.minimum_seconds)

    def settings(self) -> service.FirmSettings:
        """What was typed, as the service takes it. Only after validation."""
        words = ("name", "address", "email", "phone", "website", "tax_number", "payment_instructions")
        kept = ("increment_direction", "rounding_scope", "matter_number_pattern", "invoice_number_pattern", "paper", "invoice_theme")
        return service.FirmSettings(
            **{name: self[name].data or "" for name in (*words, *kept)},
            payment_terms_days=self.payment_terms_days.number,
            increment_seconds=int(self.increment_seconds.data),
            minimum_seconds=int(self.minimum_seconds.data),
        )


class BankAccountForm(CommandForm):
    kind = ChoiceField("Kind", choices=KINDS, default="operating")
    name = TextField("Name", longest=100, needed="Write how the firm calls the account.")
    bank_name = TextField("Bank", longest=100)
    account_last4 = WholeNumberField("Last four digits", longest=4, hint="To tell accounts apart; never the whole number")
    opened_on = DateField("Opened", needed="Write the day the account was opened.", latest=today_here)
    payment_details = NoteField("Details for payers", longest=500, hint="Printed on invoices; a line each, like Routing: 000 123 456")

    def validate_account_last4(self, field: WholeNumberField) -> None:
        if field.data and len(field.data) != 4:
            raise ValidationError("Write the last four digits, or leave it empty.")


def _firm() -> Firm:
    return db.session().get_one(Firm, current_actor().firm_id)


def _filled() -> SettingsForm:
    form = SettingsForm(None, obj=_firm())
    form.offer(_firm())
    return form


@blueprint.get("/settings")
@requires("settings.edit")
def index() -> Response:
    return _settings_page(_filled())


@blueprint.post("/settings")
@requires("settings.edit")
def update() -> Response:
    form = SettingsForm()
    form.offer(_firm())
    status = None
    if form.validate_on_submit():
        try:
            values = {"version": form.version_seen, "settings": form.settings(), "key": form.key.data}
            service.change_settings(db.session(), actor=current_actor(), **values)
        except Conflict as error:
            form.refuse(error)
            form.compare(_filled())
            status = 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Settings saved")
            return redirect_after(url_for(".index"))
    return _settings_page(form, status)


def _settings_page(form: SettingsForm, status: int | None = None) -> Response:
    page = {"page": "settings/index.html", "fragment": "settings/_settings_form.html", "status": status or form.status}
    return render(**page, form=form, firm=_firm(), examples=_examples())


def _examples() -> dict[str, str]:
    """What the patterns in force print for the first number of today."""
    firm, today = _firm(), today_here()
    patterns = {"matter": firm.matter_number_pattern, "invoice": firm.invoice_number_pattern}
    return {name: NumberPattern(pattern).text(1, today) for name, pattern in patterns.items()}


@blueprint.get("/settings/bank-accounts")
@requires("settings.edit")
def bank_accounts() -> Response:
    mine = select(BankAccount).where(BankAccount.firm_id == current_actor().firm_id)
    accounts = db.session().scalars(mine.order_by(BankAccount.kind, BankAccount.is_default.desc(), BankAccount.name)).all()
    return render(page="settings/bank_accounts.html", accounts=accounts)


@blueprint.get("/settings/bank-accounts/new")
@requires("settings.edit")
def new_bank_account() -> Response:
    return _account_page(BankAccountForm(None, data={"opened_on": today_here()}))


@blueprint.post("/settings/bank-accounts")
@requires("settings.edit")
def open_bank_account() -> Response:
    form = BankAccountForm()
    if form.validate_on_submit():
        words = {name: form[name].data or "" for name in ("kind", "name", "bank_name", "account_last4", "payment_details")}
        try:
            firms.open_bank_account(db.session(), actor=current_actor(), **words, opened_on=form.opened_on.data, key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{words['name']} opened")
            return redirect_after(url_for(".bank_accounts"))
    return _account_page(form)


def _account_page(form: BankAccountForm) -> Response:
    return render(page="settings/bank_account_form.html", fragment="settings/_bank_account_form.html", status=form.status, form=form)


@blueprint.post("/settings/bank-accounts/<int:bank_account_id>/default")
@requires("settings.edit")
def make_default(bank_account_id: int) -> Response:
    account = load(BankAccount, bank_account_id)
    service.make_bank_account_default(db.session(), actor=current_actor(), bank_account_id=account.id)
    toast(f"{account.name} is offered first")
    return redirect_after(url_for(".bank_accounts"))
