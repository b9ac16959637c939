"""The first run: one page that makes the firm and signs its owner in. There is no such page once there is a firm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

from babel.numbers import get_currency_name
from flask import Blueprint, Response, abort, current_app, url_for
from wtforms import ValidationError

from lexapp.books.passwords import hash_password
from lexapp.database import db
from lexapp.domain.amounts import check_rate
from lexapp.domain.currencies import EXPONENTS
from lexapp.domain.errors import Refused
from lexapp.domain.money import Money
from lexapp.domain.passwords import check_password
from lexapp.domain.permissions import Actor
from lexapp.extensions import limiter
from lexapp.services.firms import NewFirm
from lexapp.services.sessions import start_session
from lexapp.web import set_up, signing_in
from lexapp.web.access import public
from lexapp.web.dates import today_in_zone
from lexapp.web.filters import initials
from lexapp.web.forms import ChoiceField, EmailField, FileField, FlagField, Form, PasswordField, TextField
from lexapp.web.forms.increments import increment_choices
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.stored_files import storage
from lexapp.workflows.set_up import Beginning, set_up_firm

TRIES = "20 per minute"
LETTER_PAPER = frozenset({"USD", "CAD", "MXN", "PHP", "CLP", "COP"})
blueprint = Blueprint("set_up", __name__)


@cache
def _currencies() -> Iterable[tuple[str, str]]:
    names = sorted((get_currency_name(code, locale="en_US"), code) for code in EXPONENTS)
    return [(code, f"{name} ({code})") for name, code in names]


@cache
def _zones() -> Iterable[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone and not zone.startswith("Etc/")]


class SetUpForm(Form):
    code = TextField("Set-up code", longest=100)
    name = TextField("Name of the firm", longest=200, needed="Write the firm’s name.", hint="As it stands on invoices")
    currency = ChoiceField("Currency", choices=_currencies, default="USD", hint="The books are kept in it; it cannot change later")
    time_zone = ChoiceField("Time zone", choices=_zones, default="America/New_York", hint="Dates of money are dates here")
    increment_seconds = ChoiceField("Billing increment", choices=increment_choices(), default="360", hint="Time is rounded up to it")
    logo = FileField("Logo", accept="image/png,image/jpeg,image/svg+xml", hint="If you have one at hand: PNG, JPEG or SVG")
    owner_name = TextField("Your name", longest=200, needed="Write your name.")
    owner_email = EmailField("E-mail", longest=200, needed="Write your e-mail address.", hint="You sign in with it")
    password = PasswordField("Password", needed="Choose a password.")
    again = PasswordField("Password once more", needed="Write the password once more.")
    records_time = FlagField("I record time myself", default=True, hint="As a partner; this can change later")
    rate = TextField("Your rate", longest=30, hint="Per hour, for earlier work too. Empty: agree rates later")

    def validate_code(self, field: TextField) -> None:
        if set_up.needs_code() and not set_up.code_is_right(field.data or ""):
            raise ValidationError("This is not the code that the server printed when it started.")

    def validate_password(self, field: PasswordField) -> None:
        known = (self.name.data or "", self.owner_name.data or "", self.owner_email.data or "")
        try:
            check_password(field.data or "", personal=known)
        except Refused as error:
            raise ValidationError(str(error)) from error

    def validate_again(self, field: PasswordField) -> None:
        if field.data != self.password.data:
            raise ValidationError("The two passwords differ. Write both anew.")

    def validate_rate(self, field: TextField) -> None:
        try:
            if field.data and self.currency.data in EXPONENTS and self.rate_money().minor <= 0:
                raise ValidationError("Write a rate above zero, or leave it empty.")
        except Refused as error:
            raise ValidationError(str(error)) from error

    def rate_money(self) -> Money:
        """What an hour costs. Raises Refused for what is no rate."""
        rate = Money.parse(self.rate.data or "", self.currency.data)
        check_rate(rate.minor, rate.currency)
        return rate

    def beginning(self) -> Beginning:
        """What was typed. Only after validation."""
        paper = "letter" if self.currency.data in LETTER_PAPER else "a4"
        zone, words = (
            self.time_zone.data,
            (self.owner_name.data or "", self.owner_email.data or "", hash_password(self.password.data or "")),
        )
        chosen = {"paper": paper, "email": self.owner_email.data or ""}
        firm = NewFirm(
            self.name.data or "", self.currency.data, zone, *words, today_in_zone(zone), chosen, int(self.increment_seconds.data)
        )
        letters = initials(self.owner_name.data or "") or "TK"
        rate = self.rate_money() if self.records_time.data and self.rate.data else None
        return Beginning(firm=firm, initials=letters if self.records_time.data else "", rate=rate, logo=self.logo.content)


@blueprint.before_request
def only_before_there_is_a_firm() -> None:
    if not set_up.firm_is_missing():
        abort(404)


@blueprint.get("/set-up")
@public
def index() -> Response:
    return _page(SetUpForm())


@blueprint.post("/set-up")
@public
@limiter.limit(TRIES)
def create() -> Response:
    form = SetUpForm()
    if not form.validate_on_submit():
        return _page(form)
    try:
        owner = set_up_firm(db.session(), storage(), form.beginning())
    except Refused as error:
        form.refuse(error)
        return _page(form)
    set_up.forget_code()
    _sign_in(owner)
    toast(f"{form.name.data} is ready")
    return redirect_after(url_for("start.index"), whole_page=True)


def _sign_in(owner: Actor) -> None:
    lasts = timedelta(hours=current_app.extensions["settings"].session_lifetime_hours)
    started = start_session(db.session(), user_id=owner.user_id, browser=signing_in.here(), now=datetime.now(UTC), lifetime=lasts)
    signing_in.forget()
    signing_in.remember(started)


def _page(form: SetUpForm) -> Response:
    if form.errors and not form.password.errors:
        form.password.errors = ["Write it once more, below too: a page does not keep passwords."]
    return render(page="set_up/index.html", status=form.status, form=form, asks_code=set_up.needs_code())
