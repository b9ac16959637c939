"""People at a client: adding, changing, archiving."""

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.models import Client, Contact
from lexapp.services import contacts as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.forms import EmailField, FlagField, TextField, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("contacts", __name__)


class ContactForm(VersionedForm):
    name = TextField("Name", longest=200, needed="Write the person’s name.")
    title = TextField("Title", longest=100, hint="What they do at the client")
    email = EmailField("E-mail", longest=200)
    phone = TextField("Phone", longest=60)
    receives_invoices = FlagField("Receives invoices", hint="By e-mail, with the link to pay")

    def facts(self) -> service.ContactFacts:
        """What was typed, as the service takes it."""
        names = ("name", "title", "email", "phone")
        return service.ContactFacts(**{name: self[name].data or "" for name in names}, receives_invoices=self.receives_invoices.data)


@blueprint.get("/clients/<int:client_id>/contacts/new")
@requires("client.edit")
def new(client_id: int) -> Response:
    return _form_page(ContactForm(), load(Client, client_id), None)


@blueprint.post("/clients/<int:client_id>/contacts")
@requires("client.edit")
def create(client_id: int) -> Response:
    client = load(Client, client_id)
    form = ContactForm()
    if form.validate_on_submit():
        try:
            service.add_contact(db.session(), actor=current_actor(), client_id=client_id, facts=form.facts(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast("Contact added")
            return _back(client_id)
    return _form_page(form, client, None)


@blueprint.get("/contacts/<int:contact_id>/edit")
@requires("client.edit")
def edit(contact_id: int) -> Response:
    contact = load(Contact, contact_id)
    return _form_page(ContactForm(None, obj=contact), load(Client, contact.client_id), contact)


@blueprint.post("/contacts/<int:contact_id>")
@requires("client.edit")
def update(contact_id: int) -> Response:
    contact = load(Contact, contact_id)
    form = ContactForm()
    status = None
    if form.validate_on_submit():
        try:
            values = {"contact_id": contact_id, "version": form.version_seen, "facts": form.facts(), "key": form.key.data}
            service.edit_contact(db.session(), actor=current_actor(), **values)
        except Conflict as error:
            form.refuse(error)
            form.compare(ContactForm(None, obj=load(Contact, contact_id)))
            status = 409
        except Refused as error:
            form.refuse(error)
        else:
            toast("Contact saved")
            return _back(contact.client_id)
    return _form_page(form, load(Client, contact.client_id), contact, status)


@blueprint.post("/contacts/<int:contact_id>/archiving")
@requires("client.edit")
def archive(contact_id: int) -> Response:
    client_id = load(Contact, contact_id).client_id
    archived = service.archive_contact(db.session(), actor=current_actor(), contact_id=contact_id, version=sent_version())
    toast("Contact archived", undo=url_for(".restore", contact_id=contact_id, version=archived.version))
    return _back(client_id)


@blueprint.post("/contacts/<int:contact_id>/restoration")
@requires("client.edit")
def restore(contact_id: int) -> Response:
    client_id = load(Contact, contact_id).client_id
    service.restore_contact(db.session(), actor=current_actor(), contact_id=contact_id, version=sent_version())
    toast("Contact restored")
    return _back(client_id)


def _back(client_id: int) -> Response:
    return redirect_after(url_for("clients.show", client_id=client_id))


def _form_page(form: ContactForm, client: Client, contact: Contact | None, status: int | None = None) -> Response:
    page = {"page": "contacts/form.html", "fragment": "contacts/_contact_form.html"}
    return render(**page, status=status or form.status, form=form, client=client, contact=contact)
