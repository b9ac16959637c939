"""Opening a matter, changing it, closing and reopening it."""

from flask import Response, url_for

from lexapp.blueprints.matters.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.money import Money
from lexapp.models import Client, Matter
from lexapp.queries.matters import practice_areas
from lexapp.queries.timekeepers import timekeeper_choices
from lexapp.services import matters as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, FirstDayField, MoneyField, NoteField, RecordField, TextField
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_id
from lexapp.web.record_names import client_name

PLACE = ("country", "region")


class MatterForm(VersionedForm):
    name = TextField("Name", longest=200, needed="Write what the matter is about.")
    number = TextField("Number", longest=40, hint="Empty: the next one")
    practice_area = TextField("Practice area", longest=100)
    responsible_timekeeper_id = RecordField("Responsible", empty="Nobody yet")
    originating_timekeeper_id = RecordField("Originating", empty="Nobody")
    opened_on = FirstDayField("Opened", needed="Write the day the matter was opened.")
    client_matter_number = TextField("Client’s own number", longest=100, hint="Printed on invoices and LEDES files")
    description = NoteField("Description", longest=2000)
    country = TextField("Taxed in country", longest=2, hint="Two letters, if not where the client is")
    region = TextField("Taxed in region", longest=21, hint="Such as ON or BC")
    trust_minimum = MoneyField("Ask for trust funds below", hint="Empty: never ask")

    def offer(self, matter: Matter | None = None) -> None:
        """Offer the firm's timekeepers, and whatever stands in the matter already."""
        besides = (matter.responsible_timekeeper_id, matter.originating_timekeeper_id) if matter else ()
        choices = timekeeper_choices(db.session(), firm_id=current_actor().firm_id, besides=besides)
        self.responsible_timekeeper_id.pairs = self.originating_timekeeper_id.pairs = choices

    def facts(self) -> service.MatterFacts:
        """What was typed, as the service takes it. Only after validation."""
        words = {name: self[name].data or "" for name in ("name", "number", "practice_area", "client_matter_number", "description", *PLACE)}
        return service.MatterFacts(
            **words,
            opened_on=self.opened_on.data,
            responsible_timekeeper_id=self.responsible_timekeeper_id.data,
            originating_timekeeper_id=self.originating_timekeeper_id.data,
            trust_minimum_minor=self.trust_minimum.data.minor if self.trust_minimum.data else None,
        )


class NewMatterForm(MatterForm):
    client_id = RecordField("Client", needed="Pick the client.", named=client_name)
    begins = ChoiceField(
        "Begins", choices=[("open", "Open: time can be recorded"), ("pending", "Pending: not taken on yet")], default="open"
    )


@blueprint.get("/matters/new")
@requires("matter.edit")
def new() -> Response:
    client_id = asked_id("client")
    client = load(Client, client_id) if client_id else None
    mine = current_actor().timekeeper_id
    people = {"responsible_timekeeper_id": mine, "originating_timekeeper_id": mine}
    form = NewMatterForm(None, data={"client_id": client_id, "opened_on": today_here(), **people})
    return _form_page(form, None, client)


@blueprint.post("/matters")
@requires("matter.edit")
def create() -> Response:
    form = NewMatterForm()
    form.offer()
    if form.validate_on_submit():
        try:
            values = {"client_id": form.client_id.data, "facts": form.facts(), "status": form.begins.data, "key": form.key.data}
            matter = service.open_matter(db.session(), actor=current_actor(), **values)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"Matter {matter.number} opened")
            return redirect_after(url_for(".show", matter_id=matter.id))
    return _form_page(form, None)


@blueprint.get("/matters/<int:matter_id>/edit")
@requires("matter.edit")
def edit(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    return _form_page(_filled(matter), matter)


def _filled(matter: Matter) -> MatterForm:
    minimum = matter.trust_minimum_minor
    area = matter.practice_area.name if matter.practice_area else ""
    form = MatterForm(None, obj=matter, data={"practice_area": area})
    form.practice_area.data = area
    form.trust_minimum.data = None if minimum is None else Money(minimum, form.trust_minimum.currency)
    form.offer(matter)
    return form


@blueprint.post("/matters/<int:matter_id>")
@requires("matter.edit")
def update(matter_id: int) -> Response:
    matter = load(Matter, matter_id)
    form = MatterForm()
    form.offer(matter)
    status = None
    if form.validate_on_submit():
        try:
            values = {"matter_id": matter_id, "version": form.version_seen, "facts": form.facts(), "key": form.key.data}
            service.edit_matter(db.session(), actor=current_actor(), **values)
        except Conflict as error:
            form.refuse(error)
            form.compare(_filled(load(Matter, matter_id)))
            status = 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Matter saved")
            return redirect_after(url_for(".show", matter_id=matter_id))
    return _form_page(form, matter, status=status)


def _form_page(form: MatterForm, matter: Matter | None, client: Client | None = None, status: int | None = None) -> Response:
    if matter is None:
        form.offer()
        form.client_id.pairs = [(client.id, client.name)] if client else []
    areas = practice_areas(db.session(), firm_id=current_actor().firm_id, on_offer=True)
    page = {"page": "matters/form.html", "fragment": "matters/_matter_form.html", "status": status or form.status}
    return render(**page, form=form, matter=matter, areas=areas)
