"""Clients: the list, one client, adding, changing, archiving."""

from flask import Blueprint, Response, url_for

from lexapp.database import db
from lexapp.domain.errors import Conflict, InvalidInput, Refused
from lexapp.models import Client
from lexapp.queries.clients import COLUMNS, client_options, client_rows, contacts_of, count_clients
from lexapp.queries.matters import MatterFilter, matter_rows
from lexapp.queries.rates import SeenRates, rates_of_client
from lexapp.queries.standing import standing_of_clients
from lexapp.queries.timeline import client_timeline
from lexapp.services import clients as service
from lexapp.web.access import current_actor, load, may, requires, whose_work
from lexapp.web.dates import today_here
from lexapp.web.forms import ChoiceField, EmailField, NoteField, TextField, sent_version
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.happenings import happenings, seen_kinds
from lexapp.web.htmx import redirect_after, render, toast
from lexapp.web.lists import asked_choice, asked_order, asked_text, page_of, search_words
from lexapp.web.rounding_places import rules_shown
from lexapp.web.standing import shown_figures

blueprint = Blueprint("clients", __name__)
MATTERS_SHOWN = 50


class ClientForm(VersionedForm):
    name = TextField("Name", longest=200, needed="Write the client’s name.")
    kind = ChoiceField("Kind", choices=[("organisation", "Organisation"), ("person", "Person")], default="organisation")
    number = TextField("Number", longest=40, hint="Empty: the next free one")
    email = EmailField("E-mail", longest=200, hint="Invoices go here and to contacts who receive them")
    phone = TextField("Phone", longest=60)
    address = NoteField("Address", longest=500, hint="As it stands on the invoice")

    def facts(self) -> service.ClientFacts:
        """What was typed, as the service takes it."""
        names = ("name", "kind", "number", "email", "phone", "address")
        return service.ClientFacts(**{name: self[name].data or "" for name in names})


@blueprint.get("/clients")
@requires("client.view")
def index() -> Response:
    firm_id, words = current_actor().firm_id, search_words(asked_text())
    archived = asked_choice("show", ("archived",)) == "archived"
    order = asked_order(COLUMNS, "name")
    page = page_of(count_clients(db.session(), firm_id=firm_id, words=words, archived=archived))
    rows = client_rows(
        db.session(),
        firm_id=firm_id,
        shown=shown_figures(),
        words=words,
        archived=archived,
        column=order.column,
        descending=order.descending,
        limit=page.limit,
        offset=page.offset,
    )
    context = {"rows": rows, "pages": page, "order": order, "q": asked_text(), "archived": archived, "shown": shown_figures()}
    return render(page="clients/index.html", fragment="clients/_client_list.html", **context)


@blueprint.get("/clients/options")
@requires("client.view")
def options() -> Response:
    found = client_options(db.session(), firm_id=current_actor().firm_id, words=search_words(asked_text()))
    return render(page="clients/_client_options.html", clients=found)


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


@blueprint.get("/clients/<int:client_id>")
@requires("client.view")
def show(client_id: int) -> Response:
    client = load(Client, client_id)
    session, firm_id = db.session(), client.firm_id
    shown, seen = shown_figures(), SeenRates(firm_id, today_here(), whose_work())
    wanted = MatterFilter(client_id=client_id)
    return render(
        page="clients/show.html",
        client=client,
        shown=shown,
        matters=matter_rows(session, firm_id=firm_id, wanted=wanted, shown=shown, column="opened", limit=MATTERS_SHOWN),
        contacts=contacts_of(session, firm_id=firm_id, client_id=client_id),
        rates=rates_of_client(session, seen=seen, client_id=client_id) if may("rate.see") else [],
        standing=standing_of_clients(session, firm_id=firm_id, client_ids=[client_id], shown=shown)[client_id],
        happenings=happenings(client_timeline(session, firm_id=firm_id, client_id=client_id, kinds=seen_kinds())),
        **rules_shown(client=client),
    )


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
