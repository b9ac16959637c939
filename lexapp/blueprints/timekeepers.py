"""Timekeepers: the list, adding, changing, taking out of the lists."""

from collections.abc import Sequence
from dataclasses import asdict

from flask import Blueprint, Response, url_for
from flask_login import current_user

from lexapp.books.rates import RateBook, rate_rules
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.rates import RateDecision, RateQuery
from lexapp.models import Timekeeper
from lexapp.queries.timekeepers import timekeeper_rows
from lexapp.services import firms
from lexapp.services import timekeepers as service
from lexapp.web.access import current_actor, load, may, requires
from lexapp.web.classes import class_choices
from lexapp.web.dates import today_here
from lexapp.web.filters import initials
from lexapp.web.forms import ChoiceField, TextField, WholeNumberField, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.rate_reasons import rate_rows

blueprint = Blueprint("timekeepers", __name__)


class TimekeeperForm(VersionedForm):
    name = TextField("Name", longest=200, needed="Write the timekeeper’s name.")
    code = TextField("Id", longest=20, needed="Write an id, such as the initials with a number.", hint="Stands on LEDES files")
    initials = TextField("Initials", longest=5, hint="Empty: made from the name")
    classification = ChoiceField("Class", needed="Choose the class.", empty="Choose…", hint="UTBMS classification; decides class rates")
    yearly_target_hours = WholeNumberField("Hours a year", longest=4, hint="To work in, for utilization. Empty: 8 each weekday")

    def facts(self) -> service.TimekeeperFacts:
        """What was typed, as the service takes it."""
        name = self.name.data or ""
        return service.TimekeeperFacts(
            name=name,
            code=self.code.data or "",
            initials=self.initials.data or initials(name),
            classification=self.classification.data,
            yearly_target_hours=self.yearly_target_hours.number if self.yearly_target_hours.data else None,
        )


@blueprint.get("/timekeepers")
@requires("matter.view")
def index() -> Response:
    people = timekeeper_rows(db.session(), firm_id=current_actor().firm_id)
    return render(page="timekeepers/index.html", people=people, rates=_rates(people) if may("rate.see") else {}, rate_rows=rate_rows)


def _rates(people: Sequence[Timekeeper]) -> dict[int, RateDecision]:
    """What an hour of each costs today where no matter or client agreed otherwise."""
    keys = {"firm_id": current_actor().firm_id, "currency": current_user.currency}
    book, today = RateBook(rate_rules(db.session(), **keys, matter_ids=(), client_ids=())), today_here()
    queries = {one.id: RateQuery(on=today, timekeeper_id=one.id, timekeeper_class=one.classification) for one in people}
    return {id_: book.resolve(query) for id_, query in queries.items()}


@blueprint.get("/timekeepers/new")
@requires("user.manage")
def new() -> Response:
    return _form_page(_offered(TimekeeperForm()), None)


def _offered(form: TimekeeperForm) -> TimekeeperForm:
    form.classification.pairs = class_choices()
    return form


@blueprint.post("/timekeepers")
@requires("user.manage")
def create() -> Response:
    form = _offered(TimekeeperForm())
    if form.validate_on_submit():
        facts = form.facts()
        try:
            firms.add_timekeeper(db.session(), actor=current_actor(), **asdict(facts), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{facts.name} added")
            return redirect_after(url_for(".index"))
    return _form_page(form, None)


@blueprint.get("/timekeepers/<int:timekeeper_id>/edit")
@requires("user.manage")
def edit(timekeeper_id: int) -> Response:
    person = load(Timekeeper, timekeeper_id)
    return _form_page(_offered(TimekeeperForm(None, obj=person)), person)


@blueprint.post("/timekeepers/<int:timekeeper_id>")
@requires("user.manage")
def update(timekeeper_id: int) -> Response:
    person = load(Timekeeper, timekeeper_id)
    form = _offered(TimekeeperForm())
    status = None
    if form.validate_on_submit():
        try:
            values = {"timekeeper_id": timekeeper_id, "version": form.version_seen, "facts": form.facts(), "key": form.key.data}
            service.edit_timekeeper(db.session(), actor=current_actor(), **values)
        except Conflict as error:
            form.refuse(error)
            form.compare(_offered(TimekeeperForm(None, obj=load(Timekeeper, timekeeper_id))))
            status = 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Timekeeper saved")
            return redirect_after(url_for(".index"))
    return _form_page(form, person, status)


def _form_page(form: TimekeeperForm, person: Timekeeper | None, status: int | None = None) -> Response:
    page = {"page": "timekeepers/form.html", "fragment": "timekeepers/_timekeeper_form.html", "status": status or form.status}
    return render(**page, form=form, person=person)


@blueprint.post("/timekeepers/<int:timekeeper_id>/deactivation")
@requires("user.manage")
def deactivate(timekeeper_id: int) -> Response:
    person = load(Timekeeper, timekeeper_id)
    left = service.deactivate_timekeeper(db.session(), actor=current_actor(), timekeeper_id=person.id, version=sent_version())
    toast("Timekeeper deactivated", undo=url_for(".reactivate", timekeeper_id=timekeeper_id, version=left.version))
    return redirect_after(url_for(".index"))


@blueprint.post("/timekeepers/<int:timekeeper_id>/reactivation")
@requires("user.manage")
def reactivate(timekeeper_id: int) -> Response:
    person = load(Timekeeper, timekeeper_id)
    service.reactivate_timekeeper(db.session(), actor=current_actor(), timekeeper_id=person.id, version=sent_version())
    toast("Timekeeper active again")
    return redirect_after(url_for(".index"))
