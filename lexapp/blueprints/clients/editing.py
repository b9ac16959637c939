"""Adding, changing and archiving clients."""

from flask import Response, url_for

from lexapp.blueprints.clients.listing import blueprint
from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.models import Client
from lexapp.services import clients as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import ChoiceField, EmailField, NoteField, TextField, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast


class ClientForm(VersionedForm):
    name = TextField("Name", longest=200, needed="Write the client’s name.")
    kind = ChoiceField("Kind", choices=[("organisation", "Organisation"), ("person", "Person")], default="organisation")
    number = TextField("Number", longest=40, hint="Empty: the next free one")
    email = EmailField("E-mail", longest=200, hint="Invoices go here and to contacts who receive them")
    phone = TextField("Phone", longest=60)
    address = NoteField("Address", longest=500, hint="As it stands on the invoice")
    country = TextField("Country", longest=2, hint="Two letters, such as US or CA: its taxes are charged. Empty: the firm’s")
    region = TextField("Region", longest=21, hint="Such as ON or HI-OAHU, where its taxes differ")

    def facts(self) -> service.ClientFacts:
        """What was typed, as the service takes it."""
        names = ("name", "kind", "number", "email", "phone", "address", "country", "region")
        return service.ClientFacts(**{name: self[name].data or "" for name in names})


@blueprint.get("/clients/new")
@requires("client.edit")
def new() -> Response:
    return _form_page(ClientForm(), None)


@blueprint.post("/clients")
@requires("client.edit")
def create() -> Response:
    form = ClientForm()
    if form.validate_on_submit():
        try:
            client = service.add_client(db.session(), actor=current_actor(), facts=form.facts(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{client.name} added as client {client.number}")
            return redirect_after(url_for(".show", client_id=client.id))
    return _form_page(form, None)


@blueprint.get("/clients/<int:client_id>/edit")
@requires("client.edit")
def edit(client_id: int) -> Response:
    client = load(Client, client_id)
    return _form_page(_filled(client), client)


def _filled(client: Client) -> ClientForm:
    return ClientForm(None, obj=client)


@blueprint.post("/clients/<int:client_id>")
@requires("client.edit")
def update(client_id: int) -> Response:
    client = load(Client, client_id)
    form = ClientForm()
    status = None
    if form.validate_on_submit():
        try:
            values = {"client_id": client_id, "version": form.version_seen, "facts": form.facts(), "key": form.key.data}
            service.edit_client(db.session(), actor=current_actor(), **values)
        except Conflict as error:
            form.refuse(error)
            form.compare(_filled(load(Client, client_id)))
            status = 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Client saved")
            return redirect_after(url_for(".show", client_id=client_id))
    return _form_page(form, client, status)


def _form_page(form: ClientForm, client: Client | None, status: int | None = None) -> Response:
    return render(page="clients/form.html", fragment="clients/_client_form.html", status=status or form.status, form=form, client=client)


@blueprint.post("/clients/<int:client_id>/archiving")
@requires("client.edit")
def archive(client_id: int) -> Response:
    client = load(Client, client_id)
    try:
        archived = service.archive_client(db.session(), actor=current_actor(), client_id=client.id, version=sent_version())
    except InvalidInput as error:
        toast(str(error), tone="wrong")
    else:
        toast("Client archived", undo=url_for(".restore", client_id=client_id, version=archived.version))
    return redirect_after(url_for(".show", client_id=client_id))


@blueprint.post("/clients/<int:client_id>/restoration")
@requires("client.edit")
def restore(client_id: int) -> Response:
    client = load(Client, client_id)
    service.restore_client(db.session(), actor=current_actor(), client_id=client.id, version=sent_version())
    toast("Client restored")
    return redirect_after(url_for(".show", client_id=client_id))
